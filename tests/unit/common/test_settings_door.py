"""`python -m panjareh_<service> settings`: what a process is told can be looked at, and nothing secret with it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from panjareh_common.settings import all_settings
from panjareh_common.settings_door import faults, told, unknown

SETTINGS = Path(__file__).parents[3] / "docs/settings.md"
CANARY = "canary-9f2c"
PACKAGES = ("identity", "catalog", "requests", "inquiry", "feedback", "gateway")


def _told(service: str, **environ: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in told(service, environ))


def test_no_secret_is_told_whatever_it_looks_like():
    secrets = [setting.name for setting in all_settings() if setting.secret]
    shapes = (
        CANARY,
        f"amqp://user:{CANARY}@mq.example.org:5672/panjareh",
        f"postgresql://db.example.org/x?password={CANARY}",
        f"postgresql://[{CANARY}",
        f'{{"d": "{CANARY}"}}',
    )
    for shape in shapes:
        environ = dict.fromkeys(secrets, shape)
        environ |= {"PANJAREH_TOKEN": CANARY, "PANJAREH_SANDBOX_PORT": CANARY}
        assert CANARY not in "\n".join(told("requests", environ) + faults(environ))


def test_of_an_address_it_is_told_where_it_leads():
    url = f"postgresql://admin:{CANARY}@db.example.org:5433/postgres?sslmode=require"

    assert _told("requests", PANJAREH_DATABASE_URL=url) == _told("requests") | {
        "PANJAREH_DATABASE_URL": "postgresql://***@db.example.org:5433/postgres"
    }


def test_what_is_not_given_is_told_by_its_default_where_it_is_the_services_own():
    of_requests = _told("requests", PANJAREH_LOG_LEVEL="DEBUG")

    assert of_requests["PANJAREH_LOG_LEVEL"] == "DEBUG"
    assert of_requests["PANJAREH_FOLLOWER_LAG_SECONDS"] == "10  # by default"
    assert "PANJAREH_REQUESTS_DATABASE_URL" in of_requests
    assert not {"PANJAREH_HTTP_PORT", "PANJAREH_CATALOG_DATABASE_URL"} & set(of_requests)
    assert "PANJAREH_HTTP_PORT" in _told("gateway")


def test_a_misspelt_name_is_found_and_the_right_one_offered():
    names = ["PANJAREH_LOG_LEVLE", "PANJAREH_SOMETHING_ELSE_ALTOGETHER", "LOG_LEVEL"]

    assert unknown(names) == {
        "PANJAREH_LOG_LEVLE": "PANJAREH_LOG_LEVEL",
        "PANJAREH_SOMETHING_ELSE_ALTOGETHER": None,
    }


def test_every_variable_of_the_documentation_is_known():
    named = re.findall(r"^\| `(PANJAREH_[A-Z_<>]+)`", SETTINGS.read_text("utf-8"), re.MULTILINE)

    assert len(named) > 40
    assert unknown(name.replace("<NAME>", "CIVIL_REGISTRY") for name in named) == {}


@pytest.mark.parametrize("service", PACKAGES)
@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        ({"PANJAREH_LOG_LEVEL": "INFO"}, 0, ""),
        ({"PANJAREH_LOG_LEVLE": "INFO"}, 2, "PANJAREH_LOG_LEVLE is read by nobody; PANJAREH_LOG"),
        ({"PANJAREH_HEALTH_PORT": "x"}, 2, "PANJAREH_HEALTH_PORT cannot be read"),
    ],
)
def test_every_service_has_the_door(service, given, code, said):
    done = subprocess.run(
        [sys.executable, "-m", f"panjareh_{service}", "settings", "--check"],
        env={"PATH": os.environ["PATH"], **given},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert "PANJAREH_LOG_LEVEL=INFO" in done.stdout


def test_without_check_it_only_tells():
    done = subprocess.run(
        [sys.executable, "-m", "panjareh_gateway", "settings"],
        env={"PATH": os.environ["PATH"], "PANJAREH_LOG_LEVLE": "INFO"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, "read by nobody" in done.stderr) == (0, True)
