"""The service that the hearing service hears: it answers from its log what it has published so far."""

from __future__ import annotations

import sys
from typing import Any

from panjareh_common import green, logs  # noqa: F401  # green first, as in every Nameko process
from panjareh_common.foundation import lay
from panjareh_common.messaging.rabbit import connect, wait_for_broker
from panjareh_common.messaging.topology import declare
from panjareh_common.rpc.runner import EveryService, serve
from tests.integration.common.hearing import SOURCE
from tests.integration.common.notes import Note

PUBLISHED: dict[type, Any] = {
    Note.Opened: ("test_noted.v1", lambda event: {"title": event.title}),
    Note.Extended: ("test_extended.v1", lambda event: {}),
}


class TellingService(EveryService):
    name = SOURCE


def main() -> None:
    logs.set_up(SOURCE, "INFO")
    foundation = lay(SOURCE)
    wait_for_broker(foundation.amqp_url)
    with connect(foundation.amqp_url) as connection:
        declare(connection, SOURCE, ())
    serve(TellingService, foundation, {"foundation": foundation}, PUBLISHED)


if __name__ == "__main__":
    sys.exit(main())
