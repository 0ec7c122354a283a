"""Keys and ended sessions reach every process: the ones that run, the ones that missed it, the ones that start late."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import amqp
import psycopg
import pytest
from joserfc import jwk
from kombu import Connection

from panjareh_cli.local.servers import LocalServers
from panjareh_common.clock import utc_now
from panjareh_common.database import Database
from panjareh_common.messaging import Message
from panjareh_common.messaging.message import CONTENT_TYPE
from panjareh_common.messaging.topology import SESSION_ENDED, SIGNING_KEY_PUBLISHED, trust
from panjareh_common.refusals import NotSignedIn, RemoteRefusal, Unavailable
from panjareh_common.rpc.client import RpcClient
from panjareh_common.rpc.wire import Request
from panjareh_common.security import TokenVerifier
from panjareh_common.security.keys import ED25519, ES256, KEY_STATEMENT, PublishedKey
from panjareh_common.security.tokens import ACCESS_TOKEN, Signer
from panjareh_common.security.trust import Trust, TrustStore
from tests.integration.common.calling import SERVICE, Echo
from tests.people import until

WITHIN = 5.0  # seconds, in which a revocation is effective everywhere
DAY = 86_400


class Two:
    """Two processes of one service, as a service runs, and one who asks them."""

    def __init__(self, amqp_url: str, database_url: str) -> None:
        self.one = Echo(amqp_url, database_url)
        self.other = Echo(amqp_url, database_url)
        self.other.environment, self.other.people = self.one.environment, self.one.people
        self.client = RpcClient(amqp_url, self.one.transport).open()

    def start(self) -> None:
        for echo in (self.one, self.other):
            echo.start()

    def stop(self) -> None:
        for echo in (self.one, self.other):
            if echo.running():
                assert echo.stop() == 0

    def answers(self, token: str, count: int = 12) -> dict[int | None, str]:
        """What each process says to a token, by its number; a refusal's process is None."""
        told: dict[int | None, str] = {}
        for _ in range(count):
            try:
                answer = self.client.call(SERVICE, "who", Request({"text": "x"}, token, "en"))
                told[answer["process"]] = answer["kind"]
            except RemoteRefusal as refusal:
                told[None] = refusal.code
        return told

    def believed(self, token: str) -> bool:
        """Whether both processes, or none, believe a token. Calls go to them in turn."""
        told = until(lambda: self.answers(token), lambda found: len(found) == 2 or None in found)
        return None not in told

    def publish(self, type_: str, data: dict[str, Any]) -> None:
        """As identity's relay does."""
        subject = str(uuid4())
        message = Message(f"{subject}:1", "identity", type_, subject, utc_now(), 1, data)
        with Connection(self.one.amqp_url) as connection:
            channel = connection.channel()
            channel.confirm_select()
            wrapped = amqp.Message(message.to_body(), content_type=CONTENT_TYPE, delivery_mode=2)
            channel.basic_publish_confirm(wrapped, "panjareh.events", type_)

    def end(self, session: str) -> None:
        self.publish(SESSION_ENDED, {"session": session, "expires_at": time.time() + 1000})

    def publish_key(self, signer: Signer, **changes: Any) -> None:
        self.publish(SIGNING_KEY_PUBLISHED, {"statement": self.statement(signer, **changes)})

    def statement(self, signer: Signer, by: Signer | None = None, **changes: Any) -> str:
        now = int(time.time())
        public = {name: str(value) for name, value in signer.public_key.items()}
        told = PublishedKey(signer.kid, public, now - 10, now + DAY).to_claims() | changes
        return (by or self.one.people).sign({"iss": "identity"} | told, KEY_STATEMENT)

    def token(self, session: str | None = None, signer: Signer | None = None) -> str:
        now = int(time.time())
        claims = {
            "iss": "identity",
            "aud": "panjareh",
            "sub": str(uuid4()),
            "sid": session or uuid4().hex,
            "iat": now,
            "exp": now + 900,
            "auth_time": now,
            "acr": "urn:panjareh:loa:2",
        }
        return (signer or self.one.people).sign(claims, ACCESS_TOKEN)


def a_key(algorithm: str = ED25519) -> Signer:
    key: Any = (
        jwk.OKPKey.generate_key("Ed25519")
        if algorithm == ED25519
        else jwk.ECKey.generate_key("P-256")
    )
    return Signer(key.as_dict(private=True) | {"kid": f"identity-{uuid4().hex[:8]}"})


