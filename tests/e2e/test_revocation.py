"""What ends in identity ends everywhere within five seconds, also where a process starts later; and keys take turns."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from panjareh_cli.local.platform import Platform
from panjareh_common.clock import utc_now
from panjareh_common.settings import SERVICES
from panjareh_identity.application.signing_keys import SigningKeys
from panjareh_identity.wiring import wire
from tests.e2e.minted import Caller
from tests.e2e.test_bad_input import parts
from tests.people import Person, somebody, until
from tests.stored import dead_letters, rows

WITHIN = 5.0


@pytest.fixture(scope="module")
def rpc(platform: Platform) -> Iterator[Caller]:
    with Caller(platform) as caller:
        yield caller


@pytest.fixture
def keys(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Iterator[SigningKeys]:
    """Identity's keys, held in this process beside identity's own."""
    for name, value in platform.environment_for("identity").items():
        monkeypatch.setenv(name, value)
    wiring = wire()
    wiring.foundation.open_databases()
    yield wiring.signing_keys
    wiring.foundation.close_databases()


def signed_in(platform: Platform) -> Person:
    person = Person(platform, somebody())
    person.sign_up()
    person.sign_in()
    return person


def believers(rpc: Caller, token: str) -> set[str]:
    return {service for service in SERVICES if rpc.believes(service, token)}


def test_who_signs_out_is_signed_out_of_every_service_within_five_seconds(
    platform: Platform, rpc: Caller
) -> None:
    person = signed_in(platform)
    token = person.token
    assert token
    assert believers(rpc, token) == set(SERVICES)

    began = time.monotonic()
    assert person.delete("/api/v1/sessions/current").status_code == 204

    until(lambda: believers(rpc, token), lambda found: not found, WITHIN)
    assert time.monotonic() - began < WITHIN


def test_a_process_that_starts_after_the_sign_out_knows_of_it(
    platform: Platform, rpc: Caller
) -> None:
    person = signed_in(platform)
    token = person.token
    assert token
    sid = parts(token)[1]["sid"]
    person.delete("/api/v1/sessions/current")
    for service in SERVICES:
        until(
            lambda service=service: rows(
                platform, service, "SELECT 1 FROM ended_session WHERE session = %s", sid
            ),
            bool,
        )

    for service in ("requests", "identity"):
        platform.kill(f"{service}.rpc")
        until(lambda service=service: _answers(rpc, service), bool)
        assert not rpc.believes(service, token)


def at_the_door(platform: Platform, *arguments: str) -> str:
    """What the operators' door of identity says."""
    done = subprocess.run(
        [sys.executable, "-m", "panjareh_identity", "signing-keys", *arguments],
        env=platform.environment_for("identity"),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_door_of_keys_says_what_it_takes_and_what_there_never_was(platform: Platform) -> None:
    for arguments, said in (
        (["withdraw"], "usage:"),
        (["withdraw", "identity-0badcafe", " "], "usage:"),
        (["withdraw", "identity-0badcafe", "stolen"], "there never was a key identity-0badcafe"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "panjareh_identity", "signing-keys", *arguments],
            env=platform.environment_for("identity"),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 1
        assert said in done.stderr


def _answers(rpc: Caller, service: str) -> bool:
    try:
        rpc.refusal(service, "ping", {}, "no token")
    except Exception:
        return False
    return True


def test_a_scheduled_key_signs_and_every_service_believes_it_until_it_is_withdrawn(
    platform: Platform, rpc: Caller, keys: SigningKeys
) -> None:
    # As if the clock process had made the first keys two days ago, and not when this platform started.
    rows(platform, "identity", "DELETE FROM signing_key RETURNING kid")
    keys.rotate(utc_now() - timedelta(days=2))
    ours = {times.kid for times in keys.known() if times.algorithm == "Ed25519"}
    for service in SERVICES:
        until(
            lambda service=service: rows(platform, service, "SELECT kid FROM signing_key_known"),
            lambda found: ours <= {kid for (kid,) in found},
        )

    def signed_by_schedule() -> Person:
        person = signed_in(platform)
        kid = parts(person.token or "")[0]["kid"]
        return person if kid in ours else None  # type: ignore[return-value]

    person = until(signed_by_schedule, bool)
    token = person.token
    until(lambda: believers(rpc, token), lambda found: found == set(SERVICES), WITHIN)
    assert person.get("/api/v1/requests").status_code == 200

    kid = parts(token)[0]["kid"]
    assert f"{kid} (Ed25519): signs from" in at_the_door(platform)
    assert kid not in at_the_door(platform, "withdraw", kid, "a test stole it")

    until(lambda: believers(rpc, token), lambda found: not found, WITHIN)
    assert person.get("/api/v1/requests").status_code == 401
    until(lambda: parts(signed_in(platform).token or "")[0]["kid"], lambda now: now != kid, WITHIN)
    again = signed_in(platform)
    until(lambda: believers(rpc, again.token), lambda found: found == set(SERVICES), WITHIN)
    assert dead_letters(platform) == {}
    assert json.dumps(keys.jwks()).count(kid) == 0
