"""Speak the platform's public HTTP: addresses, sign-in, and faults told in sentences."""

from __future__ import annotations

import json
import os
import re
import threading
import time
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
import typer
import yaml

from panjareh_cli.local.home import find_home
from panjareh_sandbox import demo

#: Given where the code was sent to (masked), gives the code.
CodeReader = Callable[[str], str]

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
_CODE_ARRIVES_WITHIN = 20.0


class ProblemError(Exception):
    """The platform answered, and said no (RFC 9457)."""

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        detail: str = "",
        *,
        errors: list[Any] | None = None,
        retry_after: float | None = None,
    ) -> None:
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.errors = errors or []
        self.retry_after = retry_after
        super().__init__(self.sentence())

    def sentence(self) -> str:
        return ": ".join(part for part in (self.title, self.detail) if part)

    def as_json(self) -> dict[str, Any]:
        return {
            "status": self.status,
            "code": self.code,
            "title": self.title,
            "detail": self.detail,
            "errors": self.errors,
        }


class Unreachable(Exception):
    """Nothing, or nothing in time, came back from the platform."""


class NotSet(Exception):
    """Something the command must know was given nowhere; the text says where to give it."""


class Client:
    """JSON in, JSON out. Safe to share between threads."""

    def __init__(
        self,
        base_url: str,
        token: str | None = None,
        *,
        lang: str = "en",
        timeout: float = 30.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.token = token
        host = urlsplit(self.base_url).hostname or ""
        try:
            self._http = httpx.Client(
                base_url=self.base_url,
                timeout=httpx.Timeout(timeout, connect=min(timeout, 5.0)),
                headers={"Accept": "application/json", "Accept-Language": lang},
                transport=transport,
                # a proxy of the office cannot see a sandbox on this machine
                trust_env=host not in _LOOPBACK,
            )
        except httpx.InvalidURL as error:
            raise NotSet(f"{base_url} is not an address: {error}. See PANJAREH_URL.") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, **query: str) -> dict[str, Any]:
        return self.call("GET", path, query=query)

    def post(
        self, path: str, body: Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        return self.call("POST", path, body=body, idempotency_key=idempotency_key)

    def call(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
        idempotency_key: str | None = None,
    ) -> dict[str, Any]:
        headers = {}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if idempotency_key:
            headers["Idempotency-Key"] = idempotency_key
        try:
            answer = self._http.request(
                method, path, json=body, params=query or None, headers=headers
            )
        except httpx.TimeoutException as error:
            raise Unreachable(
                f"{self.base_url} did not answer in time. It may be overloaded or starting; "
                "try again in a moment."
            ) from error
        except httpx.UnsupportedProtocol as error:
            raise NotSet(
                f"{self.base_url} is not an address: it must begin with http:// or https://. "
                "See PANJAREH_URL."
            ) from error
        except httpx.TransportError as error:
            raise Unreachable(
                f"Nothing answers at {self.base_url} ({error}). Is the platform running? "
                "Start it with `panjareh up`, or name another address in PANJAREH_URL."
            ) from error
        return self._body_of(answer)

    def _body_of(self, answer: httpx.Response) -> dict[str, Any]:
        try:
            body = answer.json()
        except ValueError:
            body = None
        if answer.is_success:
            if answer.status_code == 204:
                return {}
            if isinstance(body, dict):
                return body
            raise ProblemError(
                answer.status_code,
                "not_json",
                f"{self.base_url} answered with something that is not a JSON object",
                "Is this the address of a Panjareh platform?",
            )
        problem = body if isinstance(body, dict) else {}
        errors = problem.get("errors")
        raise ProblemError(
            status=answer.status_code,
            code=str(problem.get("code") or f"http_{answer.status_code}"),
            title=str(problem.get("title") or f"The platform answered {answer.status_code}"),
            detail=str(problem.get("detail") or ""),
            errors=errors if isinstance(errors, list) else [],
            retry_after=retry_after_of(answer.headers.get("Retry-After")),
        )

    def sign_in(self, national_id: str, password: str, code_reader: CodeReader) -> None:
        """Sign in and raise assurance with a one-time code; later calls carry the new token."""
        session = self.post("/api/v1/sessions", {"national_id": national_id, "password": password})
        step, known = "/api/v1/sessions/step-up", {"method": "one_time_code"}
        if "ticket" in session:  # a short password is good only with a second factor
            step, known = "/api/v1/sessions/second-factor", known | {"ticket": session["ticket"]}
            sent = session if "sent_to" in session else self.post(step, known)
        else:
            self.token = str(session["access_token"])
            sent = self.post(step, known)
        code = code_reader(str(sent.get("sent_to", "")))
        self.token = str(self.post(step, known | {"code": code})["access_token"])


def retry_after_of(header: str | None) -> float | None:
    """Seconds to wait: the header gives either a number of them or a date."""
    if header is None:
        return None
    if header.strip().isascii() and header.strip().isdigit():
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def code_in(text: str) -> str | None:
    """The six digits of a one-time code, in whatever script they were written."""
    found = _CODE.search(text)
    return "".join(str(unicodedata.digit(sign)) for sign in found.group()) if found else None


class SandboxCodes:
    """Reads codes from the sandbox's telephone. Messages that lay there before do not count."""

    def __init__(
        self,
        sandbox_url: str,
        mobile: str | None = None,
        *,
        transport: httpx.BaseTransport | None = None,
        within: float = _CODE_ARRIVES_WITHIN,
    ) -> None:
        self._sandbox = Client(sandbox_url, timeout=5.0, transport=transport)
        self._mobile = mobile
        self._within = within
        self._before = {_identity(message) for message in self._messages()}

    def __call__(self, sent_to: str) -> str:
        until = time.monotonic() + self._within
        pause = threading.Event()
        while True:
            for message in self._messages():  # newest first
                code = code_in(str(message.get("text", "")))
                if (
                    code is not None
                    and _identity(message) not in self._before
                    and (self._mobile or _fits(sent_to, str(message.get("to", ""))))
                ):
                    return code
            if time.monotonic() >= until:
                raise Unreachable(
                    f"No code came to {sent_to or 'the telephone'} within {self._within:.0f} "
                    "seconds. Is the sandbox this platform sends its SMS to the one in "
                    "PANJAREH_SANDBOX_URL?"
                )
            pause.wait(0.2)

    def _messages(self) -> list[dict[str, Any]]:
        query = {"to": self._mobile} if self._mobile else {}
        items = self._sandbox.get("/sms", **query).get("items", [])
        return [item for item in items if isinstance(item, dict)]


def ask_for_code(sent_to: str) -> str:
    return str(typer.prompt(f"The code sent to {sent_to}", err=True)).strip()


def _identity(message: Mapping[str, Any]) -> str:
    return json.dumps(message, sort_keys=True, default=str)


def _fits(masked: str, number: str) -> bool:
    pattern = "".join("." if sign in "*•" else re.escape(sign) for sign in masked)
    # a mask need not show how many digits it hides
    return bool(re.fullmatch(re.sub(r"\.+", ".+", pattern), number)) if "*" in masked else True


@dataclass(frozen=True)
class Place:
    """Where the platform answers, and where its sandbox does if it has one."""

    url: str
    sandbox_url: str | None


def place(environ: Mapping[str, str] = os.environ) -> Place:
    """PANJAREH_URL, otherwise what `panjareh up` wrote of the platform on this machine."""
    named = environ.get("PANJAREH_URL")
    if named:
        return Place(named, environ.get("PANJAREH_SANDBOX_URL"))
    note = find_home() / "run.json"
    try:
        running = json.loads(note.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NotSet(
            "No platform runs on this machine. Start one with `panjareh up`, or name the "
            "address of another in PANJAREH_URL."
        ) from None
    except ValueError as error:
        raise NotSet(f"{note} is damaged ({error}). Start the platform again.") from error
    if not isinstance(running, dict) or not running.get("url"):
        raise NotSet(f"{note} names no address: the platform is still starting, or was stopped.")
    sandbox = environ.get("PANJAREH_SANDBOX_URL") or running.get("sandbox_url")
    return Place(str(running["url"]), str(sandbox) if sandbox else None)


def open_client(
    lang: str, environ: Mapping[str, str] = os.environ, *, token: str | None = None
) -> Client:
    """A client of the platform that nobody has signed in to."""
    return Client(place(environ).url, token, lang=lang)


def officer_client(lang: str, environ: Mapping[str, str] = os.environ) -> Client:
    """A client signed in as an officer: by token, by credentials, or as the sandbox's own."""
    where = place(environ)
    token = environ.get("PANJAREH_TOKEN")
    if token:
        return Client(where.url, token, lang=lang)
    national_id = environ.get("PANJAREH_OFFICER_NATIONAL_ID")
    password = environ.get("PANJAREH_OFFICER_PASSWORD")
    if not (national_id and password):
        if where.sandbox_url is None:
            raise NotSet(
                "An officer must sign in for this: set PANJAREH_OFFICER_NATIONAL_ID and "
                "PANJAREH_OFFICER_PASSWORD, or PANJAREH_TOKEN."
            )
        national_id, password = _sandbox_officer()
    return _signed_in(where, national_id, password, lang)


def person_client(national_id: str, lang: str, environ: Mapping[str, str] = os.environ) -> Client:
    """A client signed in as this person; the password is asked for unless it is set."""
    where = place(environ)
    token = environ.get("PANJAREH_TOKEN")
    if token:
        return Client(where.url, token, lang=lang)
    password = environ.get("PANJAREH_PASSWORD") or str(
        typer.prompt(f"Password of {national_id}", hide_input=True, err=True)
    )
    return _signed_in(where, national_id, password, lang)


def _signed_in(where: Place, national_id: str, password: str, lang: str) -> Client:
    client = Client(where.url, lang=lang)
    codes: CodeReader = SandboxCodes(where.sandbox_url) if where.sandbox_url else ask_for_code
    try:
        client.sign_in(national_id, password, codes)
    except BaseException:
        client.close()
        raise
    return client


def _sandbox_officer() -> tuple[str, str]:
    return municipal_officer(demo.officers_file().read_text(encoding="utf-8"))


def municipal_officer(text: str) -> tuple[str, str]:
    """National id and password of the municipality's officer in the sandbox's list."""
    body = yaml.safe_load(text)
    listed = body.get("officers") if isinstance(body, dict) else body
    for officer in listed or []:
        if "municipality" in str(officer.get("authority", "")).lower():
            return str(officer["national_id"]), str(officer["password"])
    raise NotSet(
        "The sandbox has no officer of a municipality. Set PANJAREH_OFFICER_NATIONAL_ID and "
        "PANJAREH_OFFICER_PASSWORD."
    )
