"""A service for the tests of listeners and traces: real entrypoints, in a process of its own.

It notes what it hears in the file that HEARD names, a line each, and its spans in the one that
SPANS names.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import eventlet
from marshmallow import RAISE, Schema, fields

from panjareh_common import green, logs  # noqa: F401  # green first, as in every Nameko process
from panjareh_common.foundation import lay
from panjareh_common.messaging import Message
from panjareh_common.messaging.listening import listen
from panjareh_common.messaging.rabbit import connect, wait_for_broker
from panjareh_common.messaging.topology import declare, erasures
from panjareh_common.rpc.runner import EveryService, serve
from panjareh_common.rpc.server import Call, rpc
from tests.integration.common.hearing import NOTED, SERVICE
from tests.integration.common.notes import BECAUSE, Note


def note(line: str) -> None:
    with Path(os.environ["HEARD"]).open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")


def wait_for(file: Path) -> None:
    note(f"waits for {file.name}")
    with eventlet.Timeout(30):
        while not file.exists():
            eventlet.sleep(0.02)


class Text(Schema):
    class Meta:
        unknown = RAISE

    text = fields.String(required=True)


class Which(Schema):
    note = fields.UUID(required=True)


class HearingService(EveryService):
    name = SERVICE

    @rpc(Text, callers={"gateway"})
    def keep(self, command: dict[str, Any], call: Call) -> Any:
        with self.foundation.log.unit_of_work(call.cause()) as unit:
            kept = Note.open(uuid4(), secret=command["text"])
            unit.save(kept)
        return {"note": str(kept.id)}

    @rpc(Which, callers={"gateway"})
    def read(self, query: dict[str, Any], call: Call) -> Any:
        with self.foundation.log.unit_of_work(call.cause()) as unit:
            return {"secret": unit.load(Note, query["note"]).secret, "process": os.getpid()}

    @listen(NOTED)
    def on_noted(self, message: Message) -> None:
        if message.data.get("fail"):
            note(f"tried {message.id}")
            raise RuntimeError("cannot digest this")
        if "meets" in message.data:
            wait_for(Path(message.data["meets"]))
        with self.foundation.log.unit_of_work(BECAUSE) as unit:
            first = unit.first_time(NOTED.name, message.id)
            if "owner" in message.data:
                unit.save(Note.open(UUID(message.data["owner"])))
        note(f"{'handled' if first else 'repeated'} {message.id}")


def write_spans(path: str) -> None:
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor

    provider = TracerProvider()
    file = Path(path).open("a", encoding="utf-8", buffering=1)  # noqa: SIM115  # for life
    exporter = ConsoleSpanExporter(
        out=file, formatter=lambda span: span.to_json(indent=None) + "\n"
    )
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)


def main() -> None:
    logs.set_up(SERVICE, "INFO")
    if os.environ.get("SPANS"):
        write_spans(os.environ["SPANS"])
    foundation = lay(SERVICE)
    wait_for_broker(foundation.amqp_url)
    with connect(foundation.amqp_url) as connection:
        declare(connection, SERVICE, (NOTED, erasures(SERVICE)))
    serve(HearingService, foundation, {"foundation": foundation})


if __name__ == "__main__":
    sys.exit(main())
