"""The follower process of the exchange: its relay, the tree over its log, and its catching up with others."""

from __future__ import annotations

from panjareh_common.following_process import follow_log
from panjareh_inquiry.messaging.subscriptions import SUBSCRIPTIONS
from panjareh_inquiry.messaging.translation import PUBLISHED


def main(arguments: list[str]) -> None:
    follow_log("inquiry", PUBLISHED, SUBSCRIPTIONS)
