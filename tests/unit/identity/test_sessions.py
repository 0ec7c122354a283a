"""How long a session lasts, where a person is signed in, and how that ends for everybody to hear of."""

from datetime import timedelta
from uuid import uuid4

import pytest
from tests.unit.identity.conftest import GATEWAY

from panjareh_common.refusals import NotFound, NotSignedIn
from panjareh_common.testing.aggregates import AT
from panjareh_identity.application.origin import Origin
from panjareh_identity.application.sessions import SessionEnds
from panjareh_identity.domain.assurance import Authenticator
from panjareh_identity.domain.session import SESSION_LIFETIME, Session, limits, session_id

FIREFOX = "Mozilla/5.0 (Android 14; Mobile; rv:128.0) Gecko/128.0 Firefox/128.0"
MINUTES = {minutes: timedelta(minutes=minutes) for minutes in (5, 15, 60, 720)}


def a_session(authenticator=Authenticator.PASSWORD, now=AT, **changes) -> Session:
    known = {"now": now, "channel": "web", "device": None}
    return Session.begin(uuid4(), authenticator, ("pwd",), **known | changes)


def devices_of(identity, caller):
    return identity.devices.all(caller=caller, cause=identity.cause(caller))["items"]


def another_device(identity, agent=FIREFOX):
    """Leila signs in once more; the caller of that session."""
    identity.sign_in(origin=Origin(agent=agent))
    claims = identity.claims[-1]
    return identity.caller(next(iter(identity.credentials.rows.values())).person_id, claims["sid"])


@pytest.mark.parametrize(
    ("authenticator", "after_authentication", "unused", "token"),
    [
        (Authenticator.PASSWORD, 720, 720, 15),
        (Authenticator.PASSWORD_AND_CODE, 720, 60, 15),
        (Authenticator.PASSKEY, 60, 15, 5),
        (Authenticator.SMART_CARD, 60, 15, 5),
    ],
)
def test_the_stronger_the_sign_in_the_shorter_it_lasts(
    authenticator, after_authentication, unused, token
):
    session = a_session(authenticator)

    assert session.expires_at == AT + MINUTES[after_authentication]
    assert session.unused_until == AT + MINUTES[unused]
    assert session.token_until(AT) == AT + MINUTES[token]


@pytest.mark.parametrize("authenticator", Authenticator)
def test_a_token_never_outlives_the_rest_that_ends_its_session(authenticator):
    """Whoever uses a token tells identity nothing, so one that lives must come round in time."""
    held = limits(authenticator)

    assert held.token <= held.unused <= held.after_authentication <= SESSION_LIFETIME


def test_the_last_token_of_a_session_ends_with_it():
    session = a_session()
    late = session.expires_at - timedelta(minutes=1)

    assert session.token_until(late) == session.expires_at


def test_using_a_session_keeps_it_from_ending_unused_but_not_from_ending():
    session = a_session(Authenticator.PASSWORD_AND_CODE)

    used = session.seen(AT + timedelta(minutes=59))

    assert used.unused_until == AT + timedelta(minutes=119)
    assert used.expires_at == session.expires_at


def test_a_stronger_sign_in_brings_its_own_limits():
    session = a_session()
    later = AT + timedelta(hours=2)

    raised = session.raised(Authenticator.PASSKEY, ("pop", "user"), later)

    assert (raised.sid, raised.created_at) == (session.sid, AT)
    assert (raised.auth_time, raised.last_seen) == (later, later)
    assert (raised.authenticator, raised.amr) == (Authenticator.PASSKEY, ("pop", "user"))
    assert raised.expires_at == later + timedelta(hours=1)


@pytest.mark.parametrize("authenticator", Authenticator)
def test_no_authentication_lengthens_a_session_beyond_its_first_twelve_hours(authenticator):
    session = a_session()
    late = AT + timedelta(hours=11, minutes=50)

    assert session.raised(authenticator, ("pwd",), late).expires_at == AT + SESSION_LIFETIME


