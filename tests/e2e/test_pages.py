"""The pages and the description of the API, as a browser without the internet and a careless program meet them."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import uuid4

import httpx
import pytest
from openapi_spec_validator import validate

from panjareh_cli.local.platform import Platform
from panjareh_common.settings import SERVICES
from tests.people import Person, officer, somebody

STORED = ("INET-001", "DRV-002", "BIZ-005", "SUB-003", "CERT-004", "MUN-010")


@pytest.fixture(scope="module")
def browser(platform: Platform) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=platform.url, trust_env=False, timeout=30) as client:
        yield client


class Page(HTMLParser):
    """What a page says about itself, and every address in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.html: dict[str, str | None] = {}
        self.loaded: list[str] = []
        self.linked: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "html":
            self.html = given
        for name in ("src", "href", "action", "srcset", "data"):
            if given.get(name) is not None:
                known = self.linked if tag == "a" else self.loaded
                known.append(str(given[name]))

    def handle_data(self, data: str) -> None:
        self.text += data


def address(found: str) -> str:
    """An address of our own, as it stands in a page."""
    parts = urlsplit(found)
    assert (parts.scheme, parts.netloc) == ("", ""), found
    assert found.startswith("/"), found
    return found


@pytest.mark.parametrize(
    ("language", "direction", "name"),
    [
        ("fa", "rtl", "اینترنت رایگان برای سه دهک کم‌درآمد"),
        ("en", "ltr", "Free internet for the three lowest income deciles"),
    ],
)
def test_the_start_page_lists_the_services_in_the_readers_language(
    browser: httpx.Client, language: str, direction: str, name: str
) -> None:
    by_header = browser.get("/", headers={"Accept-Language": language})
    by_choice = browser.get("/", params={"lang": language}, headers={"Accept-Language": "de"})

    for answer in (by_header, by_choice):
        assert answer.status_code == 200
        assert answer.headers["content-language"] == language
        page = Page(answer.text)
        assert (page.html["lang"], page.html["dir"]) == (language, direction)
        assert name in page.text
        assert all(code in page.text for code in STORED)


def test_who_asks_for_no_language_of_ours_reads_persian(browser: httpx.Client) -> None:
    assert Page(browser.get("/").text).html["lang"] == "fa"


@pytest.mark.parametrize("path", ["/", "/?lang=en", "/api/docs"])
def test_a_page_needs_nothing_from_outside_and_every_link_leads_somewhere(
    platform: Platform, browser: httpx.Client, path: str
) -> None:
    answer = browser.get(path)
    page = Page(answer.text)
    policy = answer.headers["content-security-policy"]
    # Signing out leads on to where one signed in, which behind an Ingress is 'self' too.
    provider = platform.issuer_url.removesuffix("/id")
    policy = policy.removesuffix(f"form-action 'self' {provider}")

    assert "default-src 'self'" in policy
    assert not re.search(r"https?:|\*|unsafe-eval|script-src [^;]*unsafe-inline", policy)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert page.loaded
    for found in (*page.loaded, *page.linked):
        led = 303 if found.startswith("/sign-in") else 200
        assert browser.get(address(found)).status_code == led, found


def test_the_styles_and_scripts_load_nothing_from_outside(browser: httpx.Client) -> None:
    for path in ("/static/start.css", "/static/swagger-ui/swagger-ui.css"):
        style = browser.get(path).text
        for found in re.findall(r"(?:url\(|@import\s+)['\"]?([^'\")]+)", style):
            assert found.startswith(("data:", "#", "/static/")), (path, found[:80])
    script = browser.get("/static/docs.js").text
    assert "/api/v1/openapi.json" in script
    assert not re.search(r"https?://|validatorUrl:\s*[\"']http", script)


@pytest.mark.parametrize("path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static/none.js"])
def test_static_files_are_all_that_is_served_as_files(browser: httpx.Client, path: str) -> None:
    answer = browser.get(path)

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_platform_says_that_it_is_alive_and_ready(browser: httpx.Client) -> None:
    for prefix in ("", "/api/v1"):
        assert browser.get(f"{prefix}/healthz").json() == {"status": "alive"}
        ready = browser.get(f"{prefix}/readyz")
        assert ready.status_code == 200
        assert ready.json() == {
            "status": "ready",
            "broker": True,
            "services": dict.fromkeys(SERVICES, "ready"),
        }


@pytest.fixture(scope="module")
def described(browser: httpx.Client) -> dict[str, Any]:
    return dict(browser.get("/api/v1/openapi.json").json())


