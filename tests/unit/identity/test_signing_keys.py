"""The keys of people's tokens: known before they sign, one signs at a time, believed as long as anything is valid."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwk
from tests.unit.identity.conftest import FakeLog

from panjareh_common.event_store import Cause
from panjareh_common.refusals import NotFound, NotSignedIn
from panjareh_common.security import ServiceIdentity, TokenVerifier
from panjareh_common.security.keys import ED25519, ES256
from panjareh_common.security.tokens import ACCESS_TOKEN, Signer
from panjareh_common.testing.aggregates import AT
from panjareh_identity.application.signing_keys import KeyRow, SigningKeys
from panjareh_identity.domain.signing_keys import (
    KeyTimes,
    Schedule,
    SigningKey,
    next_begins,
    signs_now,
)
from panjareh_identity.messaging.translation import PUBLISHED

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
SCHEDULE = Schedule()
BECAUSE = Cause(actor="operator", role="operator", channel="internal")


def a_service_key(number: int = 1) -> ServiceIdentity:
    key = jwk.OKPKey.generate_key("Ed25519").as_dict(private=True)
    return ServiceIdentity("identity", key | {"kid": f"identity-{number}"})


SERVICE_KEY = a_service_key()


class Rows:
    """The table, in memory."""

    def __init__(self) -> None:
        self.rows: dict[str, KeyRow] = {}
        self._private: dict[str, dict] = {}
        self._numbers = itertools.count(1)
        self.looked = 0

    def all(self):
        self.looked += 1
        return list(self.rows.values())

    def hold(self, unit):
        return list(self.rows.values())

    def make(self, algorithm):
        kid = f"identity-{next(self._numbers):08x}"
        if algorithm == ED25519:
            key = jwk.OKPKey.generate_key("Ed25519")
        else:
            key = jwk.ECKey.generate_key("P-256")
        self._private[kid] = key.as_dict(private=True) | {"kid": kid}
        public = {name: str(value) for name, value in key.as_dict(private=False).items()}
        return kid, public, kid.encode()

    def signer(self, row):
        assert row.private is not None
        return Signer(self._private[row.times.kid])

    def add(self, unit, row):
        self.rows[row.times.kid] = row

    def restate(self, unit, kid, stated_by):
        self.rows[kid] = replace(self.rows[kid], stated_by=stated_by)

    def remove(self, unit, kid):
        del self.rows[kid]

    def sweep(self, unit, now):
        self.rows = {
            kid: replace(row, private=row.private if row.times.signs_until > now else None)
            for kid, row in self.rows.items()
            if row.times.expires_at > now
        }


class Keys:
    """Identity's keys, and a service that hears of them, under one clock."""

    def __init__(self, at: datetime = AT) -> None:
        self.log, self.rows, self.moment = FakeLog(), Rows(), 0.0
        self.log.now = at
        self.told = 0
        self.identity = SERVICE_KEY
        self.verifier = TokenVerifier({"keys": [SERVICE_KEY.public_key]}, self.seconds)
        self.start()

    def start(self, identity: ServiceIdentity | None = None) -> None:
        self.identity = identity or self.identity
        self.keys = SigningKeys(self.log, self.rows, self.identity, monotonic=lambda: self.moment)

    def seconds(self) -> float:
        return self.log.now.timestamp()

    def pass_time(self, time: timedelta) -> None:
        self.log.now += time
        self.moment += time.total_seconds()

    def hear(self, verifier: TokenVerifier | None = None, *, all_again: bool = False) -> None:
        begin, self.told = 0 if all_again else self.told, len(self.log.events)
        for event in self.log.events[begin:]:
            type_, translate = PUBLISHED[type(event)]
            assert type_ == "signing_key_published.v1"
            hears = verifier or self.verifier
            hears.trust(hears.read_statement(translate(event)["statement"]))

    def token(self, alg: str = ED25519) -> str:
        now = int(self.log.now.timestamp())
        claims = {
            "iss": "identity",
            "aud": "panjareh",
            "sub": "00000000-0000-4000-8000-0000000000aa",
            "sid": "a-session",
            "iat": now,
            "exp": now + 900,
            "auth_time": now,
            "acr": "urn:panjareh:loa:2",
        }
        return self.keys.sign(claims, ACCESS_TOKEN, alg)


def kid_of(token: str) -> str:
    from joserfc import jws

    return str(jws.extract_compact(token.encode()).headers()["kid"])


def times(kid: str, begins: datetime, algorithm: str = ED25519) -> KeyTimes:
    return KeyTimes.begin(kid, algorithm, begins, SCHEDULE)


def test_the_first_ed25519_key_signs_a_day_after_it_was_published_and_the_services_own_until_then():
    keys = Keys()
    keys.keys.rotate(AT)
    keys.hear()
    assert kid_of(keys.token()) == "identity-1"

    keys.pass_time(DAY - timedelta(seconds=1))
    assert kid_of(keys.token()) == "identity-1"
    keys.pass_time(timedelta(seconds=2))

    assert kid_of(keys.token()) != "identity-1"
    assert keys.verifier.caller(keys.token())


