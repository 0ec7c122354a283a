"""The follower process of catalog: its relay, the tree over its log, and its catching up with others."""

from __future__ import annotations

from panjareh_catalog.messaging.subscriptions import SUBSCRIPTIONS
from panjareh_catalog.messaging.translation import PUBLISHED
from panjareh_common.following_process import follow_log


def main(arguments: list[str]) -> None:
    follow_log("catalog", PUBLISHED, SUBSCRIPTIONS)
