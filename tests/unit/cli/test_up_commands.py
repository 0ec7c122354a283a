"""The command line around the platform: what it prints, and with which exit code it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from panjareh_cli.local.home import HomeLock
from panjareh_cli.main import app

runner = CliRunner()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PANJAREH_HOME", str(tmp_path))
    return tmp_path


def test_status_of_a_platform_that_is_down_says_how_to_start_it() -> None:
    result = runner.invoke(app, ["status"])

    assert result.exit_code == 1
    assert "make run" in result.output


def test_status_answers_programs_with_one_document(home: Path) -> None:
    results = [
        runner.invoke(app, arguments) for arguments in (["--json", "status"], ["status", "--json"])
    ]

    for result in results:
        assert result.exit_code == 1
        found = json.loads(result.stdout)
        assert found["running"] is False
        assert found["home"] == str(home)


def test_status_of_a_platform_that_does_not_answer_says_so(home: Path) -> None:
    lock = HomeLock(home)
    lock.take()
    (home / "run.json").write_text(
        json.dumps({"url": "http://127.0.0.1:9", "started_at": "2026-01-01T00:00:00+00:00"})
    )
    (home / "processes.json").write_text(
        json.dumps({"requests.rpc": {"state": "backing off", "pid": None, "restarts": 4}})
    )

    result = runner.invoke(app, ["status"])

    assert result.exit_code == 1
    assert "not ready" in result.output
    assert "backing off" in result.output
    lock.release()


def test_a_second_up_says_where_the_first_one_runs(home: Path) -> None:
    lock = HomeLock(home)
    lock.take()
    (home / "run.json").write_text('{"url": "http://127.0.0.1:8080"}')

    result = runner.invoke(app, ["up"])

    assert result.exit_code == 1
    assert "already runs" in result.output
    assert (home / "run.json").exists(), "the first one's record is not ours to remove"
    lock.release()


def test_down_finds_nothing_to_stop() -> None:
    result = runner.invoke(app, ["down"])

    assert result.exit_code == 0
    assert "Nothing of Panjareh runs" in result.output


def test_secrets_prints_an_environment_file_and_keeps_nothing(home: Path) -> None:
    result = runner.invoke(app, ["secrets"])

    assert result.exit_code == 0
    assert "PANJAREH_SERVICE_JWKS='" in result.stdout
    assert list(home.iterdir()) == []


def test_an_unknown_language_is_a_wrong_call() -> None:
    result = runner.invoke(app, ["--lang", "xx", "status"])

    assert result.exit_code == 2
