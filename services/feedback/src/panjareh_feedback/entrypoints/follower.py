"""The follower process of feedback: its relay, the tree over its log, and its catching up with others."""

from __future__ import annotations

from panjareh_common.following_process import follow_log
from panjareh_feedback.messaging.subscriptions import SUBSCRIPTIONS
from panjareh_feedback.messaging.translation import PUBLISHED


def main(arguments: list[str]) -> None:
    follow_log("feedback", PUBLISHED, SUBSCRIPTIONS)
