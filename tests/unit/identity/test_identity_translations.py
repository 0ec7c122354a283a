"""What people are told must be there in Persian, with the same places to fill."""

import inspect
import re
from pathlib import Path

import pytest

import panjareh_identity
import panjareh_identity.domain.refusals
from panjareh_common import paging
from panjareh_common.forms import sentences
from panjareh_common.texts import catalogue, text, translate
from panjareh_identity.application import notice_words
from panjareh_identity.application.lives import assisting, channels, recovering
from panjareh_identity.application.messages import CODE_MESSAGE, SUBJECT, UNLOCK_MESSAGE
from panjareh_identity.domain import contacts, identifiers, passwords, values
from panjareh_identity.http.pages.consent import SCOPES
from panjareh_identity.http.pages.step_up import LEVELS
from panjareh_identity.http.ways import WAYS


def persian(package: str, message: str) -> str:
    translated = catalogue(package, "fa").get(message)
    assert translated, f"{package} has no Persian for: {message}"
    return translated


@pytest.mark.parametrize("sentence", sorted(set(sentences.ALL)))
def test_every_fault_of_a_form_is_said_in_persian(sentence):
    assert persian("panjareh_common", sentence)


def test_a_cursor_that_is_not_ours_is_told_in_persian():
    sentences = [s for s in catalogue("panjareh_common", "fa") if s in inspect.getsource(paging)]

    assert sentences


@pytest.mark.parametrize(
    "module", [values, identifiers, contacts, passwords], ids=lambda m: m.__name__
)
def test_everything_that_may_not_fit_is_said_in_persian(module):
    source = inspect.getsource(module)
    sentences = [s for s in catalogue("panjareh_identity", "fa") if s.endswith(".")]

    assert source.count("raise Unfit(") == sum(sentence in source for sentence in sentences)


@pytest.mark.parametrize(
    "message",
    [
        SUBJECT,
        UNLOCK_MESSAGE,
        channels.CONFIRM_MESSAGE,
        channels.OLD_NUMBER_MESSAGE,
        channels.CHANGED_MESSAGE,
        recovering.RECOVERY_MESSAGE,
        recovering.RECOVERED_MESSAGE,
        assisting.ASSISTANCE_MESSAGE,
        *notice_words.WORDS.values(),
        *notice_words.TITLES.values(),
    ],
)
def test_every_message_about_an_account_is_sent_in_persian_with_the_same_places(message):
    places = re.findall(r"{(\w+)}", message)

    assert sorted(re.findall(r"{(\w+)}", persian("panjareh_identity", message))) == sorted(places)


def test_the_message_with_the_code_holds_the_code_in_both_languages():
    for language in ("fa", "en"):
        assert "123456" in text("panjareh_identity", CODE_MESSAGE, language, code="123456")


def test_a_filled_refusal_reads_well():
    refusal = panjareh_identity.domain.refusals.TooManyTries(retry_after=60)

    assert "۶۰ ثانیه" in translate(refusal, "fa")
    assert "60 seconds" in translate(refusal, "en")


HTTP = Path(panjareh_identity.__file__).parent / "http"


def _said_on_pages():
    """Every sentence of the pages of identity: in their templates, and of what they choose from."""
    said = {way.label for way in WAYS} | {way.hint for way in WAYS}
    said |= set(LEVELS.values()) | set(SCOPES.values())
    for template in (HTTP / "templates").glob("*.html"):
        text_of = template.read_text(encoding="utf-8")
        said |= set(re.findall(r'_\("((?:[^"\\]|\\.)*)"', text_of))
        said |= set(re.findall(r"_\('([^']*)'", text_of))
    return sorted(said)


@pytest.mark.parametrize("sentence", _said_on_pages())
def test_every_sentence_of_a_page_is_said_in_persian(sentence):
    translated = persian("panjareh_identity", sentence)

    assert re.search("[\u0600-\u06ff]", translated)
