"""Runs the hearing service for a test, and speaks to it."""

from __future__ import annotations

import base64
import json
import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import amqp
from joserfc import jwk
from kombu import Connection

from panjareh_common.messaging import Message
from panjareh_common.messaging.message import CONTENT_TYPE
from panjareh_common.messaging.topology import Subscription
from panjareh_common.rpc.wire import Request
from panjareh_common.security import ServiceIdentity
from tests.integration.common.notes import AT

ROOT = Path(__file__).parents[3]
SERVICE = "feedback"
SOURCE = "catalog"
NOTED = Subscription(SERVICE, "on_noted", SOURCE, ("test_noted.v1",))
DEAD = f"{SERVICE}.dead"


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class Hearing:
    """Processes of the hearing service, and of the one that it hears, with databases and files of their own."""

    def __init__(self, amqp_url: str, database_url: str, folder: Path) -> None:
        key = jwk.OKPKey.generate_key("Ed25519")
        private = key.as_dict(private=True) | {"kid": "gateway-1"}
        public = [
            key.as_dict(private=False) | {"kid": f"{name}-1"}
            for name in ("gateway", SERVICE, SOURCE)
        ]
        self.amqp_url = amqp_url
        self.transport_key, self.sealing_key = secrets.token_bytes(32), secrets.token_bytes(32)
        self.identity = ServiceIdentity("gateway", private)
        self._private = private
        self.heard_file, self.log_file = folder / "heard", folder / "log"
        self.spans_file, self.erasures = folder / "spans", folder / "erasures"
        self.environment = os.environ | {
            "PYTHONPATH": str(ROOT),
            "HEARD": str(self.heard_file),
            "SPANS": str(self.spans_file),
            "PANJAREH_ERASURES_DIR": str(self.erasures),
            "PANJAREH_AMQP_URL": amqp_url,
            "PANJAREH_FEEDBACK_DATABASE_URL": database_url,
            "PANJAREH_SERVICE_JWKS": json.dumps({"keys": public}),
            "PANJAREH_FEEDBACK_SIGNING_KEY": json.dumps(private | {"kid": "feedback-1"}),
            "PANJAREH_FEEDBACK_SEALING_KEY": base64url(self.sealing_key),
            "PANJAREH_FEEDBACK_TRANSPORT_KEY": base64url(self.transport_key),
            "PANJAREH_CATALOG_SIGNING_KEY": json.dumps(private | {"kid": "catalog-1"}),
            "PANJAREH_CATALOG_SEALING_KEY": base64url(self.sealing_key),
            "PANJAREH_CATALOG_TRANSPORT_KEY": base64url(secrets.token_bytes(32)),
        }
        self._processes: list[subprocess.Popen[str]] = []

    def identity_of(self, service: str) -> ServiceIdentity:
        return ServiceIdentity(service, self._private | {"kid": f"{service}-1"})

    def start(self, program: str = "hearing_service", *arguments: str) -> int:
        """Starts one process; gives its id once it serves."""
        with self.log_file.open("a", encoding="utf-8") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", f"tests.integration.common.{program}", *arguments],
                env=self.environment,
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self._processes.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n", self.log_file.read_text(encoding="utf-8")
        return process.pid

    def stop(self) -> None:
        """Ends every process; each must have lived until now and end cleanly."""
        processes, self._processes = self._processes, []
        for process in processes:
            assert process.poll() is None, self.log_file.read_text(encoding="utf-8")
            process.terminate()
        for process in processes:
            assert process.wait(20) == 0
            assert process.stdout is not None
            process.stdout.close()

    def kill(self, pid: int) -> None:
        """As a machine does that goes down."""
        (process,) = (each for each in self._processes if each.pid == pid)
        self._processes.remove(process)
        process.kill()
        process.wait(20)
        assert process.stdout is not None
        process.stdout.close()

    def publish(self, message: Message) -> None:
        self.publish_raw(message.to_body(), CONTENT_TYPE, message.type)

    def publish_raw(self, body: bytes, content_type: str, type_: str = "test_noted.v1") -> None:
        with Connection(self.amqp_url) as connection:
            channel = connection.channel()
            wrapped = amqp.Message(body, content_type=content_type, delivery_mode=2)
            channel.basic_publish(wrapped, exchange="panjareh.events", routing_key=type_)
            channel.close()

    def heard(self) -> list[str]:
        if not self.heard_file.exists():
            return []
        return self.heard_file.read_text(encoding="utf-8").splitlines()

    def log(self, event: str) -> int:
        """How often the service has logged an event."""
        return self.log_file.read_text(encoding="utf-8").count(f'"{event}"')

    def spans(self) -> list[dict[str, Any]]:
        if not self.spans_file.exists():
            return []
        text = self.spans_file.read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]

    def request(self, payload: dict[str, Any]) -> Request:
        return Request(payload, self.identity.assertion(purpose="test"), "en")

    def take_dead(self) -> list[bytes]:
        """Empties the dead-letter queue; gives the bodies that lay in it."""
        found = []
        with Connection(self.amqp_url) as connection:
            channel = connection.channel()
            while message := channel.basic_get(DEAD):
                channel.basic_ack(message.delivery_tag)
                body = message.body
                found.append(body if isinstance(body, bytes) else body.encode())
            channel.close()
        return found


def event(number: int, type_: str = "test_noted.v1", **data: Any) -> Message:
    """An integration event like any other."""
    subject = f"00000000-0000-4000-8000-{number:012d}"
    return Message(
        id=f"{subject}:1",
        source="tests",
        type=type_,
        subject=subject,
        time=AT,
        sequence=1,
        data=data,
    )