def test_the_first_es256_key_is_made_when_it_is_needed_and_signs_at_once():
    keys = Keys()

    token = keys.token(ES256)

    keys.hear()
    assert keys.verifier.caller(token)
    assert kid_of(keys.token(ES256)) == kid_of(token)


def test_a_second_round_makes_no_second_key():
    keys = Keys()

    assert len(keys.keys.rotate(AT)) == 2
    assert keys.keys.rotate(AT) == []
    assert keys.keys.rotate(AT + 27 * DAY) == []


@pytest.mark.parametrize("algorithm", [ED25519, ES256])
def test_over_a_year_every_key_is_known_a_day_before_it_signs_and_every_token_is_believed(
    algorithm,
):
    keys, published, signed = Keys(), {}, []
    for _ in range(365 * 4):
        for kid in keys.keys.rotate(keys.log.now):
            published[kid] = keys.log.now
        keys.hear()
        token = keys.token(algorithm)
        assert keys.verifier.caller(token)
        signed.append((kid_of(token), keys.log.now))
        keys.pass_time(6 * HOUR)

    by_schedule = [each for each in signed if each[0] in published]
    first = dict(reversed(by_schedule))
    assert len(first) >= 12
    late = [kid for kid, at in first.items() if at - published[kid] < DAY]
    assert late == ([] if algorithm == ED25519 else late[:1])  # nobody could bridge the very first
    assert all(
        max(at for k, at in by_schedule if k == kid) - first[kid] <= 30 * DAY for kid in first
    )


@pytest.mark.parametrize("algorithm", [ED25519, ES256])
def test_a_token_of_a_keys_last_second_is_believed_to_its_own_end(algorithm):
    keys = Keys()
    keys.keys.rotate(AT)
    begins = next(
        row.times.not_before for row in keys.rows.all() if row.times.algorithm == algorithm
    )
    keys.pass_time(begins + 30 * DAY - AT - timedelta(seconds=1))
    keys.keys.rotate(keys.log.now)
    keys.hear()
    last = keys.token(algorithm)
    keys.pass_time(timedelta(minutes=14))
    keys.keys.rotate(keys.log.now)
    keys.hear()

    assert kid_of(keys.token(algorithm)) != kid_of(last)
    assert keys.verifier.caller(last)


def test_what_may_still_be_valid_can_be_checked_by_whoever_reads_the_published_set():
    keys = Keys()
    for _ in range(40 * 4):
        keys.keys.rotate(keys.log.now)
        kids = {key["kid"] for key in keys.keys.jwks()["keys"]}
        assert {kid_of(keys.token()), kid_of(keys.token(ES256))} <= kids
        keys.pass_time(6 * HOUR)


def test_the_published_set_holds_nothing_private():
    keys = Keys()
    keys.keys.rotate(AT)

    told = keys.keys.jwks()["keys"]

    assert len(told) == 3
    for key in told:
        assert "d" not in key
        assert key["use"] == "sig"
        assert key["alg"] in (ED25519, ES256)


def test_private_halves_are_destroyed_when_they_sign_no_more_and_rows_when_nobody_believes_them():
    keys = Keys()
    (first,) = [
        kid for kid in keys.keys.rotate(AT) if keys.rows.rows[kid].times.algorithm == ED25519
    ]

    keys.keys.rotate(AT + 31 * DAY - HOUR)
    assert keys.rows.rows[first].private
    keys.keys.rotate(AT + 31 * DAY)
    assert keys.rows.rows[first].private is None

    keys.keys.rotate(AT + 32 * DAY)
    assert first not in keys.rows.rows


def test_after_a_long_standstill_the_services_own_key_signs_until_the_next_is_known():
    keys = Keys()
    keys.keys.rotate(AT)
    keys.pass_time(90 * DAY)
    keys.keys.rotate(keys.log.now)
    keys.hear()

    assert kid_of(keys.token()) == "identity-1"
    assert keys.verifier.caller(keys.token(ES256))
    keys.pass_time(DAY)
    assert kid_of(keys.token()) != "identity-1"
    assert keys.verifier.caller(keys.token())


def test_a_withdrawn_key_is_believed_by_nobody_and_another_takes_its_place():
    keys = Keys()
    keys.keys.rotate(AT)
    keys.pass_time(2 * DAY)
    keys.hear()
    stolen, untouched = keys.token(), keys.token(ES256)
    assert keys.verifier.caller(stolen)

    keys.keys.withdraw(kid_of(stolen), "the machine was stolen", BECAUSE)

    keys.hear()
    with pytest.raises(NotSignedIn):
        keys.verifier.caller(stolen)
    assert keys.verifier.caller(untouched)
    fresh = keys.token()
    assert kid_of(fresh) == "identity-1"
    assert keys.verifier.caller(fresh)
    keys.pass_time(DAY)
    assert kid_of(keys.token()) not in ("identity-1", kid_of(stolen))
    assert keys.verifier.caller(keys.token())
    assert kid_of(stolen) not in {key["kid"] for key in keys.keys.jwks()["keys"]}


