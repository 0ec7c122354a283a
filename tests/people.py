"""People as they use the public HTTP API: what they hold is what a browser or a phone would hold."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import yaml

from panjareh_cli.local.platform import Platform
from panjareh_sandbox.demo import officers_file, personas
from panjareh_sandbox.demo.people import person_with
from panjareh_sandbox.national_id import make_national_id

PASSWORD = "a long enough sandbox password"
_numbers = itertools.count(int(time.time()) % 10_000_000)


class Person:
    """One person at one device. `get`, `post` and `delete` give the raw answer."""

    def __init__(self, platform: Platform, about: Any, language: str = "en") -> None:
        self.about = about
        self.token: str | None = None
        self._sandbox = httpx.Client(base_url=platform.sandbox_url, trust_env=False, timeout=10)
        self._http = httpx.Client(
            base_url=platform.url,
            headers={"Accept-Language": language},
            trust_env=False,
            timeout=30,
        )

    def request(
        self, method: str, path: str, key: str | None = None, **kwargs: Any
    ) -> httpx.Response:
        headers = dict(kwargs.pop("headers", {}))
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        if key:
            headers["Idempotency-Key"] = key
        return self._http.request(method, path, headers=headers, **kwargs)

    def get(self, path: str, **kwargs: Any) -> httpx.Response:
        return self.request("GET", path, **kwargs)

    def post(self, path: str, json: Any = None, **kwargs: Any) -> httpx.Response:
        body = json if json is not None else {}
        if path.startswith("/agency/v1/requests/") and path.endswith(("/review", "/decision")):
            # The tests of one authority share its queue, so nobody knows what stands ahead.
            body = {"out_of_order": "A test asks for this one."} | body
        return self.request("POST", path, json=body, **kwargs)

    def delete(self, path: str, **kwargs: Any) -> httpx.Response:
        return self.request("DELETE", path, **kwargs)

    def sign_up(self) -> None:
        about = self.about
        answer = self.post(
            "/api/v1/persons",
            {
                "national_id": about.national_id,
                "mobile": about.mobile,
                "password": getattr(about, "password", PASSWORD),
                "given_name": about.given_name,
                "family_name": about.family_name,
                "birth_date": str(about.birth_date),
                "privacy_statement": self.get("/api/v1/privacy-statement").json()["version"],
            },
        )
        assert answer.status_code == 202, answer.text

    def sign_in(self) -> int:
        """Gives the assurance level of the new session."""
        password = getattr(self.about, "password", PASSWORD)
        credentials = {"national_id": self.about.national_id, "password": password}
        return self._take(self.post("/api/v1/sessions", credentials))

    def step_up_by_code(self) -> int:
        sent = self.post("/api/v1/sessions/step-up", {"method": "one_time_code"})
        assert sent.status_code == 202, sent.text
        step = {"method": "one_time_code", "code": self.last_code()}
        return self._take(self.post("/api/v1/sessions/step-up", step))

    def step_up_by_registry(self) -> int:
        return self._take(self.post("/api/v1/sessions/step-up", {"method": "civil_registry"}))

    def last_code(self) -> str:
        """The newest code on the person's phone."""
        found = next(
            (code for text in self.messages() if (code := re.search(r"\d{6}", text))), None
        )
        assert found, self.messages()
        return found.group()

    def messages(self) -> list[str]:
        """What the person's phone was sent, the newest first."""
        told = self._sandbox.get("/sms", params={"to": self.about.mobile}).json()["items"]
        return [message["text"] for message in told]

    def arrive(self) -> Person:
        """Signs up and reaches assurance level 2."""
        self.sign_up()
        self.sign_in()
        self.step_up_by_code()
        assert self.step_up_by_registry() == 2
        return self

    def submit(self, service: str, form: dict[str, Any], key: str | None = None) -> dict[str, Any]:
        answer = self.post(
            f"/api/v1/services/{service}/requests", {"form": form}, key=key or str(uuid4())
        )
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def look(self, request_id: str) -> dict[str, Any]:
        answer = self.get(f"/api/v1/requests/{request_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def timeline(self, request_id: str) -> list[dict[str, Any]]:
        return list(self.get(f"/api/v1/requests/{request_id}/timeline").json()["items"])

    def wait_for(self, request_id: str, status: str, seconds: float = 30) -> dict[str, Any]:
        return until(
            lambda: self.look(request_id), lambda request: request["status"] == status, seconds
        )

    def _take(self, answer: httpx.Response) -> int:
        assert answer.status_code in (200, 201), answer.text
        self.token = answer.json()["access_token"]
        return int(answer.json()["loa"])


class Officer(Person):
    """An officer of an authority, signed in with password and one-time code."""

    def __init__(self, platform: Platform, authority: str, language: str = "en") -> None:
        officers = yaml.safe_load(officers_file().read_text(encoding="utf-8"))["officers"]
        about = next(officer for officer in officers if officer["authority"] == authority)
        super().__init__(platform, _Record(about), language)
        self.sign_in()
        self.step_up_by_code()


def officer(platform: Platform, authority: str) -> Officer:
    """An authority's officer, signed in once a platform: the codes that a phone is sent are limited."""
    known = _officers.get((platform.url, authority))
    # A token lasts a quarter of an hour, and tests end sessions.
    if known is None or known.get("/agency/v1/requests").status_code == 401:
        known = _officers[platform.url, authority] = Officer(platform, authority)
    return known


_officers: dict[tuple[str, str], Officer] = {}


def appointed(platform: Platform, authority: str, folder: Path, *also: str) -> Person:
    """One more officer of an authority, signed in, who asks for things as a person, too; `also` in other roles."""
    about = somebody()
    record = {
        "national_id": about.national_id,
        "mobile": about.mobile,
        "password": PASSWORD,
        "given_name": about.given_name,
        "family_name": about.family_name,
        "birth_date": str(about.birth_date),
        "authority": authority,
        "roles": ["officer", *also],
    }
    path = folder / "officers.yaml"
    path.write_text(yaml.safe_dump({"officers": [record]}), encoding="utf-8")
    subprocess.run(
        [sys.executable, "-m", "panjareh_identity", "appoint", str(path)],
        env=platform.environment_for("identity"),
        check=True,
        timeout=60,
    )
    person = Person(platform, about)
    person.sign_in()
    person.step_up_by_code()
    return person


class _Record:
    def __init__(self, fields: dict[str, Any]) -> None:
        vars(self).update(fields)


def persona(key: str) -> Any:
    """One of the sandbox's people by key: granted, too_rich …"""
    return next(person for person in personas() if person.key == key)


def somebody(decile: int | None = None) -> Any:
    """A person nobody has met in this run, whom the sandbox registries know; of a wanted decile."""
    for number in _numbers:
        known = person_with(make_national_id(number))
        about = replace(known, mobile=f"0935{number:07d}")
        if decile is None or about.decile == decile:
            return about
    raise AssertionError("there is always another number")


def internet_form(about: Any) -> dict[str, Any]:
    return {"mobile_number": about.mobile, "consent": True}


def until(look: Callable[[], Any], holds: Callable[[Any], bool], seconds: float = 30) -> Any:
    """Looks again and again until a condition holds; fails with the last look."""
    deadline = time.monotonic() + seconds
    for pause in pauses():
        seen = look()
        if holds(seen):
            return seen
        assert time.monotonic() < deadline, f"still not so after {seconds} s: {seen}"
        time.sleep(pause)
    raise AssertionError("pauses never end")


def pauses() -> Iterator[float]:
    yield from (0.01, 0.02, 0.05)
    yield from itertools.repeat(0.1)
