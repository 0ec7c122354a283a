"""B8: sign-ins with Argon2id, what share of them is hashing, and what a service pays to check a token."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

from joserfc import jwk

from panjareh_common import settings as names
from panjareh_common.refusals import NotSignedIn
from panjareh_common.rpc.client import RpcClient
from panjareh_common.rpc.wire import Request
from panjareh_common.security import ServiceIdentity, TokenVerifier
from panjareh_common.security.keys import ED25519, ES256, KEY_STATEMENT, PublishedKey
from panjareh_common.security.tokens import ACCESS_TOKEN, Signer
from panjareh_common.security.transport import Transport
from panjareh_common.settings import Settings
from panjareh_identity.adapters.passwords import Argon2Passwords
from panjareh_sandbox import demo
from panjareh_sandbox.national_id import make_national_id
from tests.bench.ground import ROOT, Ground
from tests.bench.intervals import percentile
from tests.bench.keys import environment, signing_key
from tests.bench.model import Bench, Cell, Check, Comparison, Reading
from tests.bench.processes import Child

SIGN_INS, HASHES, CHECKS = "panjareh, sign-in by RPC", "Argon2id alone", "token check"
FIRST_ED, FIRST_EC, AGAIN = "first, Ed25519", "first, ES256", "remembered"
AGAIN_LATE = "remembered, 100,000 sessions ended"
_SERIAL, _MANY = "1 in flight", "8 in flight"
_IN_FLIGHT = {_SERIAL: 1, _MANY: 8}
_PEOPLE = 16
_PASSWORD = "a long enough bench password"
_PATIENCE = 30.0
_FIRST_CHECKS, _REMEMBERED = 400, 20_000
_TICKS = os.sysconf("SC_CLK_TCK")


class _Identity:
    """Identity's rpc process with people in it, and who signs in there."""

    def __init__(self, ground: Ground, env: Mapping[str, str]) -> None:
        self._log = ground.home / "b8.log"
        self._seconds = ground.seconds
        self._env = env
        self._own = ServiceIdentity("gateway", signing_key(env, "gateway"))
        self.signed_in = 0

    @contextmanager
    def running(self) -> Iterator[None]:
        _door(self._env, self._log, "migrate")
        statement = Path(demo.__file__).with_name("privacy_statement.yaml")
        _door(self._env, self._log, "publish-statement", str(statement))
        process = Child("panjareh_identity", "rpc", env=self._env, log=self._log)
        key = names.transport_key("identity")
        transport = Transport({"identity": Settings(key, environ=self._env)[key]})
        self._client = RpcClient(self._env[names.AMQP_URL.name], transport).open()
        try:
            process.wait_until_ready()
            self._pid = process.process.pid
            self._national_ids = [self._sign_up(number) for number in range(_PEOPLE)]
            yield
        finally:
            self._client.close()
            process.stop()

    def sign_ins(self, in_flight: int) -> Reading:
        """`rate`, latencies, and the processor time of the process for each."""
        turns, latencies = count(), []
        until = time.perf_counter() + self._seconds
        before, began = _processor_seconds(self._pid), time.perf_counter()

        def go_on() -> None:
            while time.perf_counter() < until:
                asked = time.perf_counter()
                self._sign_in(self._national_ids[next(turns) % _PEOPLE])
                latencies.append(time.perf_counter() - asked)

        _side_by_side(in_flight, go_on)
        took = time.perf_counter() - began
        spent = _processor_seconds(self._pid) - before
        self.signed_in += len(latencies)
        return {
            "rate": len(latencies) / took,
            "p50_ms": percentile(latencies, 50) * 1000,
            "p99_ms": percentile(latencies, 99) * 1000,
            "cpu_ms": spent / len(latencies) * 1000,
        }

    def _sign_in(self, national_id: str) -> None:
        answer = self._call("sign_in", {"national_id": national_id, "password": _PASSWORD})
        assert answer["access_token"], answer

    def _sign_up(self, number: int) -> str:
        national_id = make_national_id(number)
        self._call(
            "sign_up",
            {
                "national_id": national_id,
                "mobile": f"0935{number:07d}",
                "password": _PASSWORD,
                "given_name": "لیلا",
                "family_name": "کریمی",
                "birth_date": "1985-03-21",
                "privacy_statement": 1,
            },
        )
        return national_id

    def _call(self, method: str, payload: dict[str, Any]) -> Any:
        request = Request(payload, self._own.assertion(purpose="bench"), "en")
        return self._client.call("identity", method, request, timeout=_PATIENCE)


