"""Which ways the pages offer, and how forgivingly they read what the program of a card wrote."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panjareh_identity.application.keys import signed_by_card, to_bytes, to_text
from panjareh_identity.domain.assurance import Authenticator
from panjareh_identity.http.pages.smart_cards import read_base64
from panjareh_identity.http.ways import sign_in_ways, step_up_ways

NOTHING = frozenset()


def keys(ways):
    return [way.key for way in ways]


def test_whoever_signs_in_may_take_a_passkey_or_a_card():
    assert keys(sign_in_ways()) == ["passkey", "smart_card"]


@pytest.mark.parametrize(
    ("needed", "enrolled", "offered"),
    [
        (Authenticator.PASSWORD_AND_CODE, NOTHING, ["sms"]),
        (Authenticator.PASSKEY, NOTHING, []),
        (Authenticator.PASSKEY, {"passkey"}, ["passkey"]),
        (Authenticator.PASSKEY, {"smart_card"}, ["smart_card"]),
        (Authenticator.SMART_CARD, {"passkey", "totp", "email"}, []),
        (Authenticator.SMART_CARD, {"passkey", "smart_card"}, ["smart_card"]),
    ],
)
def test_only_what_the_person_has_and_what_is_sure_enough_is_offered(needed, enrolled, offered):
    assert keys(step_up_ways(needed, frozenset(enrolled))) == offered


@given(st.binary(min_size=1, max_size=300))
def test_a_signature_is_read_in_lines_padded_or_not_in_either_alphabet(signature):
    for written in (
        base64.b64encode(signature).decode(),
        base64.encodebytes(signature).decode(),
        base64.urlsafe_b64encode(signature).decode(),
        to_text(signature),
        f"\r\n  {to_text(signature)} \n",
    ):
        assert to_bytes(read_base64(written)) == signature


@pytest.mark.parametrize("typed", ["", " ", "***", "امضا", "abc=def", "a"])
def test_what_is_no_signature_is_none(typed):
    assert read_base64(typed) == ""


def test_what_a_card_signs_is_good_for_nothing_else():
    assert signed_by_card(to_text(b"challenge")) == b"panjareh sign-in\0challenge"
