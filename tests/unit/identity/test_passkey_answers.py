"""Whatever a browser sends, a passkey is refused by name and never by a fault."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panjareh_identity.adapters.passkeys import PostgresPasskeys
from panjareh_identity.application.keys import to_bytes, to_text
from panjareh_identity.domain.authenticator_refusals import PasskeyRefused

PASSKEYS = PostgresPasskeys(None, "https://window.test/id")

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
_names = st.sampled_from(
    ["id", "rawId", "type", "response", "clientDataJSON", "attestationObject", "transports"]
)
_credentials = st.dictionaries(
    _names, _json | st.dictionaries(_names, _json, max_size=4), max_size=7
)


class Nobody:
    """A database that knows no passkey."""

    def execute(self, *_):
        return self

    def fetchone(self):
        return None


@given(_credentials)
def test_an_answer_in_any_shape_is_refused(credential):
    for ask in (
        lambda: PASSKEYS.challenge_of(credential),
        lambda: PASSKEYS.holder(Nobody(), credential, b"challenge"),
        lambda: PASSKEYS.add(Nobody(), None, None, credential, b"challenge"),
    ):
        with pytest.raises(PasskeyRefused):
            ask()


@given(st.binary(max_size=200))
def test_client_data_that_is_none_is_refused(data):
    credential = {"response": {"clientDataJSON": base64.urlsafe_b64encode(data).decode()}}

    try:
        PASSKEYS.challenge_of(credential)
    except PasskeyRefused:
        return
    assert "challenge" in json.loads(data)


def test_client_data_that_goes_very_deep_is_refused():
    deep = to_text(b"[" * 100_000)

    with pytest.raises(PasskeyRefused):
        PASSKEYS.challenge_of({"response": {"clientDataJSON": deep}})


@pytest.mark.parametrize(("cross", "refused"), [(False, False), (True, True)])
def test_a_page_of_ours_inside_one_of_somebody_else_gives_no_passkey(cross, refused):
    told = {
        "type": "webauthn.get",
        "challenge": to_text(b"a challenge"),
        "origin": "https://window.test",
        "crossOrigin": cross,
    }
    credential = {"response": {"clientDataJSON": to_text(json.dumps(told).encode())}}

    if refused:
        with pytest.raises(PasskeyRefused):
            PASSKEYS.challenge_of(credential)
    else:
        assert PASSKEYS.challenge_of(credential) == b"a challenge"


@given(st.binary(max_size=64))
def test_what_is_written_in_base64url_is_read_again(raw):
    assert to_bytes(to_text(raw)) == raw


@pytest.mark.parametrize("text", ["§", "a", "a b c d", "####"])
def test_what_is_no_base64url_is_told(text):
    with pytest.raises(ValueError):
        to_bytes(text)
