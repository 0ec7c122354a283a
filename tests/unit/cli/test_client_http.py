"""The client signs in as people do and tells faults in sentences."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from panjareh_cli import client as clients
from panjareh_cli.client import Client, NotSet, ProblemError, SandboxCodes, Unreachable


def answering(answer) -> Client:
    def handler(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return Client("http://window.test", transport=httpx.MockTransport(handler))


def test_a_problem_keeps_all_that_the_platform_said():
    body = {"title": "No", "code": "not_yours", "detail": "why", "errors": [{"field": "x"}]}

    with pytest.raises(ProblemError) as raised:
        answering(httpx.Response(422, json=body, headers={"Retry-After": "3"})).get("/x")

    problem = raised.value
    assert (problem.status, problem.code, str(problem)) == (422, "not_yours", "No: why")
    assert (problem.errors, problem.retry_after) == ([{"field": "x"}], 3.0)


@pytest.mark.parametrize("content", [b"<html>Bad gateway</html>", b"[1]", b""])
def test_an_answer_that_is_no_problem_document_is_still_told(content):
    with pytest.raises(ProblemError, match="answered 502"):
        answering(httpx.Response(502, content=content)).get("/x")


def test_a_page_where_json_was_expected_is_told():
    with pytest.raises(ProblemError, match="Is this the address of a Panjareh platform"):
        answering(httpx.Response(200, text="<html>")).get("/x")


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (httpx.ConnectError("refused"), "Is the platform running"),
        (httpx.ReadTimeout("late"), "did not answer in time"),
        (httpx.ReadError("cut"), "Nothing answers at"),
    ],
)
def test_silence_is_told_in_a_sentence(fault, text):
    with pytest.raises(Unreachable, match=text):
        answering(fault).get("/x")


def test_an_address_without_http_is_told():
    with pytest.raises(NotSet, match="PANJAREH_URL"):
        Client("window.test").get("/x")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [(None, None), ("12", 12.0), ("soon", None), ("-1", None), ("²", None)],
)
def test_retry_after_is_a_number_of_seconds_or_nothing(header, seconds):
    assert clients.retry_after_of(header) == seconds


@pytest.mark.parametrize(("ahead", "least", "most"), [(60, 50, 60), (-60, 0, 0)])
def test_retry_after_may_be_a_date(ahead, least, most):
    moment = datetime.now(UTC) + timedelta(seconds=ahead)

    seconds = clients.retry_after_of(format_datetime(moment, usegmt=True))

    assert seconds is not None
    assert least <= seconds <= most


class FakeWindow:
    """Sign-in of the platform and the telephone of its sandbox in one."""

    def __init__(self) -> None:
        self.inbox = [{"to": "09120004567", "text": "Code: 111111", "at": "before"}]
        self.calls: list[tuple[str, str | None]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/sms":
            return httpx.Response(200, json={"items": self.inbox})
        self.calls.append((path, request.headers.get("Authorization")))
        body = json.loads(request.content)
        if path == "/api/v1/sessions" and len(body["password"]) < 6:
            return httpx.Response(202, json={"ticket": "a ticket", "methods": ["one_time_code"]})
        if path == "/api/v1/sessions":
            return httpx.Response(201, json={"access_token": "weak"})
        if "code" not in body:
            self.inbox.insert(0, {"to": "09120004567", "text": "کد: ۶۵۴۳۲۱", "at": "now"})
            self.inbox.insert(0, {"to": "09350000000", "text": "Code: 999999", "at": "now"})
            return httpx.Response(202, json={"sent_to": "0912***4567"})
        if body["code"] == "654321":
            return httpx.Response(200, json={"access_token": "strong"})
        return httpx.Response(422, json={"title": "Wrong code", "code": "code_wrong"})


def test_signing_in_raises_assurance_with_the_new_code_of_the_right_telephone():
    window = FakeWindow()
    transport = httpx.MockTransport(window)
    client = Client("http://window.test", transport=transport)

    client.sign_in("9900000110", "secret", SandboxCodes("http://box.test", transport=transport))

    assert client.token == "strong"
    assert window.calls == [
        ("/api/v1/sessions", None),
        ("/api/v1/sessions/step-up", "Bearer weak"),
        ("/api/v1/sessions/step-up", "Bearer weak"),
    ]


def test_with_a_short_password_the_code_is_the_second_half_of_signing_in():
    window = FakeWindow()
    transport = httpx.MockTransport(window)
    client = Client("http://window.test", transport=transport)

    client.sign_in("9900000110", "short", SandboxCodes("http://box.test", transport=transport))

    assert client.token == "strong"
    assert window.calls == [
        ("/api/v1/sessions", None),
        ("/api/v1/sessions/second-factor", None),
        ("/api/v1/sessions/second-factor", None),
    ]


def test_a_code_that_never_comes_is_told():
    transport = httpx.MockTransport(FakeWindow())
    codes = SandboxCodes("http://box.test", transport=transport, within=0)

    with pytest.raises(Unreachable, match=r"No code came to 0912\*\*\*4567"):
        codes("0912***4567")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Your code is 123456.", "123456"),
        ("۱۲۳۴۵۶", "123456"),
        ("1234567 and 12345", None),
        ("", None),
    ],
)
def test_a_code_is_six_digits_in_any_script(text, code):
    assert clients.code_in(text) == code


def test_the_sandbox_officer_is_the_one_of_the_municipality():
    from panjareh_sandbox import demo

    national_id, password = clients.municipal_officer(
        demo.officers_file().read_text(encoding="utf-8")
    )

    assert len(national_id) == 10
    assert password


def test_a_sandbox_without_a_municipality_is_told():
    with pytest.raises(NotSet, match="PANJAREH_OFFICER_NATIONAL_ID"):
        clients.municipal_officer("officers: []")


def test_the_address_comes_from_the_environment_first():
    environ = {"PANJAREH_URL": "http://a", "PANJAREH_SANDBOX_URL": "http://b"}

    assert clients.place(environ) == clients.Place("http://a", "http://b")


@pytest.mark.parametrize(
    ("note", "place"),
    [
        ('{"url": "http://a", "sandbox_url": "http://b"}', clients.Place("http://a", "http://b")),
        ('{"url": "http://a"}', clients.Place("http://a", None)),
    ],
)
def test_the_address_is_otherwise_the_one_of_the_running_platform(
    tmp_path, monkeypatch, note, place
):
    monkeypatch.setenv("PANJAREH_HOME", str(tmp_path))
    (tmp_path / "run.json").write_text(note, encoding="utf-8")

    assert clients.place({}) == place


@pytest.mark.parametrize(
    ("note", "text"), [(None, "panjareh up"), ("{", "damaged"), ("{}", "names no address")]
)
def test_no_running_platform_is_told(tmp_path, monkeypatch, note, text):
    monkeypatch.setenv("PANJAREH_HOME", str(tmp_path))
    if note is not None:
        (tmp_path / "run.json").write_text(note, encoding="utf-8")

    with pytest.raises(NotSet, match=text):
        clients.place({})


def test_a_token_from_the_environment_needs_no_sign_in():
    client = clients.officer_client("en", {"PANJAREH_URL": "http://a", "PANJAREH_TOKEN": "t"})

    assert client.token == "t"


def test_an_officer_who_is_nowhere_named_is_asked_for():
    with pytest.raises(NotSet, match="PANJAREH_OFFICER_PASSWORD"):
        clients.officer_client("en", {"PANJAREH_URL": "http://a"})
