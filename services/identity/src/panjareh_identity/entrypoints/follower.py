"""The follower process of identity: its relay, the tree over its log, the record of administrative acts,
and its catching up with others.
"""

from __future__ import annotations

from panjareh_common.following_process import follow_log
from panjareh_identity.messaging.subscriptions import SUBSCRIPTIONS
from panjareh_identity.messaging.translation import PUBLISHED
from panjareh_identity.read_model.acts import ActsFollower


def main(arguments: list[str]) -> None:
    follow_log("identity", PUBLISHED, SUBSCRIPTIONS, [ActsFollower()])
