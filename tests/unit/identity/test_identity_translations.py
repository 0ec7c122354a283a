"""What people are told must be there in Persian, with the same places to fill."""

import inspect

import pytest

import panjareh_identity.domain.refusals
from panjareh_common import forms, paging
from panjareh_common.texts import catalogue, text, translate
from panjareh_identity.application.signing_in import CODE_MESSAGE
from panjareh_identity.domain import values


def persian(package: str, message: str) -> str:
    translated = catalogue(package, "fa").get(message)
    assert translated, f"{package} has no Persian for: {message}"
    return translated


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
