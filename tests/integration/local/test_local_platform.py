"""The platform's start, life and end, with small programs in the place of the services."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from panjareh_cli.local import plan
from panjareh_cli.local.faults import AlreadyRunning, LocalFault
from panjareh_cli.local.home import holder_of
from panjareh_cli.local.plan import Door, Program
from panjareh_cli.local.platform import Platform

# One-shots note what they were told; the gateway answers HTTP; the rest only serves.
FAKE = """
import http.server, json, os, signal, sys, threading
from pathlib import Path

command = sys.argv[1]
folder = Path(os.environ["FAKE_FOLDER"])
name = sys.argv[2] if len(sys.argv) > 2 and command == "as" else command
told = {key: value for key, value in os.environ.items() if key.startswith("PANJAREH_")}
(folder / f"{name}.{os.getpid()}.json").write_text(json.dumps(told))
if command == "refuse":
    sys.exit("the migration found a table of someone else's")
if command in ("migrate", "publish"):
    sys.exit(0)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
if command == "http":
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"status": "ready"}')
        def log_message(self, *_): pass
    address = (os.environ["PANJAREH_HTTP_HOST"], int(os.environ["PANJAREH_HTTP_PORT"]))
    server = http.server.HTTPServer(address, Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
print("ready", flush=True)
while True:
    signal.pause()
"""


def program(name: str, service: str, *arguments: str) -> Program:
    return Program(name, service, "panjareh_fake", arguments)


@pytest.fixture
def environ(make_home: Callable[[], Path], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An environment in which a fake module stands for every service, and servers are elsewhere."""
    folder = make_home()
    (folder / "panjareh_fake.py").write_text(FAKE)
    services = folder / "services"
    services.mkdir()
    (services / "certificate.yaml").write_text("code: REG-001\n")
    publish = program("catalog.publish", "catalog", "publish", str(services))
    monkeypatch.setattr(plan, "MIGRATIONS", (program("requests.migrate", "requests", "migrate"),))
    monkeypatch.setattr(plan, "DOORS", (Door(publish, services),))
    monkeypatch.setattr(
        plan,
        "PROCESSES",
        (
            program("requests.rpc", "requests", "rpc"),
            program("gateway.http", "gateway", "http"),
            program("sandbox", "sandbox", "as", "sandbox"),
        ),
    )
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(folder),
        "FAKE_FOLDER": str(folder),
        "PANJAREH_DATABASE_URL": "postgresql://postgres:administrator@db.example:5432/postgres",
        "PANJAREH_AMQP_URL": "amqp://panjareh:pw@broker.example//",
    }


@pytest.fixture
def platform(make_home: Callable[[], Path], environ: dict[str, str]) -> Iterator[Platform]:
    with Platform(make_home(), http_port=0, environ=environ) as platform:
        yield platform


def told(environ: dict[str, str], command: str) -> list[dict[str, str]]:
    folder = Path(environ["FAKE_FOLDER"])
    return [json.loads(file.read_text()) for file in sorted(folder.glob(f"{command}.*.json"))]


def fetch(url: str) -> int:
    with urllib.request.urlopen(url, timeout=5) as answer:
        return int(answer.status)


def test_a_platform_that_is_up_answers_and_says_where_it_is(platform: Platform) -> None:
    record = platform.home / "run.json"

    run = json.loads(record.read_text())

    assert fetch(run["url"]) == 200
    assert run["url"] == platform.url
    assert run["sandbox_url"] == platform.sandbox_url
    assert run["pid"] == os.getpid() == holder_of(platform.home)
    assert stat.S_IMODE(record.stat().st_mode) == 0o600


def test_a_stopped_platform_leaves_no_record_and_no_process(platform: Platform) -> None:
    pid = platform.process("requests.rpc").pid
    assert pid is not None

    platform.stop()

    assert not Path(f"/proc/{pid}").exists()
    assert not (platform.home / "run.json").exists()
    assert not (platform.home / "processes.json").exists()
    assert holder_of(platform.home) is None


def test_a_killed_process_serves_again(platform: Platform) -> None:
    before = platform.process("requests.rpc").pid

    platform.kill("requests.rpc", signal.SIGKILL)
    platform.wait_ready("requests.rpc", 20)

    assert platform.process("requests.rpc").pid not in (None, before)
    record = json.loads((platform.home / "processes.json").read_text())
    assert record["requests.rpc"]["restarts"] == 1


def test_a_process_that_is_not_there_is_told_with_those_that_are(platform: Platform) -> None:
    with pytest.raises(LocalFault, match="running are: requests"):
        platform.kill("requests.http")


def test_a_second_platform_in_the_same_folder_is_refused(
    platform: Platform, environ: dict[str, str]
) -> None:
    second = Platform(platform.home, http_port=0, environ=environ)

    with pytest.raises(AlreadyRunning, match=platform.url):
        second.start()

    assert fetch(platform.url) == 200


