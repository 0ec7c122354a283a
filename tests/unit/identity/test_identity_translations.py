"""What people are told must be there in Persian, with the same places to fill."""

import inspect
import string

import pytest

import panjareh_common.refusals
import panjareh_identity.domain.refusals
from panjareh_common import forms, paging
from panjareh_common.refusals import Refusal, RemoteRefusal
from panjareh_common.texts import catalogue, text, translate
from panjareh_identity.application.signing_in import CODE_MESSAGE
from panjareh_identity.domain import values

OURS = (panjareh_common.refusals, panjareh_identity.domain.refusals)
REFUSALS = [
    member
    for module in OURS
    for member in vars(module).values()
    if inspect.isclass(member)
    and issubclass(member, Refusal)
    and member.__module__ == module.__name__
    and member not in (Refusal, RemoteRefusal)
]


def places(message: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(message) if name}


def persian(package: str, message: str) -> str:
    translated = catalogue(package, "fa").get(message)
    assert translated, f"{package} has no Persian for: {message}"
    return translated


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.code)
def test_every_refusal_is_said_in_persian_with_the_same_named_places(refusal):
    package = refusal.__module__.partition(".")[0]

    assert places(persian(package, refusal.message)) == places(refusal.message)


def test_every_refusal_of_these_packages_is_looked_at():
    everywhere = {
        kind
        for kind in Refusal.__subclasses__()
        if kind.__module__.startswith(("panjareh_common.", "panjareh_identity."))
    }

    assert everywhere - {RemoteRefusal} == set(REFUSALS)


def test_no_two_refusals_share_a_code():
    codes = [refusal.code for refusal in REFUSALS]

    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("sentence", [*set(forms._SENTENCES.values()), forms._OTHER])
def test_every_fault_of_a_form_is_said_in_persian(sentence):
    assert persian("panjareh_common", sentence)


def test_a_cursor_that_is_not_ours_is_told_in_persian():
    sentences = [s for s in catalogue("panjareh_common", "fa") if s in inspect.getsource(paging)]

    assert sentences


def test_everything_that_may_not_fit_is_said_in_persian():
    source = inspect.getsource(values)
    known = [sentence for sentence in catalogue("panjareh_identity", "fa") if sentence in source]

    assert source.count("raise Unfit(") == len(known)


def test_the_message_with_the_code_holds_the_code_in_both_languages():
    for language in ("fa", "en"):
        assert "123456" in text("panjareh_identity", CODE_MESSAGE, language, code="123456")


def test_a_filled_refusal_reads_well():
    refusal = panjareh_identity.domain.refusals.TooManyTries(retry_after=60)

    assert "60 ثانیه" in translate(refusal, "fa")
    assert "60 seconds" in translate(refusal, "en")
