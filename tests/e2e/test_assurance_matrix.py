"""Every level that a service may ask for against every level that a token may have, over HTTP and over RPC (I2)."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
import yaml

from panjareh_cli.local.platform import Platform
from panjareh_sandbox.demo import services_dir
from tests.e2e.conftest import RunScript
from tests.e2e.minted import Caller, browser, claims_of, token_of
from tests.people import until
from tests.stored import rows

LEVELS = (1, 2, 3, 4)
PAIRS = list(itertools.product(LEVELS, LEVELS))
FORM = {"wish": "something"}


def code_of(loa: int) -> str:
    return f"LOA-90{loa}"


@pytest.fixture(scope="module")
def services(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Four services that differ in nothing but the level they ask for."""
    folder = tmp_path_factory.mktemp("cards")
    known = yaml.safe_load((services_dir() / "DRV-002.yaml").read_text(encoding="utf-8"))
    form = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "additionalProperties": False,
        "required": ["wish"],
        "properties": {
            "wish": {
                "type": "string",
                "maxLength": 20,
                "x-title": {"fa": "خواسته", "en": "Wish"},
            }
        },
    }
    for loa in LEVELS:
        card = known | {"code": code_of(loa), "required_loa": loa, "evidence": [], "form": form}
        path = folder / f"{code_of(loa)}.yaml"
        path.write_text(yaml.safe_dump(card, allow_unicode=True), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "panjareh_catalog", "publish", str(folder)],
        env=platform.environment_for("catalog"),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    codes = [code_of(loa) for loa in LEVELS]
    known_here = "SELECT DISTINCT code FROM public_service WHERE code = ANY(%s)"
    until(lambda: rows(platform, "requests", known_here, codes), lambda found: len(found) == 4)


@pytest.fixture(scope="module")
def http(platform: Platform) -> Iterator[httpx.Client]:
    with browser(platform) as client:
        yield client


@pytest.fixture(scope="module")
def rpc(platform: Platform) -> Iterator[Caller]:
    with Caller(platform) as caller:
        yield caller


def asked_over_http(http: httpx.Client, token: str, loa: int) -> httpx.Response:
    return http.post(
        f"/api/v1/services/{code_of(loa)}/requests",
        json={"form": FORM},
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())},
    )


@pytest.mark.parametrize(("required", "held"), PAIRS)
def test_over_http_at_least_the_level_is_served_and_a_lower_one_challenged(
    platform: Platform, services: None, http: httpx.Client, required: int, held: int
) -> None:
    answer = asked_over_http(http, token_of(platform, claims_of(held)), required)

    if held >= required:
        assert answer.status_code == 201, answer.text
        return
    assert (answer.status_code, answer.json()["code"]) == (401, "assurance_too_low")
    challenge = answer.headers["www-authenticate"]
    assert challenge.startswith('Bearer error="insufficient_user_authentication"')
    assert f'acr_values="urn:panjareh:loa:{required}"' in challenge


@pytest.mark.parametrize(("required", "held"), PAIRS)
def test_over_rpc_at_least_the_level_is_served_and_a_lower_one_refused(
    platform: Platform, services: None, rpc: Caller, required: int, held: int
) -> None:
    token = token_of(platform, claims_of(held))
    wanted = {"service_code": code_of(required), "form": FORM}

    if held >= required:
        answer = rpc.call("requests", "submit", wanted, token, key=str(uuid4()))
        assert answer["request_id"]
        return
    refusal = rpc.refusal("requests", "submit", wanted, token)
    assert refusal.code == "assurance_too_low"
    assert refusal.details == {"required": required, "held": held}


@pytest.mark.parametrize("missing", ["acr", "auth_time", "sid"])
def test_a_token_that_does_not_say_how_surely_or_when_is_none(
    platform: Platform, services: None, http: httpx.Client, rpc: Caller, missing: str
) -> None:
    claims = {name: value for name, value in claims_of(4).items() if name != missing}
    token = token_of(platform, claims)

    answer = asked_over_http(http, token, 1)

    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
    wanted = {"service_code": code_of(1), "form": FORM}
    assert rpc.refusal("requests", "submit", wanted, token).code == "not_signed_in"


def asked_with_oauth4webapi(
    run_script: RunScript, platform: Platform, required: int, held: int
) -> Any:
    """What npm's oauth4webapi makes of the answer, by its own parser."""
    return run_script(
        "challenge.mjs",
        f"{platform.url}/api/v1/services/{code_of(required)}/requests",
        token_of(platform, claims_of(held)),
        str(uuid4()),
        json.dumps({"form": FORM}),
    )


@pytest.mark.parametrize(("required", "held"), [(r, h) for r, h in PAIRS if h < r])
def test_a_client_that_we_did_not_write_reads_what_the_challenge_wants(
    platform: Platform, services: None, run_script: RunScript, required: int, held: int
) -> None:
    told = asked_with_oauth4webapi(run_script, platform, required, held)

    assert told["status"] == 401
    (challenge,) = told["challenges"]
    assert challenge["scheme"] == "bearer"
    wanted = challenge["parameters"]
    assert wanted["error"] == "insufficient_user_authentication"
    assert wanted["acr_values"] == f"urn:panjareh:loa:{required}"
    assert "max_age" not in wanted


def test_the_same_client_is_served_once_the_level_is_enough(
    platform: Platform, services: None, run_script: RunScript
) -> None:
    assert asked_with_oauth4webapi(run_script, platform, 3, 3) == {"status": 201}


def test_the_same_client_reads_how_recent_a_sign_in_has_to_be(
    platform: Platform, run_script: RunScript
) -> None:
    """Another service, which asks for a recent sign-in before an account is closed."""
    hours_ago = int(time.time()) - 3 * 3600
    token = token_of(platform, claims_of(2, auth_time=hours_ago))

    told = run_script(
        "challenge.mjs", f"{platform.url}/api/v1/my-account/closing", token, str(uuid4()), "{}"
    )

    (challenge,) = told["challenges"]
    wanted = challenge["parameters"]
    assert wanted["error"] == "insufficient_user_authentication"
    assert wanted["acr_values"] == "urn:panjareh:loa:1"
    assert 0 < int(wanted["max_age"]) < 3 * 3600