@pytest.fixture(scope="module")
def trust_database_url(servers: LocalServers) -> Iterator[str]:
    from urllib.parse import urlsplit

    from panjareh_common.migrations.run import migrate_database

    name = f"test_trust_{uuid4().hex[:8]}"
    with psycopg.connect(servers.database_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    url = servers.database_url.rpartition("/")[0] + f"/{name}"
    migrate_database(url, "catalog", urlsplit(url).username or "")
    yield url
    with psycopg.connect(servers.database_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture(scope="module")
def two(amqp_url: str, trust_database_url: str) -> Iterator[Two]:
    service = Two(amqp_url, trust_database_url)
    service.start()
    yield service
    service.stop()
    service.client.close()


def refused_within(two: Two, token: str, seconds: float = WITHIN) -> None:
    """Returns when both processes, asked in turn, refuse a token."""
    until(lambda: two.answers(token), lambda told: told == {None: "not_signed_in"}, seconds=seconds)


def test_a_session_that_ends_is_refused_by_every_process_within_seconds(two: Two) -> None:
    token, other = two.token("s-1"), two.token()
    assert two.believed(token)

    two.end("s-1")

    refused_within(two, token)
    assert two.believed(other)


def test_a_process_that_starts_afterwards_refuses_it_from_its_first_call_on(two: Two) -> None:
    token = two.token("s-2")
    two.end("s-2")
    refused_within(two, token)
    kept(two, "s-2")
    two.stop()

    two.start()

    assert two.answers(token) == {None: "not_signed_in"}
    assert two.believed(two.token())


def kept(two: Two, session: str) -> None:
    """Returns when the service has an ended session in its own table."""
    url = two.one.environment["PANJAREH_CATALOG_DATABASE_URL"]

    def rows() -> int:
        with psycopg.connect(url) as connection:
            return connection.execute(
                "SELECT 1 FROM ended_session WHERE session = %s", (session,)
            ).rowcount

    until(rows, lambda count: count == 1)


def test_a_process_that_missed_the_broadcast_learns_of_it_from_the_table(two: Two) -> None:
    """What another process of the service took from the queue, while this one heard nothing."""
    token = two.token("s-3")
    assert two.believed(token)

    with psycopg.connect(two.one.environment["PANJAREH_CATALOG_DATABASE_URL"]) as connection:
        connection.execute(
            "INSERT INTO ended_session (session, expires_at) VALUES ('s-3', %s)",
            (time.time() + 1000,),
        )

    refused_within(two, token)


@pytest.mark.parametrize("algorithm", [ED25519, ES256])
def test_a_new_key_is_believed_everywhere_and_by_who_comes_later(two: Two, algorithm: str) -> None:
    signer = a_key(algorithm)
    token = two.token(signer=signer)
    assert not two.believed(token)

    two.publish_key(signer)

    until(lambda: two.believed(token), bool, WITHIN)
    two.stop()
    two.start()
    assert two.believed(token)


def test_a_withdrawn_key_is_refused_everywhere_and_by_who_comes_later(two: Two) -> None:
    signer = a_key()
    token = two.token(signer=signer)
    two.publish_key(signer)
    until(lambda: two.believed(token), bool, WITHIN)

    two.publish_key(signer, expires_at=int(time.time()))

    refused_within(two, token)
    two.publish_key(signer)  # the first statement comes once more
    two.end("a-later-message")
    kept(two, "a-later-message")
    assert not two.believed(token)
    two.stop()
    two.start()
    assert not two.believed(token)


def test_a_key_that_somebody_else_brings_is_set_aside_and_believed_by_nobody(two: Two) -> None:
    thief, believed_key = a_key(), a_key()
    two.publish_key(believed_key)
    until(lambda: two.believed(two.token(signer=believed_key)), bool, WITHIN)

    for by in (thief, believed_key):
        two.publish(SIGNING_KEY_PUBLISHED, {"statement": two.statement(thief, by)})

    dead = until(lambda: take_dead(two), lambda found: len(found) == 2)
    assert all(b"statement" in body for body in dead)
    assert not two.believed(two.token(signer=thief))
    assert two.one.running()


_dead: list[bytes] = []


def take_dead(two: Two) -> list[bytes]:
    with Connection(two.one.amqp_url) as connection:
        channel = connection.channel()
        while message := channel.basic_get(f"{SERVICE}.dead"):
            channel.basic_ack(message.delivery_tag)
            body = message.body
            _dead.append(body if isinstance(body, bytes) else body.encode())
    return _dead


def test_what_ended_while_the_broker_was_away_is_refused_once_it_is_back(
    two: Two, servers: LocalServers
) -> None:
    token = two.token("s-4")
    assert two.believed(token)
    servers.private_broker().restart()

    two.end("s-4")

    def told() -> dict[int | None, str]:
        try:
            return two.answers(token, 1)
        except Exception as fault:
            return {0: type(fault).__name__}

    until(told, lambda found: found == {None: "not_signed_in"}, 30)
    refused_within(two, token)


def test_what_ended_while_the_database_was_away_is_kept_when_it_is_back(
    two: Two, servers: LocalServers
) -> None:
    token = two.token("s-5")
    assert two.believed(token)
    database = servers.private_database()
    database.stop()
    try:
        two.end("s-5")
        until(lambda: two.answers(token), lambda told: told == {None: "not_signed_in"}, WITHIN)
    finally:
        database.start()

    kept(two, "s-5")
    refused_within(two, token)


# The parts, in this process


@pytest.fixture
def verifier(two: Two) -> TokenVerifier:
    return TokenVerifier({"keys": [two.one.people.public_key]})


@pytest.fixture
def store(database: Database, verifier: TokenVerifier) -> TrustStore:
    return TrustStore(database, verifier, utc_now)


def message(type_: str, **data: Any) -> Message:
    return Message(f"{uuid4()}:1", "identity", type_, str(uuid4()), utc_now(), 1, data)


EVER = datetime(2020, 1, 1, tzinfo=UTC)


def test_hearing_it_twice_or_in_another_order_changes_nothing(two: Two, store: TrustStore) -> None:
    signer, now = a_key(), int(time.time())
    first = message(SIGNING_KEY_PUBLISHED, statement=two.statement(signer))
    last = message(SIGNING_KEY_PUBLISHED, statement=two.statement(signer, expires_at=now))
    ended = message(SESSION_ENDED, session="s", expires_at=now + 100.5)
    shorter = message(SESSION_ENDED, session="s", expires_at=now + 50.0)

    for each in (first, ended, last, shorter, first, ended, last):
        store.hear(each)

    (key,), sessions = store.since(EVER)
    assert (key.kid, key.expires_at) == (signer.kid, now)
    assert sessions == [("s", now + 100.5)]


def test_sessions_whose_tokens_have_run_out_are_not_kept(store: TrustStore) -> None:
    """A service that comes late hears of every session that ever ended."""
    store.hear(message(SESSION_ENDED, session="long-ago", expires_at=time.time() - 1))

    assert store.since(EVER) == ([], [])


def test_only_what_came_since_is_read_again(store: TrustStore) -> None:
    store.hear(message(SESSION_ENDED, session="before", expires_at=time.time() + 100))
    moment = store.now()
    store.hear(message(SESSION_ENDED, session="after", expires_at=time.time() + 100))

    assert [session for session, _ in store.since(moment)[1]] == ["after"]


def test_rows_are_swept_when_no_token_can_name_them_any_more(
    two: Two, store: TrustStore, database: Database
) -> None:
    now = time.time()
    store.hear(message(SESSION_ENDED, session="soon", expires_at=now + 0.2))
    store.hear(message(SESSION_ENDED, session="later", expires_at=now + 100))
    withdrawn = two.statement(a_key(), expires_at=int(now) - 1)
    store.hear(message(SIGNING_KEY_PUBLISHED, statement=withdrawn))
    until(time.time, lambda moment: moment > now + 0.2)

    store.sweep()

    assert [row[0] for row in database.fetch("SELECT session FROM ended_session")] == ["later"]
    # A withdrawn key is remembered as such for as long as its first statement might come again.
    assert len(database.fetch("SELECT kid FROM signing_key_known")) == 1
    with database.connection() as connection:
        connection.execute("UPDATE signing_key_known SET heard_at = now() - interval '91 days'")
    store.sweep()
    assert database.fetch("SELECT kid FROM signing_key_known") == []


def test_a_row_that_was_committed_late_is_not_missed(
    two: Two, store: TrustStore, verifier: TokenVerifier, database_url: str, amqp_url: str
) -> None:
    """Its time is that of its writing; it is seen only with its commit, when others were read already."""
    watcher = Trust(store, verifier, amqp_url, utc_now)
    token = two.token("slow")
    with psycopg.connect(database_url) as slow:
        slow.execute(
            "INSERT INTO ended_session (session, expires_at) VALUES ('slow', %s)",
            (time.time() + 100,),
        )
        store.hear(message(SESSION_ENDED, session="quick", expires_at=time.time() + 100))
        watcher.look()
        assert verifier.caller(token)
        slow.commit()

    watcher.look()

    with pytest.raises(NotSignedIn):
        verifier.caller(token)


def test_a_look_at_a_database_that_is_away_is_told_as_such(
    verifier: TokenVerifier, amqp_url: str
) -> None:
    away = Database("postgresql://nobody@127.0.0.1:1/none", size=1)
    watcher = Trust(TrustStore(away, verifier, utc_now), verifier, amqp_url, utc_now)

    with pytest.raises((Unavailable, psycopg.Error)):
        watcher.look()


def test_every_service_names_the_queue_alike() -> None:
    assert trust("requests").name == "requests.trust"
    assert set(trust("requests").types) == {SESSION_ENDED, SIGNING_KEY_PUBLISHED}
