"""What comes through the doors of consultations and exports is taken completely, or not at all with every fault named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from panjareh_catalog.domain.consultation import Consultation, Outcome
from panjareh_catalog.domain.opinion import LONGEST_TEXT, Said
from panjareh_catalog.schemas import consultations, exports
from panjareh_common.event_store.snapshots import from_state, to_state
from panjareh_common.refusals import InvalidInput
from panjareh_common.schemas import load
from panjareh_common.testing.aggregates import given

ID = str(uuid4())
BOTH = {"fa": "یک", "en": "One"}
OPENING = {
    "service_code": "PASS-001",
    "number": 2,
    "about": BOTH,
    "questions": [BOTH],
    "until": "2026-05-01T12:00:00Z",
}
USE = {"consultation_id": ID, "opinions": [ID], "outcome": "applied", "reason": BOTH}


def faults(schema, payload) -> set[str]:
    with pytest.raises(InvalidInput) as refusal:
        load(schema(), payload)
    return {error["pointer"] for error in refusal.value.errors}


def test_an_opinion_is_read():
    read = load(
        consultations.GiveOpinionSchema(),
        {"consultation_id": ID, "answers": {"2": "دو"}, "remark": "نظر"},
    )

    assert read["said"] == Said({2: "دو"}, "نظر")


@pytest.mark.parametrize(
    ("payload", "place"),
    [
        ({"remark": "x" * (LONGEST_TEXT + 1)}, "/remark"),
        ({"remark": "reversed \u202e text"}, "/remark"),
        ({"remark": "zero \x00"}, "/remark"),
        ({"remark": 7}, "/remark"),
        ({"answers": {"1": "\u2066hidden"}}, "/answers/1"),
        ({"answers": {"0": "x"}}, "/answers/0"),
        ({"answers": {"x": "x"}}, "/answers/x"),
        ({"answers": ["x"]}, "/answers"),
        ({"remrk": "x"}, "/remrk"),
        ({"consultation_id": "no uuid", "remark": "x"}, "/consultation_id"),
        ({"consultation_id": None, "remark": "x"}, "/consultation_id"),
    ],
)
def test_an_opinion_that_does_not_fit_is_refused_at_its_place(payload, place):
    assert faults(consultations.GiveOpinionSchema, {"consultation_id": ID} | payload) == {place}


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"number": 0}, "/number"),
        ({"number": "two"}, "/number"),
        ({"about": {"fa": "تنها"}}, "/about/en"),
        ({"about": {"fa": "یک", "en": " "}}, "/about/en"),
        ({"questions": [BOTH] * 21}, "/questions"),
        ({"questions": [{"fa": "\u202dx", "en": "x"}]}, "/questions/0/fa"),
        ({"until": "2026-05-01"}, "/until"),
        ({"until": "2026-05-01T12:00:00"}, "/until"),
        ({"required_loa": 5}, "/required_loa"),
        ({"required_loa": 2.5}, "/required_loa"),
        ({"untill": "2026-05-01T12:00:00Z"}, "/untill"),
    ],
)
def test_an_opening_that_does_not_fit_is_refused_at_its_place(change, place):
    assert faults(consultations.OpenConsultationSchema, OPENING | change) == {place}


def test_whoever_takes_part_is_known_by_their_national_id_unless_it_is_said():
    assert load(consultations.OpenConsultationSchema(), OPENING).required_loa == 2


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"outcome": "accepted"}, "/outcome"),
        ({"opinions": []}, "/opinions"),
        ({"opinions": [ID] * 101}, "/opinions"),
        ({"opinions": ["x"]}, "/opinions/0"),
        ({"pointers": ["/x" * 300]}, "/pointers/0"),
        ({"reason": "because"}, "/reason"),
        ({"reason": None}, "/reason"),
    ],
)
def test_an_outcome_that_does_not_fit_is_refused_at_its_place(change, place):
    assert load(consultations.UseOpinionsSchema(), USE).outcome is Outcome.APPLIED
    assert faults(consultations.UseOpinionsSchema, USE | change) == {place}


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        ({"limit": 51}, "/limit"),
        ({"limit": 0}, "/limit"),
        ({"changed_since": "yesterday"}, "/changed_since"),
        ({"changed_since": "2026-05-01T12:00:00"}, "/changed_since"),
        ({"since": "2026-05-01T12:00:00Z"}, "/since"),
    ],
)
def test_a_portal_that_asks_wrongly_is_told_where(asked, place):
    assert faults(exports.ListChangesSchema, asked) == {place}


def test_a_consultation_is_remembered_as_it_was():
    at = datetime(2026, 3, 21, tzinfo=UTC)
    opened = {
        "service_code": "PASS-001",
        "authority": "police",
        "number": 2,
        "about": BOTH,
        "questions": [BOTH],
        "until": at + timedelta(days=1),
        "required_loa": 2,
    }
    used = {
        "opinions": [uuid4(), uuid4()],
        "outcome": "applied",
        "pointers": ["/steps"],
        "reason": BOTH,
        "number": 3,
    }
    consultation = given(
        Consultation, (Consultation.Opened, opened), (Consultation.OpinionsUsed, used)
    )

    again = from_state(Consultation, consultation.id, 2, to_state(consultation))

    assert vars(again)["used"] == consultation.used
    assert again.until == consultation.until
