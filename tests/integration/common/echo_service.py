"""A service for the tests of remote calls: the real server, in a process of its own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import eventlet
from marshmallow import RAISE, Schema, fields

from panjareh_common import green  # noqa: F401  # first, as in every Nameko process
from panjareh_common.foundation import lay
from panjareh_common.messaging.rabbit import connect, wait_for_broker
from panjareh_common.messaging.topology import declare
from panjareh_common.refusals import NotAllowed
from panjareh_common.rpc.runner import EveryService, serve
from panjareh_common.rpc.server import Call, rpc


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

    @rpc(Text, callers={"requests"})
    def for_requests_only(self, command: dict[str, Any], call: Call) -> Any:
        return command

    @rpc(Text, callers={"gateway"})
    def slow(self, command: dict[str, Any], call: Call) -> Any:
        eventlet.sleep(1)
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
    foundation = lay("catalog")
    wait_for_broker(foundation.amqp_url)
    with connect(foundation.amqp_url) as connection:
        declare(connection, "catalog", ())
    serve(EchoService, foundation, {"foundation": foundation})


if __name__ == "__main__":
    sys.exit(main())