class _Hashing:
    """The hashing of identity, and nothing else, on so many threads."""

    def __init__(self, ground: Ground) -> None:
        self._seconds = ground.seconds
        self._passwords = Argon2Passwords()
        self._known = self._passwords.hash(_PASSWORD)

    def run(self, threads: int) -> Reading:
        latencies: list[float] = []
        until = time.perf_counter() + self._seconds
        spent, began = time.process_time(), time.perf_counter()

        def go_on() -> None:
            while time.perf_counter() < until:
                asked = time.perf_counter()
                assert self._passwords.fits(_PASSWORD, self._known)
                latencies.append(time.perf_counter() - asked)

        _side_by_side(threads, go_on)
        took, spent = time.perf_counter() - began, time.process_time() - spent
        return {
            "rate": len(latencies) / took,
            "p50_ms": percentile(latencies, 50) * 1000,
            "p99_ms": percentile(latencies, 99) * 1000,
            "cpu_ms": spent / len(latencies) * 1000,
        }


class _Checking:
    """A verifier as a service has it, and tokens as people bring them."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._identity = ServiceIdentity("identity", signing_key(env, "identity"))
        self._jwks = Settings(names.JWKS, environ=dict(env))[names.JWKS]
        self._signers = {
            ED25519: _signer(jwk.OKPKey.generate_key("Ed25519"), 1),
            ES256: _signer(jwk.ECKey.generate_key("P-256"), 2),
        }
        self.believed_after_end = False

    def first(self, algorithm: str) -> Reading:
        tokens = [self._token(algorithm) for _ in range(_FIRST_CHECKS)]
        verifier = self._verifier()
        return _microseconds(tokens, verifier.caller)

    def remembered(self, ended: int) -> Reading:
        verifier, token = self._verifier(), self._token(ED25519)
        for number in range(ended):
            verifier.end_session(f"ended-{number}", time.time() + 900)
        verifier.caller(token)
        taken = _microseconds([token] * _REMEMBERED, verifier.caller)
        verifier.end_session(self._last_sid, time.time() + 900)
        try:
            verifier.caller(token)
            self.believed_after_end = True
        except NotSignedIn:
            pass
        return taken

    def _verifier(self) -> TokenVerifier:
        verifier, now = TokenVerifier(self._jwks), int(time.time())
        for signer in self._signers.values():
            public = {name: str(value) for name, value in signer.public_key.items()}
            told = PublishedKey(signer.kid, public, now - 10, now + 86_400).to_claims()
            statement = self._identity.sign({"iss": "identity"} | told, KEY_STATEMENT)
            verifier.trust(verifier.read_statement(statement))
        return verifier

    def _token(self, algorithm: str) -> str:
        now, self._last_sid = int(time.time()), str(uuid4())
        claims = {
            "iss": "identity",
            "aud": "panjareh",
            "sub": str(uuid4()),
            "sid": self._last_sid,
            "iat": now,
            "exp": now + 900,
            "auth_time": now,
            "acr": "urn:panjareh:loa:2",
            "amr": ["pwd", "otp", "mfa"],
        }
        return self._signers[algorithm].sign(claims, ACCESS_TOKEN)


def _signer(key: Any, number: int) -> Signer:
    return Signer(key.as_dict(private=True) | {"kid": f"identity-{number:08x}"})


def _microseconds(tokens: list[str], check: Callable[[str], Any]) -> Reading:
    """Of one check, in the middle."""
    taken = []
    for token in tokens:
        began = time.perf_counter()
        check(token)
        taken.append(time.perf_counter() - began)
    return {"rate": 1 / median(taken), "us": median(taken) * 1e6}


def _side_by_side(threads: int, work: Callable[[], None]) -> None:
    if threads == 1:
        work()
        return
    start = threading.Barrier(threads)

    def together() -> None:
        start.wait()
        work()

    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(together) for _ in range(threads)]:
            done.result()


def _door(env: Mapping[str, str], log: Path, *command: str) -> None:
    with log.open("ab") as sink:
        subprocess.run(
            [sys.executable, "-m", "panjareh_identity", *command],
            cwd=ROOT,
            env={**os.environ, **env},
            stdout=sink,
            stderr=sink,
            check=True,
            timeout=120,
        )


def _processor_seconds(pid: int) -> float:
    """With those of its threads: proc(5), utime and stime."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


