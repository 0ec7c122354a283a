"""How a fee is taken fits the card that says so."""

from __future__ import annotations

from typing import Any

import pytest

from panjareh_catalog.adapters.card_files import read_file
from panjareh_catalog.adapters.card_schema import card_shape_faults
from panjareh_catalog.domain.card_formats import raised
from panjareh_catalog.domain.checks import Known, payment
from panjareh_catalog.domain.known import OfferedEvidence
from panjareh_catalog.read_model.card_telling import in_language
from panjareh_sandbox.demo import services_dir

TEXT = {"fa": "متن", "en": "text"}
KNOWN = Known(evidence={"income": OfferedEvidence("income", "x", TEXT, {"decile": TEXT})})
PAYMENT: dict[str, Any] = {
    "when": "before_review",
    "within_days": 3,
    "refund": {"withdrawn": "all", "refused": "none"},
}


def card(**changes: Any) -> dict[str, Any]:
    form = {"type": "object", "properties": {"poor": {"type": "boolean", "x-title": TEXT}}}
    output = {"kind": "certificate", "title": TEXT, "valid_days": 1}
    return {
        "fee": {"amount": 1000, "currency": "IRR"},
        "payment": PAYMENT,
        "form": form,
        "evidence": [{"type": "income"}],
        "output": output,
    } | changes


def exempt(name: str, when: str = "before_review") -> dict[str, Any]:
    return PAYMENT | {"when": when, "exempt": [{"from": name, "eq": True} | TEXT]}


def test_cards_with_and_without_fit() -> None:
    assert list(payment.faults(card(), KNOWN)) == []
    assert list(payment.faults(card(payment=None), KNOWN)) == []
    assert list(payment.faults(card(payment=exempt("form.poor")), KNOWN)) == []
    late = card(payment=exempt("income.decile", "before_output"))
    assert list(payment.faults(late, KNOWN)) == []


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"fee": {"amount": 0, "currency": "IRR"}}, "/payment"),
        ({"payment": PAYMENT | {"when": "before_output"}, "output": None}, "/payment/when"),
        ({"payment": exempt("income.decile")}, "/payment/exempt/0/from"),
        ({"payment": exempt("tax.debt", "before_output")}, "/payment/exempt/0/from"),
        ({"payment": exempt("form.rich")}, "/payment/exempt/0/from"),
    ],
)
def test_what_does_not_fit_is_a_fault_at_its_place(changes: dict[str, Any], pointer: str) -> None:
    [fault] = payment.faults(card(**changes), KNOWN)

    assert fault.pointer == pointer


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"when": "now"}, "/payment/when"),
        ({"within_days": 0}, "/payment/within_days"),
        ({"within_days": True}, "/payment/within_days"),
        ({"refund": {"withdrawn": "half", "refused": "all"}}, "/payment/refund/withdrawn"),
        ({"refund": {"withdrawn": "all"}}, "/payment/refund/refused"),
        ({"exempt": [{"from": "form.poor", "eq": [1]} | TEXT]}, "/payment/exempt/0/eq"),
        ({"discount": 1}, "/payment/discount"),
    ],
)
def test_the_shape_is_strict(changes: dict[str, Any], pointer: str) -> None:
    [shipped] = read_file(services_dir() / "CARD-002.yaml")
    assert shipped.card is not None

    faults = card_shape_faults(dict(shipped.card) | {"payment": PAYMENT | changes})

    assert [fault.pointer for fault in faults] == [pointer]


def test_a_card_that_says_nothing_of_it_takes_no_fee_online() -> None:
    [shipped] = read_file(services_dir() / "DRV-002.yaml")
    assert shipped.card is not None

    assert raised(shipped.card)["payment"] is None


def test_a_reader_is_told_who_is_exempt_in_their_language() -> None:
    told = in_language(exempt("form.poor"), "en")

    assert told["exempt"] == [{"from": "form.poor", "eq": True, "text": "text"}]
