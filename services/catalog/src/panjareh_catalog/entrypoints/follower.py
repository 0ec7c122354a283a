"""The follower process of catalog: its relay, and the tree over its log."""

from __future__ import annotations

from panjareh_catalog.wiring import wire
from panjareh_common.following_process import run_followers


def main(arguments: list[str]) -> None:
    wiring = wire()
    run_followers(wiring.foundation, wiring.followers())
