"""Signing keys in PostgreSQL: sealed, made once by any number of processes, and at hand inside a unit of work."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest
from joserfc import jwk

from panjareh_common.clock import utc_now
from panjareh_common.database import Database
from panjareh_common.event_store import Cause, EventLog, Keyring
from panjareh_common.security import ServiceIdentity, TokenVerifier
from panjareh_common.security.keys import ED25519, ES256
from panjareh_common.security.tokens import ACCESS_TOKEN
from panjareh_identity.adapters.signing_keys import PostgresSigningKeys
from panjareh_identity.application.signing_keys import SigningKeys
from panjareh_identity.domain.signing_keys import SigningKey

BECAUSE = Cause(actor="tester", role="service", channel="test")
DAYS_AGO = timedelta(days=2)


class Identity:
    """One process of identity, as far as its keys go."""

    def __init__(self, url: str, sealing_key: bytes, service_key: ServiceIdentity) -> None:
        self.database, self.keys_database = Database(url, size=8), Database(url, size=4)
        self.database.open()
        self.keys_database.open()
        keyring = Keyring(sealing_key, self.keys_database)
        self.log = EventLog(self.database, keyring)
        self.rows = PostgresSigningKeys(self.keys_database, keyring)
        self.keys = SigningKeys(self.log, self.rows, service_key)

    def close(self) -> None:
        self.database.close()
        self.keys_database.close()

    def published(self) -> list[SigningKey.Published]:
        events = self.log.after(0, None, 1000)
        return [row.event for row in events if row.topic == SigningKey.Published.TOPIC]


@pytest.fixture
def service_key() -> ServiceIdentity:
    key = jwk.OKPKey.generate_key("Ed25519").as_dict(private=True)
    return ServiceIdentity("identity", key | {"kid": "identity-1"})


@pytest.fixture
def start(
    make_database_url: Callable[[str], str], service_key: ServiceIdentity
) -> Iterator[Callable[[], Identity]]:
    url, sealing_key = make_database_url("identity"), secrets.token_bytes(32)
    started: list[Identity] = []

    def one() -> Identity:
        started.append(Identity(url, sealing_key, service_key))
        return started[-1]

    one.url = url  # type: ignore[attr-defined]
    yield one
    for each in started:
        each.close()


def claims() -> dict[str, object]:
    now = int(utc_now().timestamp())
    return {
        "iss": "identity",
        "aud": "panjareh",
        "sub": "00000000-0000-4000-8000-0000000000aa",
        "sid": "a-session",
        "iat": now,
        "exp": now + 900,
        "auth_time": now,
        "acr": "urn:panjareh:loa:2",
    }


def test_many_processes_at_once_make_each_key_once(start: Callable[[], Identity]) -> None:
    processes = [start() for _ in range(6)]
    now = utc_now()

    with ThreadPoolExecutor(12) as pool:
        made = list(pool.map(lambda n: processes[n % 6].keys.rotate(now), range(24)))

    assert sum(len(kids) for kids in made) == 2
    assert sorted(times.algorithm for times in processes[0].keys.known()) == [ES256, ED25519]
    assert len(processes[0].published()) == 2


def test_another_process_signs_with_the_same_key_and_services_believe_it(
    start: Callable[[], Identity], service_key: ServiceIdentity
) -> None:
    one, other = start(), start()
    one.keys.rotate(utc_now() - DAYS_AGO)
    verifier = TokenVerifier({"keys": [service_key.public_key]})
    for event in one.published():
        verifier.trust(verifier.read_statement(event.statement))

    for process in (one, other):
        for algorithm in (ED25519, ES256):
            token = process.keys.sign(claims(), ACCESS_TOKEN, algorithm)
            assert verifier.caller(token).session == "a-session"

    kids = {times.kid for times in one.keys.known()}
    assert len(kids) == 2
    assert service_key.kid not in kids


def test_no_private_half_lies_in_the_clear_anywhere_in_the_database(
    start: Callable[[], Identity],
) -> None:
    identity = start()
    identity.keys.rotate(utc_now() - DAYS_AGO)
    secrets_of = [
        identity.rows.signer(row)._key.as_dict(private=True)["d"] for row in identity.rows.all()
    ]
    assert len(secrets_of) == 2

    with psycopg.connect(start.url) as connection:  # type: ignore[attr-defined]
        tables = connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        ).fetchall()
        everything = "".join(
            str(row[0])
            for (table,) in tables
            for row in connection.execute(f'SELECT to_jsonb(t)::text FROM "{table}" AS t'.encode())
        )

    assert "signing_key" in json.dumps([table for (table,) in tables])
    assert not [secret for secret in secrets_of if str(secret) in everything]


def test_signing_inside_units_of_work_waits_for_no_connection_that_they_hold(
    start: Callable[[], Identity],
) -> None:
    """Each holds one of eight connections while it asks for a key."""
    identity = start()
    identity.keys.rotate(utc_now() - DAYS_AGO)

    def work(_: int) -> str:
        with identity.log.unit_of_work(BECAUSE) as unit:
            unit.execute("SELECT 1")
            identity.keys._held.clear()
            return identity.keys.access_token(claims())

    with ThreadPoolExecutor(24) as pool:
        tokens = list(pool.map(work, range(48)))

    assert len(tokens) == 48


def test_a_withdrawn_key_is_gone_from_every_process_within_seconds(
    start: Callable[[], Identity],
) -> None:
    one, other = start(), start()
    one.keys.rotate(utc_now() - DAYS_AGO)
    (kid,) = [times.kid for times in one.keys.known() if times.algorithm == ED25519]
    other.keys.access_token(claims())

    one.keys.withdraw(kid, "the machine was stolen", BECAUSE)

    assert kid not in {times.kid for times in other.keys.known()}
    assert kid not in {key["kid"] for key in other.keys.jwks()["keys"]}
    events = one.log.after(0, None, 1000)
    withdrawn = [row for row in events if row.topic == SigningKey.Withdrawn.TOPIC]
    assert [row.metadata["actor"] for row in withdrawn] == ["tester"]
    assert withdrawn[0].event.because == "the machine was stolen"
