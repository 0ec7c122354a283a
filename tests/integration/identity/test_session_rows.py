"""Sessions as they are stored: limits that hold in SQL, ends that every process hears, two devices at once."""

import threading
from datetime import timedelta

import pytest

from panjareh_common.refusals import NotSignedIn
from panjareh_identity.domain.assurance import Authenticator
from panjareh_identity.domain.session import Session, limits, session_id
from tests.integration.identity.staffing import OPERATOR

PASSKEY = Authenticator.PASSKEY


def active(house, session):
    with house.log.unit_of_work(OPERATOR) as unit:
        return house.sessions.active(unit, session.sid, session.person_id)


def ended(house):
    return {
        row[0]
        for row in house.rows(
            "SELECT convert_from(state, 'UTF8')::jsonb->>'session' FROM event WHERE topic = 'Session.Ended'"
        )
    }


def test_a_session_comes_back_as_it_was_stored(house):
    human = house.human()
    with house.log.unit_of_work(OPERATOR) as unit:
        stored = Session.begin(
            human.id, PASSKEY, ("pop", "user"), now=unit.now, channel="app", device="Safari/iPhone"
        )
        house.sessions.start(unit, stored)

    assert active(house, stored) == stored


def test_using_it_is_remembered(house):
    session = house.human().session
    later = house.later(minutes=20)

    active(house, session)

    with house.log.unit_of_work(OPERATOR) as unit:
        (found,) = house.sessions.of_person(unit, session.person_id)
    assert found.last_seen == later


@pytest.mark.parametrize("authenticator", Authenticator)
def test_it_ends_unused_and_ends_anyway(house, authenticator):
    human, held = house.human(), limits(authenticator)
    unused = house.sign_in(human.id, authenticator)
    house.now += held.unused - timedelta(seconds=1)
    active(house, unused)
    house.now += held.unused
    with pytest.raises(NotSignedIn):
        active(house, unused)

    used = house.sign_in(human.id, authenticator)
    while house.now + held.unused / 2 < used.expires_at:
        house.now += held.unused / 2
        active(house, used)
    house.now = used.expires_at
    with pytest.raises(NotSignedIn):
        active(house, used)


def test_a_session_that_the_version_before_stored_lives_until_its_own_end(house):
    human = house.human()
    with house.database.connection() as connection:
        connection.execute(
            "INSERT INTO session (sid, person_id, auth_time, authenticator, amr, channel,"
            " created_at, expires_at) VALUES ('old', %s, %s, 2, '{pwd,otp}', 'web', %s, %s)",
            (human.id, house.now, house.now, house.now + timedelta(hours=12)),
        )
    house.later(hours=2)
    with house.log.unit_of_work(OPERATOR) as unit:
        found = house.sessions.active(unit, "old", human.id)

    assert (found.device, found.last_seen) == (None, house.now)


def test_nobody_uses_or_ends_the_session_of_another(house):
    mine, other = house.human(), house.human()

    with house.log.unit_of_work(OPERATOR) as unit:
        with pytest.raises(NotSignedIn):
            house.sessions.active(unit, mine.session.sid, other.id)
        assert house.ends.end(unit, mine.session.sid, other.id) is False

    assert active(house, mine.session).sid == mine.session.sid


def test_signing_out_everywhere_is_told_once_for_each_device(house):
    human = house.human()
    devices = [house.sign_in(human.id) for _ in range(3)]
    caller = house.caller(human)

    for _ in range(2):
        house.devices.end_all(keep_current=True, caller=caller, cause=caller.cause("web"))

    assert ended(house) == {device.sid for device in devices}
    assert sorted(house.ended) == sorted(device.sid for device in devices)
    for device in devices:
        with pytest.raises(NotSignedIn):
            active(house, device)
    active(house, human.session)


def test_what_has_run_out_needs_no_end(house):
    human = house.human()
    house.later(hours=13)

    with house.log.unit_of_work(OPERATOR) as unit:
        assert house.ends.end(unit, human.session.sid, human.id) is False
        assert house.ends.end_all(unit, human.id) == 0

    assert ended(house) == set()


def test_devices_that_sign_each_other_out_at_once_do_not_wait_for_ever(house):
    human = house.human()
    devices = [human.session, *(house.sign_in(human.id) for _ in range(3))]
    callers = [house.caller(type(human)(human.id, human.national_id, each)) for each in devices]
    faults: list[Exception] = []
    start = threading.Barrier(len(callers))

    def sign_out(place):
        caller = callers[place]
        start.wait()
        try:
            if place % 2:
                house.devices.end_all(keep_current=True, caller=caller, cause=caller.cause("web"))
            else:
                other = session_id(devices[(place + 1) % len(devices)].sid)
                house.devices.end(other, caller=caller, cause=caller.cause("web"))
        except NotSignedIn:
            pass
        except Exception as fault:
            faults.append(fault)

    threads = [threading.Thread(target=sign_out, args=(place,)) for place in range(len(callers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert faults == []
    assert not any(thread.is_alive() for thread in threads)
    assert len(house.ended) == len(set(house.ended)) == len(ended(house)) > 0


def test_what_has_run_out_is_swept_and_nothing_else(house):
    house.human()
    house.later(hours=11)
    lives = house.human().session
    house.later(hours=2)

    assert house.sessions.sweep(house.now) == 1
    assert house.sessions.sweep(house.now) == 0

    assert house.rows("SELECT sid FROM session") == [(lives.sid,)]


def test_coming_back_sweeps_ones_own(house):
    human = house.human()
    house.later(hours=13)

    session = house.sign_in(human.id)

    assert house.rows("SELECT sid FROM session") == [(session.sid,)]


def test_whoever_is_forgotten_is_signed_out_and_no_row_stays(house):
    human = house.human()
    other = house.sign_in(human.id)

    with house.log.unit_of_work(OPERATOR) as unit:
        house.ends.forget(unit, human.id)

    assert ended(house) == {human.session.sid, other.sid}
    assert house.rows("SELECT 1 FROM session WHERE person_id = %s", human.id) == []
