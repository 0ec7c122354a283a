"""A running sandbox program, as its users meet it: a process and its ports."""

import json
import os
import select
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from panjareh_sandbox.register import AUTHORITIES as HELD

AUTHORITIES = tuple(HELD)


@dataclass
class RunningSandbox:
    process: subprocess.Popen[str]
    control: str
    providers: dict[str, str]
    ledger_dir: Path
    log_file: Path
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=10))

    def ask(self, authority, evidence_type, national_id, inquiry_id=None, key=None, **changes):
        inquiry_id = inquiry_id or str(uuid4())
        body = {
            "inquiry_id": inquiry_id,
            "subject": {"national_id": national_id},
            "purpose": "to decide on a request",
            "service_code": "INET-001",
        } | changes
        return self.http.post(
            f"{self.providers[authority]}/evidence/{evidence_type}",
            json=body,
            headers={"Idempotency-Key": key or inquiry_id},
        )

    def behave(self, authority, mode, **more):
        return self.http.put(f"{self.control}/authorities/{authority}", json={"mode": mode} | more)

    def ledger(self, authority):
        return self.http.get(f"{self.control}/authorities/{authority}/ledger").json()["items"]

    def reset(self):
        self.http.post(f"{self.control}/reset").raise_for_status()


def _free_ports(count):
    with ExitStack() as held:  # all at once, or the system may give the same one twice
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


@pytest.fixture(scope="session")
def start_sandbox(tmp_path_factory):
    with ExitStack() as started:

        def start(**changes: str) -> RunningSandbox:
            place = tmp_path_factory.mktemp("sandbox")
            control, *ports = _free_ports(1 + len(AUTHORITIES))
            authority_ports = dict(zip(AUTHORITIES, ports, strict=True))
            log_file = place / "log.jsonl"
            environment = os.environ | {
                "PANJAREH_SANDBOX_PORT": str(control),
                "PANJAREH_SANDBOX_AUTHORITY_PORTS": json.dumps(authority_ports),
                "PANJAREH_SANDBOX_LEDGER_DIR": str(place / "ledgers"),
                **changes,
            }
            process = subprocess.Popen(
                [sys.executable, "-m", "panjareh_sandbox"],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=started.enter_context(log_file.open("w")),
                text=True,
            )
            started.callback(_stop, process)
            readable, _, _ = select.select([process.stdout], [], [], 20)
            line = process.stdout.readline() if readable else ""
            assert line == "ready\n", log_file.read_text()
            sandbox = RunningSandbox(
                process,
                f"http://127.0.0.1:{control}",
                {name: f"http://127.0.0.1:{port}" for name, port in authority_ports.items()},
                place / "ledgers",
                log_file,
            )
            started.callback(sandbox.http.close)
            return sandbox

        yield start


@pytest.fixture(scope="session")
def _shared_sandbox(start_sandbox) -> RunningSandbox:
    return start_sandbox()


@pytest.fixture
def sandbox(_shared_sandbox) -> Iterator[RunningSandbox]:
    """One program for all tests; each begins with everything up and nothing remembered."""
    _shared_sandbox.reset()
    yield _shared_sandbox


def _stop(process):
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()