def operations(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in described["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path, operation


def test_the_description_is_valid_openapi(described: dict[str, Any]) -> None:
    assert described["openapi"].startswith("3.1")
    validate(described)
    assert len(list(operations(described))) >= 18


def test_everything_described_is_served(described: dict[str, Any], browser: httpx.Client) -> None:
    for method, path, _ in operations(described):
        answer = browser.request(method, re.sub(r"\{[^}]+\}", "BIZ-005", path))

        said = answer.json().get("code") if answer.status_code >= 400 else None
        assert said not in ("no_such_path", "wrong_method"), (method, path)
        assert answer.status_code < 500, (method, path, answer.text)


def test_each_error_is_described_as_a_problem(described: dict[str, Any]) -> None:
    for method, path, operation in operations(described):
        assert operation["responses"]["default"], (method, path)
    problem = described["components"]["responses"]["Problem"]
    assert list(problem["content"]) == ["application/problem+json"]


class Junk:
    """Values that no schema asked for; always the same ones for the same seed."""

    TEXTS = (
        "",
        " ",
        "x" * 300,
        "\u0600 سلام \u200f",
        "';--",
        "<script>alert(1)</script>",
        "{0}{x}%s%n",
        "../../etc/passwd",
        "9" * 40,
        "𝔘𝔫𝔦",
        "null",
        "\t\n",
        "INET-001",
        "2026-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "granted",
        "one_time_code",
    )

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def text(self) -> str:
        if self._random.random() < 0.2:
            return str(uuid4())
        return self._random.choice(self.TEXTS)

    def value(self, depth: int = 0) -> Any:
        kinds = [self.text, lambda: self._random.choice([0, -1, 10**30, 1.5, True, None])]
        if depth < 3:
            kinds += [
                lambda: [self.value(depth + 1) for _ in range(self._random.randrange(3))],
                lambda: {self.text(): self.value(depth + 1)},
            ]
        return self._random.choice(kinds)()

    def body(self, schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
        """Nearly what is asked for: most fields by name, with values good or bad."""
        schema = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
        if "properties" not in schema or self._random.random() < 0.1:
            return self.value()
        body = {
            name: self.near(inner, schemas)
            for name, inner in schema["properties"].items()
            if self._random.random() < 0.9
        }
        return body | ({self.text(): self.value()} if self._random.random() < 0.2 else {})

    def near(self, schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
        if self._random.random() < 0.4:
            return self.value()
        if "$ref" in schema:
            return self.body(schema, schemas)
        if "example" in schema:
            return schema["example"]
        kind = schema.get("type")
        kind = kind[0] if isinstance(kind, list) else kind
        made = {
            "string": lambda: self._random.choice(schema.get("enum") or [self.text()]),
            "integer": lambda: self._random.choice([1, 3, 5, 10**12]),
            "array": lambda: [self.near(schema.get("items", {}), schemas)],
            "object": lambda: {self.text(): self.value()},
        }
        return made.get(str(kind), self.value)()


def test_junk_is_answered_and_never_ends_in_a_fault(
    platform: Platform, described: dict[str, Any]
) -> None:
    person = Person(platform, somebody(decile=2)).arrive()
    askers = [Person(platform, somebody()), person, officer(platform, "municipality")]
    schemas = described["components"]["schemas"]
    seed = 20260321
    junk = Junk(seed)
    seen: dict[int, int] = {}
    for method, path, operation in operations(described):
        if path.endswith("/sessions/current"):
            continue  # it would sign the askers out
        for turn in range(24):
            asker = askers[turn % len(askers)]
            where = re.sub(r"\{[^}]+\}", lambda _: quote(junk.text() or "-", safe=""), path)
            given: dict[str, Any] = {}
            if "requestBody" in operation:
                schema = operation["requestBody"]["content"]["application/json"]["schema"]
                given["content"] = json.dumps(junk.body(schema, schemas))
                given["headers"] = {"Content-Type": "application/json"}
            if turn % 2:
                names = [p["name"] for p in operation["parameters"] if p.get("in") == "query"]
                given["params"] = {name: junk.text() for name in names}

            answer = asker.request(method, where, key=str(uuid4()), **given)

            told = (seed, method, where, given, answer.status_code, answer.text[:500])
            assert answer.status_code < 500 or answer.status_code in (503, 504), told
            if answer.status_code >= 400:
                assert answer.headers["content-type"] == "application/problem+json", told
                assert answer.json()["detail"], told
            seen[answer.status_code] = seen.get(answer.status_code, 0) + 1
    assert seen.get(422), seen
    assert not (seen.get(503) or seen.get(504)), seen
