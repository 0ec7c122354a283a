"""The `panjareh` command against the running platform, as a person at a terminal uses it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from panjareh_cli.cases.folder import cases_folder
from panjareh_cli.local.platform import Platform
from tests.people import Person, internet_form, somebody

REAL = cases_folder() / "permit-receipts.csv"
LOGS = [
    None,
    *([REAL] if REAL.is_file() else []),
]  # the project's sample always, real ones where they are


def panjareh(platform: Platform, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PANJAREH_")}
    return subprocess.run(
        [sys.executable, "-m", "panjareh_cli.main", *words],
        env=environment | {"PANJAREH_HOME": str(platform.home)} | variables,
        check=False,
        capture_output=True,
        text=True,
        timeout=240,
    )


def answer(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stdout + done.stderr
    return dict(json.loads(done.stdout))


def test_status_tells_that_everything_serves(platform: Platform) -> None:
    told = answer(panjareh(platform, "status", "--json"))

    assert (told["running"], told["ready"]) == (True, True)
    assert "requests.rpc" in told["processes"]


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.name if log else "sample")
def test_the_demo_does_the_whole_job(platform: Platform, log: Path | None, tmp_path: Path) -> None:
    folder = log.parent if log else tmp_path

    told = answer(panjareh(platform, "demo", "--json", PANJAREH_CASES_DIR=str(folder.resolve())))

    assert told["smart_service"]["outcome"] == "granted"
    assert told["smart_service"]["verified"] is True
    assert told["officer_decided"]["outcome"] == "granted"
    assert told["refusal"]["outcome"] == "refused"
    assert told["refusal"]["reason"]
    assert told["authority_down"] == {"outcome": "granted", "delayed": True}
    cases = told["real_cases"]
    assert cases["real"] is (log is not None)
    assert cases["again"] == {"unchanged": cases["cases"]}
    assert sum(cases["channels"].values()) == sum(cases["states"].values()) == cases["cases"]
    assert cases["problems"] == 5


def test_importing_a_log_again_changes_nothing(platform: Platform) -> None:
    panjareh(platform, "import-cases", "sample", "--json")

    again = answer(panjareh(platform, "import-cases", "sample", "--json"))

    assert again["created"] == again["extended"] == again["steps_added"] == 0
    assert again["unchanged"] == again["cases"] == 40


def test_an_imported_case_keeps_its_own_times_channel_and_officers(platform: Platform) -> None:
    told = answer(panjareh(platform, "import-cases", "sample", "--json"))

    steps = told["shown"]["timeline"]
    assert steps[0]["kind"] == "Imported"
    assert all(step["at"] < "2025" for step in steps)
    assert {step["channel"] for step in steps} <= set(told["channels"])
    assert any(step["actor"] for step in steps)


def test_a_request_is_followed_and_its_document_verified_from_the_terminal(
    platform: Platform,
) -> None:
    person = Person(platform, somebody(decile=1)).arrive()
    request_id = person.submit("INET-001", internet_form(person.about))["request_id"]
    decided = person.wait_for(request_id, "decided")

    timeline = answer(
        panjareh(
            platform, "request", "timeline", request_id, "--json", PANJAREH_TOKEN=person.token or ""
        )
    )
    verified = answer(panjareh(platform, "verify", decided["output"]["number"], "--json"))

    assert timeline["timeline"][-1]["kind"] == "OutputIssued"
    assert (verified["genuine"], verified["valid"]) == (True, True)


def test_a_number_that_was_never_issued_is_told_so(platform: Platform) -> None:
    done = panjareh(platform, "verify", "1234 5678 9010")

    assert done.returncode == 1
    assert "Not genuine" in done.stdout


def test_every_log_is_verified_while_the_services_run(platform: Platform) -> None:
    Person(platform, somebody(decile=1)).arrive()

    told = answer(panjareh(platform, "verify", "log", "--json"))

    assert told["fits"] is True
    services = {each["service"]: each["checked"] for each in told["services"]}
    assert set(services) == {"identity", "catalog", "requests", "inquiry", "feedback"}
    assert services["identity"]["events"] > 0
    assert services["catalog"]["heads"] == services["catalog"]["heads_matching"] > 0


def test_a_view_is_written_again_while_the_service_runs(platform: Platform) -> None:
    person = Person(platform, somebody(decile=1)).arrive()
    request_id = person.submit("INET-001", internet_form(person.about))["request_id"]
    person.wait_for(request_id, "decided")

    done = panjareh(platform, "rebuild", "requests")

    assert done.returncode == 0, done.stderr
    assert "written again" in done.stdout
    listed = person.get("/api/v1/requests").json()["items"]
    assert [(item["request_id"], item["status"]) for item in listed] == [(request_id, "decided")]
