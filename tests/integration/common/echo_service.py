"""A service for the tests of remote calls: the real server, in a process of its own."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import eventlet
from marshmallow import RAISE, Schema, fields

from panjareh_common import green, logs  # noqa: F401  # green first, as in every Nameko process
from panjareh_common.foundation import lay
from panjareh_common.messaging.rabbit import connect, wait_for_broker
from panjareh_common.messaging.topology import declare
from panjareh_common.refusals import NotAllowed
from panjareh_common.rpc.runner import EveryService, serve
from panjareh_common.rpc.server import Call, rpc
from panjareh_common.security import CallerKind

PEOPLE = {kind for kind in CallerKind if kind is not CallerKind.SERVICE}


class Text(Schema):
    class Meta:
        unknown = RAISE

    text = fields.String(required=True)


class EchoService(EveryService):
    name = "catalog"

    @rpc(Text, gives=Text, callers={"gateway"})
    def echo(self, command: dict[str, Any], call: Call) -> Any:
        return command

    @rpc(Text, callers={"gateway"})
    def refuse(self, command: dict[str, Any], call: Call) -> Any:
        raise NotAllowed()

    @rpc(Text, callers={"gateway"})
    def fail(self, command: dict[str, Any], call: Call) -> Any:
        raise RuntimeError(command["text"])

    @rpc(Text, callers={"gateway"})
    def odd(self, command: dict[str, Any], call: Call) -> Any:
        return object()

    @rpc(Text, callers={"gateway"})
    def by_name(self, command: dict[str, Any], call: Call) -> Any:
        """Does what the text says, or says it again."""
        if command["text"] == "refuse":
            raise NotAllowed()
        if command["text"] == "fail":
            raise RuntimeError(command["text"])
        return command

    @rpc(Text, gives=Text, callers={"gateway"}, many=True)
    def together(self, asked: list[tuple[dict[str, Any], Call]]) -> Any:
        """Answers all calls of a message by one act; each answer tells how many there were."""
        texts = [command["text"] for command, _ in asked]
        if "fail" in texts:
            raise RuntimeError("fail")
        if "refuse all" in texts:
            raise NotAllowed()
        if "forget" in texts:
            return []
        return [
            NotAllowed() if text == "refuse" else {"text": f"{text} of {len(texts)}"}
            for text in texts
        ]

    @rpc(Text, callers={"gateway"}, many=True)
    def together_odd(self, asked: list[tuple[dict[str, Any], Call]]) -> Any:
        return [object() if command["text"] == "odd" else command for command, _ in asked]

    @rpc(Text, callers={"requests"})
    def for_requests_only(self, command: dict[str, Any], call: Call) -> Any:
        return command

    @rpc(Text, callers=PEOPLE)
    def who(self, command: dict[str, Any], call: Call) -> Any:
        """Says who asks, as the token tells it; and in which process."""
        return {"kind": str(call.caller.kind), "process": os.getpid()}

    @rpc(Text, callers={"gateway"})
    def slow(self, command: dict[str, Any], call: Call) -> Any:
        eventlet.sleep(1)
        return command

    @rpc(Text, callers={"gateway"})
    def wait(self, command: dict[str, Any], call: Call) -> Any:
        """Answers after as many seconds as the text says, and first makes the file that it names."""
        seconds, _, mark = command["text"].partition(" ")
        if mark:
            Path(mark).touch()
        eventlet.sleep(float(seconds))
        return command

    @rpc(Text, callers={"gateway"})
    def touch(self, command: dict[str, Any], call: Call) -> Any:
        Path(command["text"]).touch()
        return command

    @rpc(Text, callers={"gateway"})
    def query_slowly(self, command: dict[str, Any], call: Call) -> Any:
        with self.foundation.database.connection() as connection:
            connection.execute("SELECT pg_sleep(2)")
        return command


def main() -> None:
    logs.set_up("catalog", "WARNING")
    foundation = lay("catalog")
    wait_for_broker(foundation.amqp_url)
    with connect(foundation.amqp_url) as connection:
        declare(connection, "catalog", ())
    serve(EchoService, foundation, {"foundation": foundation})


if __name__ == "__main__":
    sys.exit(main())
