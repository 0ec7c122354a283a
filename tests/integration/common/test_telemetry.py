"""One trace from the call to whoever hears of it; and no secret in any span."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from panjareh_cli.local.servers import LocalServers
from panjareh_common import telemetry
from panjareh_common.database import Database
from panjareh_common.due import Due, DueWorker
from panjareh_common.event_store import EventLog, Keyring
from panjareh_common.event_store.log import Cause
from panjareh_common.following import step
from panjareh_common.messaging.rabbit import RabbitBroker
from panjareh_common.messaging.relay import Relay
from panjareh_common.migrations.run import migrate_database
from panjareh_common.rpc.client import RpcClient
from panjareh_common.security.transport import Transport
from tests.integration.common.hearing import SERVICE, Hearing
from tests.integration.common.notes import AT, Note
from tests.people import until

NATIONAL_ID, PASSWORD = "0499370899", "canary password 71"
PUBLISHED = {Note.Opened: ("test_noted.v1", lambda event: {"title": event.title})}


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    """The spans of this process."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(telemetry, "_tracer", provider.get_tracer("panjareh"))
    return exporter


@pytest.fixture
def hearing(servers: LocalServers, amqp_url: str, tmp_path: Path) -> Iterator[Hearing]:
    url = servers.database_url
    migrate_database(url, SERVICE, urlsplit(url).username or "")
    service = Hearing(amqp_url, url, tmp_path)
    service.start()
    yield service
    service.stop()


def named(spans: InMemorySpanExporter, name: str) -> ReadableSpan:
    return next(span for span in spans.get_finished_spans() if span.name == name)


def hexadecimal(trace_id: int) -> str:
    return f"0x{trace_id:032x}"


def test_one_trace_goes_from_the_call_to_whoever_hears_of_it(
    hearing: Hearing, servers: LocalServers, spans: InMemorySpanExporter
) -> None:
    client = RpcClient(hearing.amqp_url, Transport({SERVICE: hearing.transport_key})).open()
    database = Database(servers.database_url)
    database.open()
    request = hearing.request({"text": f"{NATIONAL_ID} {PASSWORD}"})
    with telemetry.request_span("POST", "/api/v1/notes", {"authorization": str(request.token)}):
        kept = client.call(SERVICE, "keep", request)["note"]
    client.close()
    with database.connection() as connection:
        stored = connection.execute(
            "SELECT metadata FROM event WHERE stream = %s", (kept,)
        ).fetchone()
    broker = RabbitBroker(hearing.amqp_url)
    relay = Relay(f"test-{secrets.token_hex(4)}", PUBLISHED, broker)
    event_log = EventLog(database, Keyring(hearing.sealing_key, database))
    (recorded,) = event_log.history(kept)
    message = relay.to_message(recorded)
    broker.publish([message])
    broker.close()
    database.close()
    until(hearing.heard, lambda lines: f"handled {kept}:1" in lines)
    there = until(hearing.spans, lambda seen: any(s["name"].startswith("process") for s in seen))

    root = named(spans, "POST /api/v1/notes")
    assert root.context is not None
    trace = hexadecimal(root.context.trace_id)
    called, sent = named(spans, f"{SERVICE}/keep"), named(spans, "send test_noted.v1")
    served = next(span for span in there if span["name"] == f"{SERVICE}/keep")
    processed = next(span for span in there if span["name"] == f"process {SERVICE}.on_noted")
    for span in (called, sent):
        assert span.context is not None
        assert hexadecimal(span.context.trace_id) == trace
    assert {served["context"]["trace_id"], processed["context"]["trace_id"]} == {trace}
    assert called.context is not None
    assert served["parent_id"] == f"0x{called.context.span_id:016x}"
    assert stored is not None
    assert stored["metadata"]["traceparent"].split("-")[1] == trace.removeprefix("0x")
    assert sent.context is not None
    sender = f"0x{sent.context.span_id:016x}"
    assert message.traceparent is not None
    assert message.traceparent.split("-")[2] == sender.removeprefix("0x")
    assert [link["context"]["span_id"] for link in processed["links"]] == [sender]
    told = str(there) + "".join(span.to_json() for span in spans.get_finished_spans())
    amqp_password = urlsplit(hearing.amqp_url).password
    assert amqp_password
    for secret in (NATIONAL_ID, PASSWORD, str(request.token), amqp_password):
        assert secret not in told


def test_a_wait_goes_on_in_the_trace_that_began_it(
    event_log: EventLog, database: Database, spans: InMemorySpanExporter
) -> None:
    with telemetry.request_span("POST", "/somewhere", {}):
        cause = Cause("somebody", "person", "web", traceparent=telemetry.traceparent())
        with event_log.unit_of_work(cause) as unit:
            unit.wait_until(AT, "note_it", uuid4())

    def work(due: Due) -> None:
        with event_log.unit_of_work(cause) as unit:
            unit.done(due.kind, due.subject)

    DueWorker(database, {"note_it": work}, lambda: AT).run_due()

    began, went_on = named(spans, "POST /somewhere"), named(spans, "due note_it")
    assert began.context is not None
    assert went_on.parent is not None
    assert went_on.parent.span_id == began.context.span_id
    assert went_on.parent.trace_id == began.context.trace_id


def test_a_trace_that_nobody_sent_costs_nothing_and_breaks_nothing(
    event_log: EventLog,
) -> None:
    with telemetry.process_span("listener", "type.v1", "not a traceparent"):
        assert telemetry.traceparent() is None
    with telemetry.send_span("type.v1", None) as traceparent:
        assert traceparent is None
    assert step(event_log, Relay("nothing", PUBLISHED, _NoBroker())) == 0


class _NoBroker:
    def publish(self, messages: object) -> None:
        raise AssertionError("there was nothing to publish")
