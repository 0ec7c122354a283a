"""`panjareh verify`: three things can be asked, and each says what it needs."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from panjareh_cli import verify
from panjareh_cli.local.secrets import SERVICES
from panjareh_cli.main import app

runner = CliRunner()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PANJAREH_HOME", str(tmp_path))
    return tmp_path


asked: list[list[str]] = []  # how the door of decisions was called


@pytest.fixture
def doors(home: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[int, str]]:
    """What each service's door would answer; what is not named fits."""
    (home / "env.json").write_text(json.dumps({"PANJAREH_MARK": "told"}))
    answers: dict[str, tuple[int, str]] = {}

    def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        assert options["env"]["PANJAREH_MARK"] == "told"
        if command[3] == "verify-decisions":
            asked.append(command[4:])
        service = command[2].removeprefix("panjareh_")
        fits = json.dumps({"service": service, "fits": True})
        code, text = answers.get(service, (0, fits))
        return subprocess.CompletedProcess(command, code, stdout=text)

    monkeypatch.setattr(verify.subprocess, "run", run)
    return answers


def test_the_logs_of_a_platform_that_is_down_cannot_be_checked() -> None:
    result = runner.invoke(app, ["verify", "log"])

    assert result.exit_code == 1
    assert "panjareh up" in result.output


@pytest.mark.parametrize(
    "words",
    [
        ["verify", "log", "--service", "gateway"],
        ["verify", "1234", "--service", "catalog"],
        ["verify", "decisions", "--service", "requests"],
        ["verify", "decisions", "--after", "yesterday"],
        ["verify", "log", "--after", "00000000-0000-4000-8000-000000000000"],
    ],
)
def test_what_makes_no_sense_is_told(words: list[str]) -> None:
    assert runner.invoke(app, words).exit_code == 2


def test_every_log_fits(doors: dict[str, tuple[int, str]]) -> None:
    result = runner.invoke(app, ["verify", "log", "--json"])

    told = json.loads(result.stdout)
    assert (result.exit_code, told["fits"]) == (0, True)
    assert [each["service"] for each in told["services"]] == list(SERVICES)
    assert "is as it was written" in runner.invoke(app, ["verify", "log"]).stdout
    assert "همان است" in runner.invoke(app, ["--lang", "fa", "verify", "log"]).stdout


def test_one_log_that_differs_is_named(doors: dict[str, tuple[int, str]]) -> None:
    doors["inquiry"] = (1, json.dumps({"service": "inquiry", "fits": False}))
    doors["feedback"] = (2, "")

    result = runner.invoke(app, ["verify", "log", "--json"])

    told = json.loads(result.stdout)
    assert (result.exit_code, told["fits"]) == (1, False)
    assert {each["service"]: each["fits"] for each in told["services"][3:]} == {
        "inquiry": False,
        "feedback": None,
    }
    assert "look at inquiry, feedback" in runner.invoke(app, ["verify", "log"]).stdout


def test_one_service_may_be_asked_alone(doors: dict[str, tuple[int, str]]) -> None:
    result = runner.invoke(app, ["verify", "log", "--service", "catalog", "--json"])

    assert [each["service"] for each in json.loads(result.stdout)["services"]] == ["catalog"]


def test_decisions_that_come_out_again(doors: dict[str, tuple[int, str]]) -> None:
    asked.clear()
    request = "00000000-0000-4000-8000-000000000000"

    result = runner.invoke(
        app, ["--lang", "fa", "verify", "decisions", "--after", request, "--json"]
    )

    assert (result.exit_code, json.loads(result.stdout)["fits"]) == (0, True)
    assert asked == [["--lang", "fa", "--after", request, "--json"]]


def test_a_decision_that_does_not_is_told_by_the_exit_code(
    doors: dict[str, tuple[int, str]],
) -> None:
    doors["requests"] = (1, json.dumps({"fits": False, "findings": [{"parts": ["outcome"]}]}))

    result = runner.invoke(app, ["verify", "decisions", "--json"])

    assert result.exit_code == 1
    assert json.loads(result.stdout)["findings"] == [{"parts": ["outcome"]}]
    assert runner.invoke(app, ["verify", "decisions"]).exit_code == 1


def test_decisions_that_could_not_be_checked_are_no_success(
    doors: dict[str, tuple[int, str]],
) -> None:
    doors["requests"] = (2, "")

    result = runner.invoke(app, ["--lang", "fa", "verify", "decisions", "--json"])

    assert result.exit_code == 1
    assert "به پایان نرسید" in json.loads(result.stdout)["error"]["message"]


def test_the_decisions_of_a_platform_that_is_down_cannot_be_checked() -> None:
    result = runner.invoke(app, ["verify", "decisions"])

    assert result.exit_code == 1
    assert "panjareh up" in result.output
