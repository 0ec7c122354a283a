"""`panjareh export-cases`: exit codes, one JSON document, two languages, and going on where it was stopped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.unit.cli.platform_of_pages import FORBIDDEN, Pages, asked_here
from typer.testing import CliRunner, Result

from panjareh_cli import export_command
from panjareh_cli.client import NotSet
from panjareh_cli.main import app


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> Pages:
    held = Pages([asked_here(number) for number in range(5)])

    @contextmanager
    def signed_in(lang: str) -> Iterator[Pages]:
        yield held

    monkeypatch.setattr(export_command, "officer_client", signed_in)
    return held


def run(*words: str) -> Result:
    return CliRunner().invoke(app, [*words])


def test_a_slice_is_asked_for_in_the_words_of_the_operation(pages: Pages, tmp_path: Path) -> None:
    result = run(
        *("export-cases", "-o", str(tmp_path / "log.xes"), "--json", "--service", "DRV-002"),
        *("--from", "2026-03-21", "--until", "2026-06-22T03:30:00+03:30", "--origin", "window"),
        *("--status", "decided", "--outcome", "granted", "--channel", "web"),
    )

    assert (result.exit_code, json.loads(result.stdout)["cases"]) == (0, 5)
    assert pages.asked[0] == {
        "service_code": "DRV-002",
        "submitted_from": "2026-03-21T00:00:00Z",
        "submitted_until": "2026-06-22T00:00:00Z",
        "status": "decided",
        "outcome": "granted",
        "channel": "web",
        "imported": "false",
    }


def test_it_says_what_it_made_in_the_language_asked_for(pages: Pages, tmp_path: Path) -> None:
    english = run("export-cases", "-o", str(tmp_path / "a"))
    persian = run("--lang", "fa", "export-cases", "-o", str(tmp_path / "b"), "--format", "ocel")

    assert "5 cases with 25 events, as xes" in english.stdout.replace("\n", "")
    assert "5 پرونده با 25 رویداد" in persian.stdout.replace("\n", "")


def test_a_stopped_export_says_that_it_is_kept_and_goes_on(pages: Pages, tmp_path: Path) -> None:
    path = tmp_path / "log.xes"
    pages.faults = [None, FORBIDDEN]

    stopped = run("export-cases", "-o", str(path))
    gone_on = run("export-cases", "-o", str(path))

    assert stopped.exit_code == 1
    assert "run the same command again" in stopped.output.replace("\n", " ")
    assert (gone_on.exit_code, path.exists()) == (0, True)
    assert "2 cases are in the file already" in gone_on.output.replace("\n", " ")


def test_a_file_that_is_there_is_kept(pages: Pages, tmp_path: Path) -> None:
    path = tmp_path / "log.xes"
    path.write_text("ours")

    result = run("--lang", "fa", "export-cases", "-o", str(path), "--json")

    assert (result.exit_code, path.read_text()) == (2, "ours")
    assert "از پیش هست" in json.loads(result.stdout)["error"]["message"]


@pytest.mark.parametrize("moment", ["yesterday", "2026-03-21T08:00:00", "2026-13-01"])
def test_a_moment_without_zone_or_sense_makes_no_sense(
    pages: Pages, tmp_path: Path, moment: str
) -> None:
    result = run("export-cases", "-o", str(tmp_path / "log"), "--from", moment)

    assert result.exit_code == 2
    assert not pages.asked


def test_a_folder_that_is_not_there_is_told(pages: Pages, tmp_path: Path) -> None:
    result = run("export-cases", "-o", str(tmp_path / "nowhere" / "log.xes"))

    assert result.exit_code == 1
    assert "cannot be written" in result.output


def test_without_a_platform_it_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def nobody(lang: str) -> None:
        raise NotSet("No platform runs on this machine. Start one with `panjareh up`.")

    monkeypatch.setattr(export_command, "officer_client", nobody)

    result = run("export-cases", "-o", str(tmp_path / "log"))

    assert result.exit_code == 1
    assert "panjareh up" in result.output
