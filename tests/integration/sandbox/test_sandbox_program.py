import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from panjareh_sandbox.national_id import make_national_id
from panjareh_sandbox.register import AUTHORITIES

PORTS = {name: 2 + place for place, name in enumerate(AUTHORITIES)}


def test_a_text_message_can_be_read_on_the_sandbox_phone(sandbox):
    for text in ("first", "second"):
        sent = sandbox.http.post(f"{sandbox.control}/sms", json={"to": "09000000001", "text": text})
        assert sent.status_code == 202
    sandbox.http.post(f"{sandbox.control}/sms", json={"to": "09000000002", "text": "other"})

    items = sandbox.http.get(f"{sandbox.control}/sms?to=09000000001").json()["items"]

    assert [item["text"] for item in items] == ["second", "first"]
    assert set(items[0]) == {"to", "text", "at"}
    assert len(sandbox.http.get(f"{sandbox.control}/sms").json()["items"]) == 3


@pytest.mark.parametrize(
    "body", [{"to": "12", "text": "x"}, {"to": "09000000001"}, {"to": "09000000001", "text": 5}, []]
)
def test_a_text_message_that_cannot_be_sent_is_refused(sandbox, body):
    answer = sandbox.http.post(f"{sandbox.control}/sms", json=body)

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_phone_keeps_the_last_thousand_messages(sandbox):
    for n in range(1_005):
        sandbox.http.post(f"{sandbox.control}/sms", json={"to": "09000000001", "text": str(n)})

    items = sandbox.http.get(f"{sandbox.control}/sms").json()["items"]

    assert len(items) == 1_000
    assert (items[0]["text"], items[-1]["text"]) == ("1004", "5")


def test_it_listens_where_it_is_told_to(start_sandbox):
    sandbox = start_sandbox(PANJAREH_SANDBOX_HOST="127.0.0.2")
    port = sandbox.control.rpartition(":")[2]

    assert sandbox.http.get(f"http://127.0.0.2:{port}/sms").status_code == 200
    with pytest.raises(httpx.ConnectError):
        sandbox.http.get(f"http://127.0.0.1:{port}/sms")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_program_answers_whoever_waits_and_then_ends_well(start_sandbox, number):
    sandbox = start_sandbox()
    sandbox.behave("welfare", "slow", delay_seconds=300)

    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(sandbox.ask, "welfare", "income_decile", make_national_id(3))
        with pytest.raises(TimeoutError):
            waiting.result(0.5)
        sandbox.process.send_signal(number)
        answer = waiting.result(5)

    assert answer.status_code == 200
    assert sandbox.process.wait(10) == 0
    assert sandbox.process.stdout.read() == ""
    for line in sandbox.log_file.read_text().splitlines():
        assert {"at", "level", "event"} <= set(json.loads(line))


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"PANJAREH_SANDBOX_PORT": ""}, "PANJAREH_SANDBOX_PORT is not set"),
        ({"PANJAREH_SANDBOX_AUTHORITY_PORTS": '{"welfare": 1}'}, "civil_registry"),
        ({"PANJAREH_SANDBOX_PORT": "70000"}, "PANJAREH_SANDBOX_PORT: a port is"),
        ({"PANJAREH_LOG_LEVEL": "LOUD"}, "PANJAREH_LOG_LEVEL must be one of"),
    ],
)
def test_a_missing_or_wrong_setting_is_named_at_start(changes, named):
    environment = os.environ | {
        "PANJAREH_SANDBOX_PORT": "1",
        "PANJAREH_SANDBOX_AUTHORITY_PORTS": json.dumps(PORTS),
    }

    ended = subprocess.run(
        [sys.executable, "-m", "panjareh_sandbox"],
        env=environment | changes,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )

    assert ended.returncode == 2
    assert named in json.loads(ended.stderr)["event"]
    assert ended.stdout == ""


def test_a_port_in_use_is_named_and_nothing_is_served(sandbox):
    control = sandbox.control.rsplit(":", 1)[1]
    environment = os.environ | {
        "PANJAREH_SANDBOX_PORT": control,
        "PANJAREH_SANDBOX_AUTHORITY_PORTS": json.dumps(PORTS),
    }

    ended = subprocess.run(
        [sys.executable, "-m", "panjareh_sandbox"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )

    assert ended.returncode == 2
    assert f"Port {control} is in use" in ended.stderr
    assert ended.stdout == ""
