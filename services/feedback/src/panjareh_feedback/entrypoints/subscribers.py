"""What feedback does when it hears of something; each handler is one unit of work."""

from __future__ import annotations

from panjareh_common.messaging import Message
from panjareh_common.messaging.listening import listen
from panjareh_common.rpc.server import Provided
from panjareh_feedback.messaging.subscriptions import REQUESTS
from panjareh_feedback.read_model.known_requests import PostgresKnownRequests


class Subscribers:
    known_requests: PostgresKnownRequests = Provided("known_requests")

    @listen(REQUESTS)
    def on_request_moved(self, message: Message) -> None:
        self.known_requests.keep(message, REQUESTS.name)
