"""What probes measure of a channel: whether it answers, since when it does not, and the share of the time (C3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from typing import Any
from urllib.parse import urlsplit

FAILURES, SUCCESSES = 3, 2
"""In a row: so many say that it is down, or up again. One lost answer is no incident."""

MEASURED_DAYS = 30
LEAST_ASKED = 20
"""Asked less often than that, a share would say nothing."""

WINDOW = "window"
"""In place of an address: the window itself. It is asked once, not once a service that is offered there."""
WINDOW_CHANNELS = ("mobile", "web")

# An address that asks who is there, or to come slower, is there.
_THERE = frozenset({401, 403, 405, 429})


def at_window(channel: Mapping[str, Any]) -> bool:
    """Whether this channel of a card is the window: a web or mobile one that names no other address."""
    return channel["channel"] in WINDOW_CHANNELS and not channel.get("address")


@dataclass(frozen=True)
class Watched:
    """One address of one authority, as the probes know it. `down_since`: the first failure in a row that was not ended yet."""

    address: str
    authority: str
    failures: int = 0
    successes: int = 0
    down_since: datetime | None = None
    in_incident: bool = False

    @property
    def is_window(self) -> bool:
        return self.address == WINDOW

    def answers(self, status: int | None) -> bool:
        """Whether an HTTP status says that people are served; None is no answer in time.

        The page that is asked of the window is our own and open to all: there only 200 will do.
        """
        if status is None or self.is_window:
            return status == 200
        return status < 400 or status in _THERE

    def after(self, answered: bool, at: datetime) -> Watched:
        """As it is known after one more probe."""
        if not answered:
            first = self.down_since or at
            return replace(self, failures=self.failures + 1, successes=0, down_since=first)
        successes = self.successes + 1
        well = not self.in_incident or successes >= SUCCESSES
        since = None if well else self.down_since
        return replace(self, failures=0, successes=successes, down_since=since)

    @property
    def begins_incident(self) -> bool:
        return not self.in_incident and self.failures >= FAILURES

    @property
    def ends_incident(self) -> bool:
        return self.in_incident and self.successes >= SUCCESSES


def share(asked: int, answered: int) -> Decimal | None:
    """Of the probes that were answered, rounded down to a hundredth of a per cent; None when asked too seldom."""
    if asked < LEAST_ASKED:
        return None
    return (Decimal(answered) / asked).quantize(Decimal("0.0001"), ROUND_DOWN)


def may_be_probed(address: str, hosts: tuple[str, ...]) -> bool:
    """Only where operators said that the authority is at home: that host, or one below it; over HTTP(S).

    A card is written by many hands; what it names must not make the platform knock at any door.
    """
    try:
        parts = urlsplit(address)
    except ValueError:  # https://[::1
        return False
    host = (parts.hostname or "").lower()
    if parts.scheme not in {"http", "https"} or not host or parts.username or parts.password:
        return False
    return any(host == home or host.endswith(f".{home}") for home in map(str.lower, hosts))