@contextmanager
def prepare(ground: Ground) -> Iterator[Bench]:
    env = environment(ground, {}) | {
        names.SMS_URL.name: "http://127.0.0.1:9/sms",
        names.ISSUER_URL.name: "http://localhost:9/id",
        names.WINDOW_URL.name: "http://localhost:9",
    }
    identity, hashing, checking = _Identity(ground, env), _Hashing(ground), _Checking(env)
    cores = os.cpu_count() or 1
    alone = f"{cores} threads"
    with identity.running():
        cells = [
            *(
                Cell(SIGN_INS, load, partial(identity.sign_ins, in_flight))
                for load, in_flight in _IN_FLIGHT.items()
            ),
            Cell(HASHES, "1 thread", partial(hashing.run, 1)),
            Cell(HASHES, alone, partial(hashing.run, cores)),
            Cell(CHECKS, FIRST_ED, partial(checking.first, ED25519)),
            Cell(CHECKS, FIRST_EC, partial(checking.first, ES256)),
            Cell(CHECKS, AGAIN, partial(checking.remembered, 0)),
            Cell(CHECKS, AGAIN_LATE, partial(checking.remembered, 100_000)),
        ]
        yield Bench(
            "B8",
            "sign-ins with Argon2id, and what a token check costs",
            cells,
            [
                Comparison("rate", (SIGN_INS, _MANY)),
                Comparison("rate", (SIGN_INS, _MANY), (HASHES, alone)),
                # The share of hashing: of the process's work, and of what one person waits for.
                Comparison("cpu_ms", (HASHES, "1 thread"), (SIGN_INS, _SERIAL)),
                Comparison("p50_ms", (HASHES, "1 thread"), (SIGN_INS, _SERIAL)),
                Comparison("us", (CHECKS, FIRST_ED)),
                Comparison("us", (CHECKS, FIRST_EC)),
                Comparison("us", (CHECKS, AGAIN), goal=5, at_most=True),
                Comparison("us", (CHECKS, AGAIN_LATE), (CHECKS, AGAIN), 1.5, at_most=True),
            ],
            checks=lambda: [
                Check("people signed in", identity.signed_in > 0, str(identity.signed_in)),
                Check(
                    "a remembered token of an ended session is refused",
                    not checking.believed_after_end,
                    "refused",
                ),
            ],
            notes=(
                "Argon2id with 19 MiB, two passes, one lane (OWASP), a long password that needs no second factor.",
                f"`{HASHES}` does what a sign-in hashes and nothing else; its `cpu_ms` and `p50_ms` divided by those "
                "of a sign-in are the share of hashing in the process's work and in the wait.",
                "Client, broker and database share the cores with the process that is measured.",
            ),
            figures=("rate", "p50_ms", "p99_ms", "cpu_ms", "us"),
        )
