"""Over public HTTP: forms checked before they are sent, and the once-only gate from the exchange to the publisher (Q2)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import yaml

from panjareh_cli.local.platform import Platform
from panjareh_common.settings import service_database_url
from panjareh_sandbox.demo import services_dir
from tests.people import Officer, Person, officer, somebody, until

GROUND = {
    "law": {"fa": "مادهٔ ۵ قانون نمونه", "en": "Article 5 of the Sample Act"},
    "reason": {"fa": "اصل سند باید دیده شود", "en": "The original has to be seen"},
}
LIBRARY = {"fa": "کارت عضویت کتابخانه", "en": "Library membership card"}
DECILE = {"fa": "دهكِ درآمدي شما", "en": "Your income decile"}


def a_card(code: str, title: dict[str, str], **hints: Any) -> dict[str, Any]:
    text = (services_dir() / "INET-001.yaml").read_text(encoding="utf-8")
    card = dict(yaml.safe_load(text)) | {"code": code, "decision_mode": "officers", "rules": None}
    card["output"].pop("shows", None)  # facts that some of these cards do not ask for
    card["form"]["properties"]["asked"] = {"type": "string", "x-title": title} | hints
    return card


@pytest.fixture(scope="module")
def mcit(platform: Platform) -> Officer:
    return officer(platform, "mcit")


@pytest.fixture(scope="module")
def anybody(platform: Platform) -> Person:
    return Person(platform, None)


def checked(publisher: Officer, card: dict[str, Any]) -> list[dict[str, str]]:
    answer = publisher.post("/agency/v1/services/check", {"card": card})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["faults"])


def publish(publisher: Officer, card: dict[str, Any]) -> Any:
    return publisher.post("/agency/v1/services", {"card": card}, key=str(uuid4()))


UNFIT = [
    {},
    {"mobile_number": "0912", "consent": True},
    {"mobile_number": "۰۹۱۲۱۲۳۴۵۶۷", "consent": True},
    {"mobile_number": "09121234567\n", "consent": True},
    {"mobile_number": 9121234567, "consent": "yes", "colour": "red"},
    {"mobile_number": "a" * 5000 + "!", "consent": False},
]


@pytest.mark.parametrize("form", UNFIT, ids=range(len(UNFIT)))
@pytest.mark.parametrize("language", ["fa", "en"])
def test_a_check_tells_just_what_a_submission_would(platform, form, language):
    """One validator in two places: for the person's sake in the gateway, for the truth in requests."""
    person = _known(platform)
    headers = {"Accept-Language": language}

    check = person.post("/api/v1/services/INET-001/form-check", {"form": form}, headers=headers)
    refused = person.post(
        "/api/v1/services/INET-001/requests", {"form": form}, key=str(uuid4()), headers=headers
    )

    assert (check.status_code, refused.status_code) == (200, 422)
    assert not check.json()["fits"]
    assert check.json()["errors"] == refused.json()["errors"]


_people: dict[str, Person] = {}


def _known(platform: Platform) -> Person:
    if platform.url not in _people:
        _people[platform.url] = Person(platform, somebody()).arrive()
    return _people[platform.url]


def test_whoever_has_not_signed_in_may_check_too(anybody):
    form = {"mobile_number": "09121234567", "consent": True}

    told = anybody.post("/api/v1/services/INET-001/form-check", {"form": form}).json()

    assert (told["service_code"], told["fits"], told["errors"]) == ("INET-001", True, [])


def test_a_form_of_no_service_is_none(anybody):
    answer = anybody.post("/api/v1/services/ABCD-999/form-check", {"form": {}})

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_service")


def test_what_the_exchange_offers_is_not_asked_of_people(mcit):
    """Catalog has heard of it from inquiry: the platform's own card does not name that evidence in this form."""
    card = a_card("ONCE-101", DECILE) | {"evidence": []}

    [fault] = until(lambda: checked(mcit, card), lambda faults: len(faults) > 0)
    refused = publish(mcit, card)

    assert fault["pointer"] == "/form/properties/asked"
    assert "income_decile" in fault["detail"]
    assert "Q2" in fault["detail"]
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/card/form/properties/asked"


def test_a_pattern_that_backtracks_for_ever_is_refused_with_its_place(mcit):
    card = a_card("ONCE-102", {"fa": "چیزی", "en": "Something"}, pattern=r"^(?=(a+)+$)\1")

    [fault] = checked(mcit, card)

    assert fault["pointer"] == "/form/properties/asked/pattern"