def test_i_see_my_devices_the_one_used_last_first(identity):
    first = identity.signed_in()
    identity.log.now += timedelta(minutes=10)
    second = another_device(identity)

    items = devices_of(identity, first)

    assert [item["session_id"] for item in items] == [
        str(session_id(second.session)),
        str(session_id(first.session)),
    ]
    assert [item["current"] for item in items] == [False, True]
    assert [(item["browser"], item["system"]) for item in items] == [
        ("Firefox", "Android"),
        (None, None),
    ]
    assert items[0]["channel"] == "web"
    assert items[0]["signed_in_at"] == items[0]["last_seen_at"]
    assert items[0]["authenticator"] == 1


def test_nothing_in_the_list_could_be_used_to_sign_in_or_to_find_a_token(identity):
    caller = identity.signed_in()

    (item,) = devices_of(identity, caller)

    assert caller.session not in str(item)


def test_i_see_nobody_elses(identity):
    caller = identity.signed_in()
    identity.sign_up(national_id="9900000021")
    identity.sign_in(national_id="9900000021")

    assert len(devices_of(identity, caller)) == 1


def test_a_session_that_ran_out_is_no_device_of_mine(identity):
    identity.signed_in()
    identity.log.now += SESSION_LIFETIME
    caller = another_device(identity)

    (item,) = devices_of(identity, caller)

    assert item["current"]


def test_whoever_rested_too_long_has_to_sign_in_again(identity):
    caller = identity.signed_in()
    session = identity.sessions.rows[caller.session]
    raised = session.raised(Authenticator.PASSKEY, ("pop", "user"), identity.log.now)
    identity.sessions.change(None, raised)
    identity.log.now += timedelta(minutes=15)

    with pytest.raises(NotSignedIn):
        devices_of(identity, caller)


def test_i_sign_out_one_device(identity):
    mine = identity.signed_in()
    lost = another_device(identity)

    identity.devices.end(session_id(lost.session), caller=mine, cause=identity.cause(mine))

    assert [item["current"] for item in devices_of(identity, mine)] == [True]
    (ended,) = [event for event in identity.log.events if event.TOPIC == "Session.Ended"]
    assert (ended.session, ended.person) == (lost.session, mine.person)
    assert ended.originator_id == session_id(lost.session)


def test_a_device_of_somebody_else_is_not_there(identity):
    mine = identity.signed_in()
    identity.sign_up(national_id="9900000021")
    identity.sign_in(national_id="9900000021")
    theirs = identity.claims[-1]["sid"]

    with pytest.raises(NotFound):
        identity.devices.end(session_id(theirs), caller=mine, cause=identity.cause(mine))

    assert theirs in identity.sessions.rows


@pytest.mark.parametrize(("keep", "left"), [(True, 1), (False, 0)])
def test_i_sign_out_everywhere_with_or_without_this_device(identity, keep, left):
    mine = identity.signed_in()
    others = [another_device(identity) for _ in range(3)]

    identity.devices.end_all(keep_current=keep, caller=mine, cause=identity.cause(mine))

    ended = [event.session for event in identity.log.events if event.TOPIC == "Session.Ended"]
    gone = [other.session for other in others] + ([] if keep else [mine.session])
    assert sorted(ended) == sorted(gone)
    assert len(identity.sessions.rows) == left


@pytest.mark.parametrize("ask", ["list", "end", "end_all"])
def test_a_device_that_was_signed_out_can_sign_out_no_other(identity, ask):
    mine, lost = identity.signed_in(), another_device(identity)
    identity.devices.end(session_id(lost.session), caller=mine, cause=identity.cause(mine))
    asked = {
        "list": identity.devices.all,
        "end": lambda **of: identity.devices.end(session_id(mine.session), **of),
        "end_all": lambda **of: identity.devices.end_all(keep_current=False, **of),
    }[ask]

    with pytest.raises(NotSignedIn):
        asked(caller=lost, cause=identity.cause(lost))

    assert mine.session in identity.sessions.rows


def test_what_hangs_on_a_session_ends_in_the_same_commit(identity):
    mine, other = identity.signed_in(), another_device(identity)
    ended = []
    ends = SessionEnds(identity.sessions, hanging=[lambda unit, sids: ended.append(sorted(sids))])

    with identity.log.unit_of_work(GATEWAY) as unit:
        assert ends.end_all(unit, mine.person) == 2
        assert ends.end_all(unit, mine.person) == 0
        assert ends.end(unit, mine.session, mine.person) is False

    assert ended == [sorted([mine.session, other.session])]
