"""What would be decided about somebody, on a real database: as it is decided then, and stored nowhere (R5)."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb
from tests.integration.requests.drafting import filling_in_on, requests_on
from tests.integration.requests.test_ends_of_requests import asking, someone

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.database import Database
from panjareh_common.due import DueWorker
from panjareh_common.event_store import EventLog, Keyring
from panjareh_common.refusals import InvalidInput, MandateTooNarrow
from panjareh_common.security import Caller, CallerKind
from panjareh_requests.application.commands import SubmitRequest
from panjareh_requests.application.evidence import EvidenceGathering
from panjareh_requests.application.previewing import PreviewDecision, Previews
from panjareh_requests.domain.refusals import UnknownService
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.read_model.documents import PostgresDocuments
from panjareh_requests.read_model.held_answers import FRESH, PostgresHeldAnswers
from panjareh_requests.read_model.looks import PostgresLooks
from panjareh_requests.read_model.preview import in_words
from panjareh_requests.read_model.terms import PublishedTerms
from panjareh_requests.schemas.preview import DecisionPreviewSchema

TEXT = {"fa": "متن", "en": "text"}
CARD: dict[str, Any] = {
    "code": "PRE-001",
    "authority": "welfare",
    "name": {"fa": "یارانه", "en": "Subsidy"},
    "required_loa": 1,
    "decision_mode": "rules",
    "time_limit_days": 10,
    "form": {
        "type": "object",
        "additionalProperties": False,
        "required": ["n"],
        "properties": {
            "n": {"type": "integer", "maximum": 9, "x-title": {"fa": "شمار", "en": "People"}},
            "m": {"type": "integer", "x-title": {"fa": "متر", "en": "Metres"}},
        },
    },
    "evidence": [{"type": "income", "title": {"fa": "درآمد", "en": "income"}}],
    "rules": {
        "format": 2,
        "version": 3,
        "law": {"fa": "مادهٔ ۷", "en": "Article 7"},
        "inputs": {
            "form.n": {"type": "integer", "title": {"fa": "شمار", "en": "People"}},
            "form.m": {"type": "integer", "title": {"fa": "متر", "en": "Metres"}},
            "income.decile": {"type": "integer", "title": {"fa": "دهک", "en": "Decile"}},
        },
        "rows": [
            {
                "id": "rich",
                "when": {"income.decile": {"ge": 7}},
                "outcome": "refused",
                "reason": TEXT,
            },
            {
                "id": "many",
                "when": {"income.decile": {"le": 6}, "form.n": {"ge": 3}},
                "outcome": "granted",
                "reason": {"fa": "خانوار بزرگ", "en": "A large household."},
            },
            {
                "id": "small",
                "when": {"form.m": {"le": 40}, "income.decile": {"le": 6}},
                "outcome": "granted",
                "reason": TEXT,
            },
        ],
        "tests": [{"title": TEXT, "given": {}, "then": {"outcome": "officers"}}],
    },
}


@dataclass
class Exchange:
    facts: dict[str, Any] = field(default_factory=dict)
    asked: int = 0

    def ask(self, inquiry_id: UUID, evidence_type: str, request: ServiceRequest) -> None:
        self.asked += 1

    def get_evidence(self, inquiry_id: UUID, request: ServiceRequest) -> Mapping[str, Any]:
        return {"status": "answered", "evidence_type": "income", "facts": self.facts}


class Welfare:
    def __init__(self, database: Database) -> None:
        self.database, self.now = database, datetime(2026, 6, 6, 6, 30, tzinfo=UTC)
        self.log = EventLog(database, Keyring(secrets.token_bytes(32), database), lambda: self.now)
        terms, looks = PublishedTerms(self.log), PostgresLooks()
        self.requests, self.exchange = requests_on(self.log, terms), Exchange()
        documents = PostgresDocuments(self.log, looks)
        self.evidence = EvidenceGathering(
            self.log, self.exchange, terms, self.requests._view, documents
        )
        held = PostgresHeldAnswers(self.log, looks)
        self.previews = Previews(self.log, terms, filling_in_on(self.log), held)
        with database.connection() as connection:
            for code, mode in (("PRE-001", "rules"), ("PRE-002", "officers")):
                card = CARD | {"code": code, "decision_mode": mode}
                connection.execute(
                    "INSERT INTO public_service VALUES (%s, 1, %s, now())", (code, Jsonb(card))
                )

    def decide(self, who: Caller, form: dict[str, Any], facts: dict[str, Any]) -> dict[str, Any]:
        """The request as it really goes: asked, answered, decided by rules."""
        self.exchange.facts = facts
        command = SubmitRequest("PRE-001", form)
        request_id = UUID(self.requests.submit(command, **vars(asking(who)))["request_id"])
        for _ in range(3):
            DueWorker(self.database, self.evidence.handlers(), lambda: self.now).run_due()
            self.now += timedelta(minutes=2)
        with self.log.unit_of_work(who.cause("web")) as unit:
            request = unit.load(ServiceRequest, request_id)
        return {
            "result": str(request.outcome or "officers"),
            "row": request.rules["row"] if request.rules else None,
            "reason": request.reason and request.reason["en"],
        }

    def preview(
        self, who: Caller, form: dict[str, Any], language: str = "en", **more: Any
    ) -> dict[str, Any]:
        command = PreviewDecision(**({"service_code": "PRE-001", "form": form} | more))
        foreseen = self.previews.preview(
            command, caller=who, cause=who.cause("web"), language=language
        )
        told: dict[str, Any] = DecisionPreviewSchema().dump(in_words(foreseen, language))
        return told

    def everything(self) -> dict[str, Any]:
        """Every row of every table."""
        with self.database.connection() as connection:
            tables = connection.execute(
                "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') "
                "AND relnamespace = 'public'::regnamespace ORDER BY relname"
            ).fetchall()
            return {
                each["relname"]: connection.execute(
                    f'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{each["relname"]}" AS t'
                ).fetchall()
                for each in tables
            }


@pytest.fixture(scope="module")
def welfare(request: pytest.FixtureRequest) -> Iterator[Welfare]:
    from tests.integration.conftest import new_databases

    with new_databases(request.getfixturevalue("servers")) as make:
        database = Database(make("requests"), size=8)
        database.open()
        yield Welfare(database)
        database.close()


@given(
    st.integers(0, 9),
    st.one_of(st.none(), st.integers(0, 80)),
    st.one_of(st.none(), st.integers(1, 10)),
    st.booleans(),
)
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_it_is_what_is_decided_then(
    welfare: Welfare, n: int, m: int | None, decile: int | None, typed: bool
) -> None:
    """With the same form and the same answer; which the person has typed, or an earlier request holds."""
    who = someone()
    form = {"n": n} | ({} if m is None else {"m": m})
    facts = {} if decile is None else {"decile": decile}
    if typed and facts:
        foreseen = welfare.preview(who, form, facts={"income.decile": decile})
        decided = welfare.decide(who, form, facts)
    else:
        decided = welfare.decide(who, form, facts)
        foreseen = welfare.preview(who, form)

    assert {name: foreseen[name] for name in ("result", "row")} == {
        name: decided[name] for name in ("result", "row")
    }
    if foreseen["result"] != "officers":
        assert foreseen["reason"] == decided["reason"]
        assert foreseen["law"] == "Article 7"


def test_nothing_is_stored_and_nobody_is_asked(welfare: Welfare) -> None:
    who = someone()
    welfare.decide(who, {"n": 4}, {"decile": 2})
    before, asked = welfare.everything(), welfare.exchange.asked
    assert len(before) > 20

    welfare.preview(who, {"n": 4})
    welfare.preview(who, {}, facts={"income.decile": 3})

    assert welfare.everything() == before
    assert welfare.exchange.asked == asked


def test_it_says_where_each_value_came_from_and_what_it_depends_on(welfare: Welfare) -> None:
    who = someone()
    nothing = welfare.preview(who, {"n": 4})
    assert (nothing["result"], nothing["binding"]) == ("depends", False)
    assert nothing["depends_on"] == [{"name": "income.decile", "title": "Decile"}]
    assert nothing["text"] == "It depends on what is not known yet: Decile"
    assert "binds nobody" in nothing["note"]

    welfare.decide(who, {"n": 1}, {"decile": 2})
    held = welfare.preview(who, {"n": 4})
    assert (held["result"], held["row"]) == ("granted", "many")
    assert [(each["name"], each["source"]) for each in held["inputs"]] == [
        ("form.n", "form"),
        ("income.decile", "earlier_request"),
    ]
    assert held["inputs"][1]["reference"]
    typed = welfare.preview(who, {"n": 4}, facts={"income.decile": 8})
    assert (typed["result"], typed["row"]) == ("refused", "rich")
    assert typed["inputs"][1]["source"] == "you"
    assert typed["inputs"][1]["reference"] is None
    without = welfare.preview(who, {"n": 4}, use_held=False)
    assert without["result"] == "depends"
    persian = welfare.preview(who, {"n": 4}, "fa")
    assert persian["reason"] == "خانوار بزرگ"
    assert persian["text"] != held["text"]


def test_a_form_that_is_not_whole_says_what_is_missing_and_one_that_does_not_fit_is_refused(
    welfare: Welfare,
) -> None:
    told = welfare.preview(someone(), {}, facts={"income.decile": 2})
    assert told["result"] == "depends"
    assert [point["pointer"] for point in told["missing"]] == ["/form/n"]
    with pytest.raises(InvalidInput) as faults:
        welfare.preview(someone(), {"n": 10})
    assert [point["pointer"] for point in faults.value.errors] == ["/form/n"]
    with pytest.raises(InvalidInput) as strange:
        welfare.preview(someone(), {"n": 1}, facts={"income.salary": 1, "form.n": 2})
    assert [point["pointer"] for point in strange.value.errors] == [
        "/facts/form.n",
        "/facts/income.salary",
    ]


def test_officers_decide_what_they_decide_and_an_unknown_service_is_none(welfare: Welfare) -> None:
    told = welfare.preview(someone(), {"n": 1}, service_code="PRE-002")
    assert (told["result"], told["rows"]) == ("officers", [])
    assert "Officers decide about every request" in told["text"]
    with pytest.raises(UnknownService):
        welfare.preview(someone(), {}, service_code="NOT-001")


def test_only_ones_own_fresh_answers_are_used(welfare: Welfare) -> None:
    who = someone()
    welfare.decide(who, {"n": 1}, {"decile": 2})
    assert welfare.preview(someone(), {"n": 4})["result"] == "depends"

    welfare.now += FRESH + timedelta(days=1)
    assert welfare.preview(who, {"n": 4})["result"] == "depends"


def test_who_acts_for_another_uses_what_the_mandate_covers_on_record(welfare: Welfare) -> None:
    who = someone()
    welfare.decide(who, {"n": 1}, {"decile": 2})
    clerk = Caller(
        CallerKind.REPRESENTATIVE,
        who.person,
        AssuranceLevel(2),
        actor=uuid4(),
        mandate_scope=("PRE-001",),
    )
    looks = "SELECT count(*) FROM person_data_read WHERE person_id = %s"
    assert welfare.preview(clerk, {"n": 4})["result"] == "granted"
    assert welfare.database.fetch(looks, (who.person,)) == [(1,)]
    other = replace(clerk, mandate_scope=("PRE-002",))
    with pytest.raises(MandateTooNarrow):
        welfare.preview(other, {"n": 4})
