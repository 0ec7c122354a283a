"""What a person signs in with: added and removed by no weaker session than what is at stake."""

from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given as example
from hypothesis import strategies as st

from panjareh_common.refusals import NotFound
from panjareh_common.testing.aggregates import AT, given, then
from panjareh_identity.domain.assurance import Authenticator
from panjareh_identity.domain.authenticator_refusals import (
    SignInAgainFirst,
    StrongerSignInNeeded,
    TooManyAuthenticators,
)
from panjareh_identity.domain.authenticators import (
    FRESH,
    MOST_OF_A_KIND,
    STRENGTH,
    Authenticators,
    Kind,
)
from panjareh_identity.domain.session import Session

LEILA, KEY, CARD = uuid4(), uuid4(), uuid4()

opened = (Authenticators.Opened, {"person": LEILA})
passkey = (Authenticators.PasskeyAdded, {"authenticator": KEY, "label": "my phone"})
card = (Authenticators.SmartCardBound, {"authenticator": CARD})
app = (Authenticators.TotpAdded, {"authenticator": KEY, "label": "an app"})


def session(authenticator, at=AT):
    return Session.begin(LEILA, authenticator, (), now=at, channel="web", device=None)


@pytest.mark.parametrize(
    ("history", "kind", "needed"),
    [
        ([opened], Kind.TOTP, 2),
        ([opened], Kind.PASSKEY, 2),
        ([opened], Kind.SMART_CARD, 2),
        ([opened, passkey], Kind.TOTP, 2),
        ([opened, passkey], Kind.PASSKEY, 3),
        ([opened, passkey], Kind.SMART_CARD, 3),
        ([opened, card], Kind.PASSKEY, 3),
        ([opened, card], Kind.SMART_CARD, 4),
    ],
)
def test_a_new_one_takes_a_session_as_strong_as_it_or_as_the_strongest_there_is(
    history, kind, needed
):
    authenticators = given(Authenticators, *history)
    for level in Authenticator:
        if level < needed:
            with pytest.raises(StrongerSignInNeeded) as refusal:
                authenticators.may_add(kind, session(level), AT)
            assert refusal.value.details == {"needed": needed, "held": int(level)}
        else:
            authenticators.may_add(kind, session(level), AT)


def test_a_session_that_was_left_open_adds_nothing():
    authenticators = given(Authenticators, opened)
    open_session = session(Authenticator.SMART_CARD)

    authenticators.may_add(Kind.PASSKEY, open_session, AT + FRESH)
    with pytest.raises(SignInAgainFirst):
        authenticators.may_add(Kind.PASSKEY, open_session, AT + FRESH + timedelta(seconds=1))


def test_what_is_added_is_held_with_its_label():
    authenticators = given(Authenticators, opened)

    authenticators.add(Kind.PASSKEY, KEY, "my phone", AT)
    authenticators.add(Kind.SMART_CARD, CARD, "", AT)

    assert then(authenticators) == [
        (Authenticators.PasskeyAdded, {"authenticator": KEY, "label": "my phone"}),
        (Authenticators.SmartCardBound, {"authenticator": CARD}),
    ]
    assert authenticators.strongest is Authenticator.SMART_CARD


def test_there_is_one_app_and_there_are_ten_passkeys_at_most():
    keys = [
        (Authenticators.PasskeyAdded, {"authenticator": uuid4(), "label": ""})
        for _ in range(MOST_OF_A_KIND)
    ]

    with pytest.raises(TooManyAuthenticators):
        given(Authenticators, opened, app).may_add(Kind.TOTP, session(Authenticator.SMART_CARD), AT)
    with pytest.raises(TooManyAuthenticators):
        given(Authenticators, opened, *keys).may_add(
            Kind.PASSKEY, session(Authenticator.SMART_CARD), AT
        )


@pytest.mark.parametrize(("added", "needed"), [(app, 2), (passkey, 3)])
def test_the_weaker_way_in_takes_no_stronger_one_away(added, needed):
    authenticators = given(Authenticators, opened, added)

    with pytest.raises(StrongerSignInNeeded):
        authenticators.remove(KEY, session(Authenticator(needed - 1)), AT)
    assert then(authenticators) == []

    authenticators.remove(KEY, session(Authenticator(needed)), AT)
    assert then(authenticators) == [
        (Authenticators.Removed, {"authenticator": KEY, "because": "asked"})
    ]
    assert authenticators.strongest is Authenticator.PASSWORD_AND_CODE


def test_what_somebody_does_not_hold_they_cannot_remove():
    authenticators = given(Authenticators, opened, passkey)

    with pytest.raises(NotFound):
        authenticators.remove(uuid4(), session(Authenticator.SMART_CARD), AT)


def test_a_recovery_takes_everything_away():
    authenticators = given(Authenticators, opened, passkey, card)

    authenticators.drop_all("recovery", AT)

    assert authenticators.held == {}
    assert [kind for kind, _ in then(authenticators)] == [Authenticators.Removed] * 2


@example(
    st.lists(st.sampled_from(list(Kind)), max_size=8),
    st.sampled_from(list(Kind)),
    st.sampled_from(list(Authenticator)),
)
def test_nobody_climbs_beyond_what_they_have_shown(held, wanted, shown):
    """Whatever is held: a session adds only what it is as strong as, unless nothing stronger is there."""
    history = [_added(kind) for kind in held]
    authenticators = given(Authenticators, opened, *history)

    try:
        authenticators.may_add(wanted, session(shown), AT)
    except (StrongerSignInNeeded, TooManyAuthenticators):
        return

    assert shown >= min(STRENGTH[wanted], authenticators.strongest)
    assert shown >= Authenticator.PASSWORD_AND_CODE


def _added(kind):
    if kind is Kind.SMART_CARD:
        return (Authenticators.SmartCardBound, {"authenticator": uuid4()})
    event = Authenticators.TotpAdded if kind is Kind.TOTP else Authenticators.PasskeyAdded
    return (event, {"authenticator": uuid4(), "label": ""})