def test_an_override_is_public_on_its_list_and_on_the_card(mcit, anybody):
    hints = {"x-once-only-override": GROUND}
    done = publish(mcit, a_card("ONCE-103", DECILE, **hints))
    assert done.status_code in (200, 201), done.text

    told = anybody.get("/api/v1/once-only/overrides?authority=mcit").json()
    card = anybody.get("/api/v1/services/ONCE-103").json()

    [override] = [each for each in told["items"] if each["service_code"] == "ONCE-103"]
    assert override["law"] == GROUND["law"]["en"]
    assert override["evidence"].startswith("income_decile")
    assert {"code": "mcit", "overrides": len(told["items"])}.items() <= told["authorities"][
        0
    ].items()
    assert card["form"]["properties"]["asked"]["x-once-only-override"] == GROUND
    [on_card] = card["once_only_overrides"]
    assert (on_card["pointer"], on_card["law"]) == (override["pointer"], override["law"])


def connect(platform: Platform, folder: Path, **content: Any) -> str:
    file = folder / "providers.yaml"
    file.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "panjareh_inquiry", "connect", str(file)],
        env=platform.environment_for("inquiry"),
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


def test_when_an_authority_joins_the_forms_that_ask_for_it_are_listed(platform, mcit, tmp_path):
    done = publish(mcit, a_card("ONCE-104", LIBRARY))
    assert done.status_code in (200, 201), done.text
    offered = {
        "name": "library_card",
        "title": LIBRARY,
        "synonyms": {"fa": ["کارت کتابخانه"], "en": []},
        "personal": True,
        "required_loa": 1,
        "legal_basis": LIBRARY,
        "schema": {"type": "object", "properties": {"number": {"type": "string"}}},
    }
    library = {
        "code": "library",
        "authority": "municipality",
        "name": LIBRARY,
        "url": "http://library.invalid",
        "timeout_seconds": 1,
        "evidence_types": [offered],
    }

    said = connect(platform, tmp_path, providers=[library])

    def conflicts() -> list[dict[str, Any]]:
        items = mcit.get("/agency/v1/once-only/conflicts").json()["items"]
        return [each for each in items if each["service_code"] == "ONCE-104"]

    assert "others are told of: library_card" in said
    [conflict] = until(conflicts, lambda found: len(found) == 1)
    assert conflict["evidence"] == "library_card"
    assert conflict["offered_by"] == "municipality"
    assert conflict["pointer"] == "/form/properties/asked"
    assert [f["pointer"] for f in checked(mcit, a_card("ONCE-105", LIBRARY))] == [
        conflict["pointer"]
    ]

    connect(platform, tmp_path, providers=[], withdrawn=["library_card"])
    until(conflicts, lambda found: found == [])


def test_conflicts_are_for_those_who_publish(platform, anybody):
    assert anybody.get("/agency/v1/once-only/conflicts").status_code == 401
    assert _known(platform).get("/agency/v1/once-only/conflicts").status_code == 403


def test_a_check_counts_as_no_submission(platform):
    person = _known(platform)
    before = person.get("/api/v1/requests").json()["items"]

    person.post(
        "/api/v1/services/INET-001/form-check",
        {"form": {"mobile_number": "09121234567", "consent": True}},
    )

    assert person.get("/api/v1/requests").json()["items"] == before


def test_a_catalogue_that_lost_its_copy_hears_everything_again(platform, mcit):
    """As after a restore from an older copy: neither the rows nor that they were heard of are there."""
    card = a_card("ONCE-106", DECILE) | {"evidence": []}
    until(lambda: checked(mcit, card), lambda faults: len(faults) == 1)
    env = platform.environment_for("catalog")
    with psycopg.connect(service_database_url("catalog", env)) as connection:
        connection.execute("DELETE FROM evidence_type")
        connection.execute("DELETE FROM inbox WHERE listener = 'catalog.on_evidence_type_told'")
    assert checked(mcit, card) == []

    subprocess.run(
        [sys.executable, "-m", "panjareh_catalog", "catch-up", "catalog.on_evidence_type_told"],
        env=env,
        check=True,
        capture_output=True,
    )

    until(lambda: checked(mcit, card), lambda faults: len(faults) == 1)
