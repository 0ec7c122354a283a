"""A real pg_basebackup of the running platform, restored into a second server, migrated and verified."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from panjareh_cli.local.platform import Platform
from panjareh_cli.local.servers import LocalServers
from panjareh_cli.main import app
from panjareh_cli.ops.base_backup import variables_of
from tests.people import Person, somebody, until
from tests.stored import rows, value

KEY = "SELECT wrapped IS NOT NULL, erased_at IS NOT NULL FROM person_key WHERE person_id = %s"
NEWEST_PERSON = (
    "SELECT person_id::text FROM person_key WHERE wrapped IS NOT NULL ORDER BY random() LIMIT 1"
)


def ops(platform: Platform, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PANJAREH_")}
    return subprocess.run(
        [sys.executable, "-m", "panjareh_cli", "ops", *words],
        env=environment | {"PANJAREH_HOME": str(platform.home)} | more,
        check=False,
        capture_output=True,
        text=True,
        timeout=240,
    )


def answer(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stdout + done.stderr
    return dict(json.loads(done.stdout))


@pytest.fixture(scope="module")
def backup(platform: Platform) -> Path:
    """Of a platform that has some history, with signed heads over it."""
    Person(platform, somebody(decile=1)).arrive()
    until(lambda: heads(platform.home, "identity"), lambda found: len(found) > 0)
    return Path(answer(ops(platform, "backup", "--json"))["folder"])


def heads(home: Path, service: str) -> list[str]:
    file = home / "heads" / f"{service}.heads"
    return file.read_text(encoding="ascii").splitlines() if file.exists() else []


def test_a_backup_says_what_it_is_and_is_never_written_over(
    platform: Platform, backup: Path
) -> None:
    note = json.loads((backup / "backup.json").read_text(encoding="utf-8"))

    assert note["began_at"] < note["ended_at"]
    assert note["bytes"] > 1_000_000
    assert (backup / "data").stat().st_mode & 0o077 == 0
    assert not (backup / "erasures").exists()  # a restore needs the newest ledger
    again = ops(platform, "backup", "--to", str(backup))
    assert again.returncode == 1
    assert "never written over" in again.stderr


def test_any_server_is_copied_that_libpqs_variables_name(platform: Platform, backup: Path) -> None:
    folder = backup.with_name("elsewhere")
    server = variables_of(platform.servers.database_url)

    told = answer(ops(platform, "-n", "window", "backup", "--to", str(folder), "--json", **server))

    assert told["bytes"] > 1_000_000
    shutil.rmtree(folder)


def test_a_restore_is_migrated_verified_and_forgets_whom_the_ledger_names(
    platform: Platform, backup: Path
) -> None:
    person_id = str(value(platform, "identity", NEWEST_PERSON))
    subprocess.run(
        [sys.executable, "-m", "panjareh_identity", "erase", person_id],
        env=platform.environment_for("identity"),
        check=True,
        capture_output=True,
    )
    assert rows(platform, "identity", KEY, person_id) == [(False, True)]

    told = answer(ops(platform, "restore", "--yes", "--json"))

    assert told["fits"] is True
    assert told["backup"] == str(backup)
    checked = {each["service"]: each["checked"] for each in told["services"]}
    assert checked["identity"]["events"] > 0
    assert checked["identity"]["heads"] == checked["identity"]["heads_matching"] > 0
    # The copy knew the person: its own data, untouched since, still would.
    with LocalServers(Path(told["folder"]), environ={}) as servers:
        url = servers.database_url.rpartition("/")[0] + "/panjareh_identity"
        with psycopg.connect(url) as connection:
            assert connection.execute(KEY, (person_id,)).fetchall() == [(False, True)]


@pytest.mark.parametrize("fits", [True, False])
def test_a_rehearsal_leaves_nothing_unless_there_is_something_to_look_at(
    platform: Platform, backup: Path, monkeypatch: pytest.MonkeyPatch, fits: bool
) -> None:
    """The servers of the rehearsal itself are those of the tests around this one."""
    monkeypatch.setenv("PANJAREH_HOME", str(platform.home))
    found = [{"service": "identity", "fits": fits}]
    monkeypatch.setattr("panjareh_cli.ops.restore.rehearsal", lambda _: found)
    words = ["ops", "restore", "--rehearse", "--yes", "--json", "--from", str(backup)]

    done = CliRunner().invoke(app, words)

    told = json.loads(done.stdout)
    assert (done.exit_code, told["fits"], told["kept"]) == (int(not fits), fits, not fits)
    assert Path(told["folder"]).exists() is not fits
    shutil.rmtree(told["folder"], ignore_errors=True)


def test_a_log_that_lost_an_event_after_it_was_signed_for_is_found(
    platform: Platform, backup: Path, tmp_path: Path
) -> None:
    """What a rehearsal is for: a backup that is not what was vouched for."""
    signed = backup / "heads" / "identity.heads"
    kept = signed.read_text(encoding="ascii")
    Person(platform, somebody(decile=1)).arrive()
    until(lambda: heads(platform.home, "identity"), lambda now: len(now) > len(kept.splitlines()))
    signed.write_text("\n".join(heads(platform.home, "identity")) + "\n", encoding="ascii")
    try:
        done = ops(platform, "restore", "--rehearse", "--yes", "--json", "--from", str(backup))
    finally:
        signed.write_text(kept, encoding="ascii")

    told = json.loads(done.stdout)
    assert (done.returncode, told["fits"], told["kept"]) == (1, False, True)
    assert [e["service"] for e in told["services"] if not e["fits"]] == ["identity"]


def test_only_a_backup_that_had_ended_by_then_is_taken(platform: Platform, backup: Path) -> None:
    done = ops(platform, "restore", "--to", "2001-01-01T00:00:00Z", "--yes")

    assert done.returncode == 1
    assert "no backup" in done.stderr


def test_a_backup_is_damaged_and_does_not_serve(platform: Platform, backup: Path) -> None:
    """pg_verifybackup looks at every file, so a copy that broke on the way is never called a backup."""
    verify = next(Path("/usr/lib/postgresql").glob("*/bin/pg_verifybackup"))
    file = backup / "data/global/pg_control"
    whole = file.read_bytes()
    file.write_bytes(bytes([whole[0] ^ 1]) + whole[1:])
    try:
        done = subprocess.run([verify, "-q", backup / "data"], check=False, capture_output=True)
    finally:
        file.write_bytes(whole)

    assert done.returncode != 0


def test_status_and_doctor_look_at_the_running_platform(platform: Platform) -> None:
    told = answer(ops(platform, "status", "--json"))

    assert told["well"] is True
    assert {each["state"] for each in told["migrations"]} == {"applied"}
    depths = {each["queue"]: each["consumers"] for each in told["queues"]}
    assert depths["rpc-requests"] >= 1
    assert depths["requests.on_inquiry_ended"] >= 1
    assert {each["queue"] for each in told["dead_letters"]} >= {"requests.dead", "identity.dead"}

    found = answer(ops(platform, "doctor", "--json"))

    assert found["well"] is True
    assert {"PostgreSQL", "RabbitMQ", "disk"} <= {each["check"] for each in found["findings"]}
