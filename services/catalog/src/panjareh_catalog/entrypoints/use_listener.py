"""What catalog does when it hears that a service was asked for or rated; each handler is one unit of work."""

from __future__ import annotations

from panjareh_catalog.messaging.subscriptions import RATINGS, REQUESTS
from panjareh_catalog.read_model.measured_use import MeasuredUse
from panjareh_common.messaging import Message
from panjareh_common.messaging.listening import listen
from panjareh_common.rpc.server import Provided


class UseListener:
    measured_use: MeasuredUse = Provided("measured_use")

    @listen(REQUESTS)
    def on_request_submitted(self, message: Message) -> None:
        self.measured_use.keep(message, REQUESTS.name)

    @listen(RATINGS)
    def on_feedback_given(self, message: Message) -> None:
        self.measured_use.keep(message, RATINGS.name)