def test_a_withdrawal_is_on_record_with_who_and_why():
    keys = Keys()
    (kid, _) = keys.keys.rotate(AT)

    keys.keys.withdraw(kid, "the machine was stolen", BECAUSE)
    keys.keys.withdraw(kid, "once more", BECAUSE)

    (withdrawn,) = [e for e in keys.log.events if isinstance(e, SigningKey.Withdrawn)]
    assert withdrawn.because == "the machine was stolen"
    assert keys.log.causes[keys.log.events.index(withdrawn)] == BECAUSE


def test_what_never_was_a_key_cannot_be_withdrawn():
    with pytest.raises(NotFound):
        Keys().keys.withdraw("identity-0badcafe", "why", BECAUSE)


def test_who_comes_after_a_change_of_the_services_own_key_still_learns_of_the_others():
    keys = Keys()
    keys.keys.rotate(AT)
    keys.pass_time(2 * DAY)
    token, newer = keys.token(), a_service_key(2)
    keys.start(newer)

    keys.keys.rotate(keys.log.now)

    late = TokenVerifier({"keys": [newer.public_key]}, keys.seconds)
    restated = [e for e in keys.log.events if isinstance(e, SigningKey.Restated)]
    assert len(restated) == 2
    for event in restated:
        late.trust(late.read_statement(event.statement))
    assert late.caller(token)
    keys.keys.rotate(keys.log.now)
    assert [e for e in keys.log.events if isinstance(e, SigningKey.Restated)] == restated


def test_statements_may_be_heard_again_and_in_any_order():
    keys = Keys()
    keys.keys.rotate(AT)
    keys.pass_time(2 * DAY)
    keys.hear()
    stolen = keys.token()
    keys.keys.withdraw(kid_of(stolen), "stolen", BECAUSE)
    late = TokenVerifier({"keys": [SERVICE_KEY.public_key]}, keys.seconds)
    for event in reversed(keys.log.events):
        late.trust(late.read_statement(event.statement))
    keys.hear(late, all_again=True)

    with pytest.raises(NotSignedIn):
        late.caller(stolen)


def test_the_key_is_looked_up_every_two_seconds_and_not_for_every_token():
    keys = Keys()
    keys.keys.rotate(AT)
    before = keys.rows.looked
    for _ in range(100):
        keys.token()
    assert keys.rows.looked == before + 1

    keys.pass_time(timedelta(seconds=2))
    keys.token()

    assert keys.rows.looked == before + 2


begins = st.integers(-40 * 24, 40 * 24).map(lambda hours: AT + hours * HOUR)
histories = st.lists(st.tuples(begins, st.sampled_from([ED25519, ES256])), max_size=6).map(
    lambda made: [times(f"k{n}", at, algorithm) for n, (at, algorithm) in enumerate(made)]
)


@settings(max_examples=500, deadline=None)
@given(histories, st.sampled_from([ED25519, ES256]))
def test_whatever_keys_there_are_the_next_is_made_in_time_and_only_then(known, algorithm):
    begin = next_begins(known, algorithm, AT, SCHEDULE)
    own = [key for key in known if key.algorithm == algorithm]
    last = max((key.signs_until for key in own), default=AT)

    if begin is None:
        assert last - AT > SCHEDULE.ahead + SCHEDULE.early
        assert algorithm == ED25519 or signs_now(known, algorithm, AT)
        return
    bridged = algorithm == ED25519 or signs_now(known, algorithm, AT) is not None
    assert begin == AT if not bridged else begin >= AT + SCHEDULE.ahead
    assert not bridged or begin >= last, "it never signs beside the one before"
    made = times("new", begin, algorithm)
    assert made.signs_until - begin == SCHEDULE.signs
    assert made.expires_at - made.signs_until >= timedelta(hours=1)


@settings(max_examples=300, deadline=None)
@given(histories, st.sampled_from([ED25519, ES256]), begins)
def test_what_signs_is_of_its_algorithm_in_its_time_and_the_youngest(known, algorithm, now):
    found = signs_now(known, algorithm, now)

    able = [
        key
        for key in known
        if key.algorithm == algorithm and key.not_before <= now < key.signs_until
    ]
    assert (found is None) == (not able)
    assert found is None or found.not_before == max(key.not_before for key in able)


def test_golden_events_of_a_year_ago_would_still_be_read():
    event = SigningKey.publish(times("identity-0badcafe", AT), "a.b.c", AT).collect_events()[0]

    key = event.mutate(None)

    assert isinstance(key, SigningKey)
    assert (key.kid, key.algorithm, key.statement) == ("identity-0badcafe", ED25519, "a.b.c")
    assert key.not_before.tzinfo is UTC
