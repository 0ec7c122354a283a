"""One trace from a browser to an authority and back to the decision; the collector is this process."""

from __future__ import annotations

import base64
import gzip
import hashlib
import secrets
import shutil
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

import httpx
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from panjareh_cli.local.platform import Platform
from tests.conftest import outside_environment
from tests.e2e.relying_party import CALLBACK, register
from tests.integration.identity.providing import Browser
from tests.people import PASSWORD, Person, internet_form, somebody, until

SUBMIT = "/api/v1/services/{service_code}/requests"


class Seen(NamedTuple):
    """A span as others tell it apart: whose it is, what it is called, and its kind."""

    service: str
    name: str
    kind: str


class Collector(ThreadingHTTPServer):
    """Takes spans and log lines over OTLP."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.requests: list[ExportTraceServiceRequest] = []
        self.logs: list[ExportLogsServiceRequest] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def logging(self) -> set[str]:
        """The processes whose log lines have come: `service.process`."""
        return {
            f"{of['service.name']}.{of['service.instance.id']}"
            for taken in self.logs
            for resource in taken.resource_logs
            if (of := {each.key: each.value.string_value for each in resource.resource.attributes})
        }

    def spans(self) -> list[tuple[str, Span]]:
        """Every span that has come, with its service."""
        found = []
        for resource in [each for taken in self.requests for each in taken.resource_spans]:
            of = {each.key: each.value.string_value for each in resource.resource.attributes}
            for span in [each for scope in resource.scope_spans for each in scope.spans]:
                found.append((of["service.name"], span))
        return found

    def trace(self, trace_id: str) -> dict[bytes, tuple[Seen, Span]]:
        """The spans of one trace, by their ids."""
        found = {}
        for service, span in self.spans():
            if span.trace_id.hex() == trace_id:
                kind = Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_")
                found[span.span_id] = (Seen(service, span.name, kind), span)
        return found


class _Taking(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        if self.path.endswith("/traces"):
            self.server.requests.append(ExportTraceServiceRequest.FromString(body))
        if self.path.endswith("/logs"):
            self.server.logs.append(ExportLogsServiceRequest.FromString(body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    collector = Collector()
    thread = threading.Thread(target=collector.serve_forever)
    thread.start()
    yield collector
    collector.shutdown()
    thread.join()
    collector.server_close()


@pytest.fixture(scope="module")
def traced(collector: Collector) -> Iterator[Platform]:
    home = Path(tempfile.mkdtemp(prefix="panjareh-traced-"))
    home.chmod(0o755)  # PostgreSQL's own user has to reach its data
    told = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "200"}
    with Platform(home, http_port=0, environ=outside_environment() | told) as platform:
        yield platform
    shutil.rmtree(home)


def edges(spans: dict[bytes, tuple[Seen, Span]]) -> set[tuple[Seen, Seen]]:
    return {
        (spans[span.parent_span_id][0], seen)
        for seen, span in spans.values()
        if span.parent_span_id in spans
    }


ROOT = Seen("gateway", f"POST {SUBMIT}", "SERVER")
SUBMITTED = Seen("requests", "requests/submit", "SERVER")
ASKS = Seen("requests", "due ask_evidence", "INTERNAL")
TAKEN = Seen("inquiry", "inquiry/ask", "SERVER")
PUTS = Seen("inquiry", "due put_question", "INTERNAL")
ANSWERED = Seen("inquiry", "send inquiry_answered.v1", "PRODUCER")
TOLD = Seen("requests", "send request_submitted.v1", "PRODUCER")
EDGES = {
    # browser → gateway → RPC
    (ROOT, Seen("gateway", "requests/submit", "CLIENT")),
    (Seen("gateway", "requests/submit", "CLIENT"), SUBMITTED),
    # → event store → relay → listener
    (SUBMITTED, TOLD),
    (TOLD, Seen("feedback", "process feedback.on_request_moved", "CONSUMER")),
    # → event store → clock → RPC
    (SUBMITTED, ASKS),
    (ASKS, Seen("requests", "inquiry/ask", "CLIENT")),
    (Seen("requests", "inquiry/ask", "CLIENT"), TAKEN),
    # → event store → clock → connector
    (TAKEN, PUTS),
    (PUTS, Seen("inquiry", "identity/get_subject", "CLIENT")),
    (PUTS, Seen("inquiry", "POST welfare", "CLIENT")),
    # → event store → relay → listener
    (TAKEN, ANSWERED),
    (ANSWERED, Seen("requests", "process requests.on_inquiry_ended", "CONSUMER")),
}


# Some of each kind that say something at their start; a clock that finds all well says nothing.
LOGGING = {"gateway.http", "requests.rpc", "requests.follower", "requests.migrate"}


@pytest.mark.timeout(300)
def test_a_request_is_one_trace_from_the_browser_to_the_decision(
    traced: Platform, collector: Collector
) -> None:
    person = Person(traced, somebody(decile=2)).arrive()
    trace_id, browser = secrets.token_hex(16), secrets.token_hex(8)

    answer = person.post(
        "/api/v1/services/INET-001/requests",
        {"form": internet_form(person.about)},
        key=str(uuid4()),
        headers={"traceparent": f"00-{trace_id}-{browser}-01"},
    )
    person.wait_for(answer.json()["request_id"], "decided")

    until(lambda: EDGES - edges(collector.trace(trace_id)), lambda missing: not missing)
    # The clock's last step was stored by whoever came first: the question, or the word of its answer.
    collects = Seen("requests", "due collect_evidence", "INTERNAL")

    def begun() -> set[Seen]:
        return {parent for parent, seen in edges(collector.trace(trace_id)) if seen == collects}

    assert until(begun, bool) <= {SUBMITTED, ANSWERED}
    spans = collector.trace(trace_id)
    (root,) = [span for seen, span in spans.values() if seen == ROOT]
    assert root.parent_span_id.hex() == browser
    for seen, span in spans.values():
        if seen.kind == "CONSUMER":
            assert [link.span_id for link in span.links] == [span.parent_span_id]
            attributes = {each.key: each.value.string_value for each in span.attributes}
            assert attributes["messaging.system"] == "rabbitmq"
            assert attributes["messaging.destination.name"] == seen.name.removeprefix("process ")
    told = str([span for _, span in spans.values()])
    until(collector.logging, lambda found: found >= LOGGING)
    logged = str(collector.logs)
    for personal in (person.about.national_id, person.about.mobile, PASSWORD, str(person.token)):
        assert personal not in told
        assert personal not in logged


@pytest.mark.timeout(300)
def test_no_trace_of_a_sign_in_says_what_was_typed_or_given(
    traced: Platform, collector: Collector
) -> None:
    """At the API and at the provider's pages, and where something goes wrong."""
    person = Person(traced, somebody(), "en")
    person.sign_up()
    wrong = {"national_id": person.about.national_id, "password": "a wrong canary password"}
    assert person.post("/api/v1/sessions", wrong).status_code == 401
    person.sign_in()
    first = str(person.token)
    person.step_up_by_code()
    code = person.last_code()
    parts = urlsplit(traced.issuer_url)
    at = Browser(None, "en", f"{parts.scheme}://{parts.netloc}")
    shop = register(traced)
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    asked = {
        "client_id": shop["client_id"],
        "response_type": "code",
        "redirect_uri": CALLBACK,
        "scope": "openid profile",
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    at.open(f"{traced.issuer_url}/authorize?{urlencode(asked)}")
    at.submit("/sign-in", national_id=person.about.national_id, password="a wrong canary password")
    at.submit("/sign-in", national_id=person.about.national_id, password=PASSWORD)
    answer = at.submit("/consent")
    given = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
    form = {
        "grant_type": "authorization_code",
        "code": given,
        "redirect_uri": CALLBACK,
        "code_verifier": verifier,
    }
    proof = (shop["client_id"], shop["client_secret"])
    url = f"{traced.issuer_url}/token"
    tokens = httpx.post(url, data=form, auth=proof, trust_env=False).json()
    refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    for _ in range(2):  # the second is theft, and is written down as such
        httpx.post(url, data=refresh, auth=proof, trust_env=False)

    def names() -> set[str]:
        return {span.name for service, span in collector.spans() if service == "identity"}

    wanted = {"identity/sign_up", "identity/sign_in", "identity/step_up"}
    wanted |= {"POST /id/sign-in", "POST /id/token", "GET /id/authorize"}
    until(names, lambda found: found >= wanted)
    until(lambda: "grant_reused" in str(collector.logs), bool)
    told, logged = str([span for _, span in collector.spans()]), str(collector.logs)
    canaries = {
        "password": PASSWORD,
        "wrong password": "canary",
        "national id": person.about.national_id,
        "mobile": person.about.mobile,
        "tokens of the API": first,
        "token": str(person.token),
        "code": given,
        "verifier": verifier,
        "client secret": str(shop["client_secret"]),
        **{name: tokens[name] for name in ("access_token", "refresh_token", "id_token")},
        **{name: value for name, value in at.cookies.items() if len(value) > 15},
    }
    assert len(canaries) > 13, "and the cookies of the pages among them"
    for name, secret in canaries.items():
        assert secret not in told, name
        assert secret not in logged, name
    assert f"'{code}'" not in told and f'"{code}"' not in told