def test_each_process_knows_its_own_keys_only(platform: Platform, environ: dict[str, str]) -> None:
    (migration,), (rpc,), (gateway,), (sandbox,) = (
        told(environ, command) for command in ("migrate", "rpc", "http", "sandbox")
    )

    assert ":administrator@" in migration["PANJAREH_DATABASE_URL"]
    assert rpc["PANJAREH_DATABASE_URL"] == "postgresql://postgres@db.example:5432/postgres"
    assert "PANJAREH_REQUESTS_SEALING_KEY" in rpc
    assert "PANJAREH_IDENTITY_SEALING_KEY" not in rpc
    assert "PANJAREH_IDENTITY_TRANSPORT_KEY" in rpc, "it seals what it asks of identity"
    assert "PANJAREH_GATEWAY_SIGNING_KEY" in gateway
    assert "PANJAREH_REQUESTS_DATABASE_PASSWORD" not in gateway
    assert "PANJAREH_PAYMENT_SECRET" not in gateway
    assert set(sandbox) == {
        "PANJAREH_SANDBOX_PORT",
        "PANJAREH_SANDBOX_SCANNER_PORT",
        "PANJAREH_SANDBOX_PAYMENT_PORT",
        "PANJAREH_SANDBOX_PAYMENT_SECRET",
        "PANJAREH_SANDBOX_AUTHORITY_PORTS",
        "PANJAREH_SANDBOX_LEDGER_DIR",
        "PANJAREH_SANDBOX_CARDS_DIR",
    }


def test_processes_find_the_sandbox(platform: Platform, environ: dict[str, str]) -> None:
    (rpc,), (sandbox,) = told(environ, "rpc"), told(environ, "sandbox")

    ports = json.loads(sandbox["PANJAREH_SANDBOX_AUTHORITY_PORTS"])

    assert set(ports) == set(plan.AUTHORITIES)
    for name, port in ports.items():
        assert rpc[f"PANJAREH_PROVIDER_{name.upper()}_URL"] == f"http://127.0.0.1:{port}"
    assert rpc["PANJAREH_SMS_URL"] == f"{platform.sandbox_url}/sms"
    assert rpc["PANJAREH_EMAIL_URL"] == f"{platform.sandbox_url}/emails"
    assert rpc["PANJAREH_SMART_CARD_REVOKED_URL"] == (
        f"{platform.sandbox_url}/smart-cards/revoked.crl"
    )


def test_what_was_seeded_is_seeded_again_only_when_its_files_change(
    platform: Platform, environ: dict[str, str]
) -> None:
    platform.stop()
    platform.start()
    assert len(told(environ, "publish")) == 1
    platform.stop()

    (Path(environ["FAKE_FOLDER"]) / "services" / "certificate.yaml").write_text("code: REG-002\n")
    platform.start()

    assert len(told(environ, "publish")) == 2


def test_what_people_did_since_may_keep_a_changed_seed_out_and_everything_serves(
    platform: Platform, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    services = Path(environ["FAKE_FOLDER"]) / "services"
    taken, refused = plan.DOORS[0].program, program("catalog.publish", "catalog", "refuse")
    said: list[str] = []

    def start(door: Program) -> None:
        platform.stop()
        monkeypatch.setattr(plan, "DOORS", (Door(door, services, yields=True),))
        platform.start(said.append)

    (services / "certificate.yaml").write_text("code: REG-002\n")
    start(refused)
    assert fetch(platform.url) == 200
    assert any("stays" in text and "someone else's" in text for text in said)

    start(taken)
    assert len(told(environ, "publish")) == 2, "it is tried again at the next start"


def test_a_migration_that_fails_stops_the_start_and_is_quoted(
    make_home: Callable[[], Path], environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing = program("requests.migrate", "requests", "refuse")
    monkeypatch.setattr(plan, "MIGRATIONS", (refusing,))
    platform = Platform(make_home(), http_port=0, environ=environ)

    with pytest.raises(LocalFault, match="someone else's"):
        platform.start()

    assert holder_of(platform.home) is None
    assert told(environ, "rpc") == []


def test_a_taken_port_is_told_before_anything_runs(
    platform: Platform, make_home: Callable[[], Path], environ: dict[str, str]
) -> None:
    taken = int(platform.url.rpartition(":")[2])
    second = Platform(make_home(), http_port=taken, environ=environ)

    with pytest.raises(LocalFault, match="PANJAREH_HTTP_PORT"):
        second.start()

    assert len(told(environ, "migrate")) == 1


def test_the_command_stops_all_it_started_on_sigterm(
    make_home: Callable[[], Path], environ: dict[str, str]
) -> None:
    home, folder = make_home(), Path(environ["FAKE_FOLDER"])
    code = (
        "from panjareh_cli.local import plan\n"
        "from panjareh_cli.local.plan import Program\n"
        "from panjareh_cli.main import app\n"
        "plan.MIGRATIONS = plan.DOORS = ()\n"
        "plan.PROCESSES = (Program('gateway.http', 'gateway', 'panjareh_fake', ('http',)),)\n"
        "app(['--json', 'up'])\n"
    )
    env = {**environ, "PANJAREH_HOME": str(home)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", code], env=env, **pipes) as command:  # type: ignore[call-overload]
        deadline = time.monotonic() + 30
        while not (home / "run.json").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        url = json.loads((home / "run.json").read_text())["url"]
        assert fetch(url) == 200

        command.terminate()
        out, aside = command.communicate(timeout=30)

    assert command.returncode == 0
    assert json.loads(out)["url"] == url
    assert b"has stopped" in aside
    (child,) = folder.glob("http.*.json")
    assert not Path("/proc", child.name.split(".")[1]).exists()
