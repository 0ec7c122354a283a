"""The follower process of requests: its relay, and the tree over its log."""

from __future__ import annotations

from panjareh_common.following_process import run_followers
from panjareh_requests.wiring import wire


def main(arguments: list[str]) -> None:
    wiring = wire()
    run_followers(wiring.foundation, wiring.followers())
