"""The follower process of requests: its relay, what it tells live, the tree over its log, and its catching up."""

from __future__ import annotations

from panjareh_common.following_process import follow_log
from panjareh_common.messaging.rabbit import RabbitBroker
from panjareh_common.settings import AMQP_URL, Settings
from panjareh_requests.messaging.moves import Moves
from panjareh_requests.messaging.subscriptions import SUBSCRIPTIONS
from panjareh_requests.messaging.translation import PUBLISHED


def main(arguments: list[str]) -> None:
    moves = Moves(RabbitBroker(Settings(AMQP_URL)[AMQP_URL]))
    follow_log("requests", PUBLISHED, SUBSCRIPTIONS, also=[moves])
