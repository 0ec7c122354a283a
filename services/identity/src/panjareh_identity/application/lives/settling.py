"""What the use cases of this package share: refusals that leave a trace, and codes that are spent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_common.refusals import Refusal
from panjareh_identity.application.ports import CodeFor, CodeVerdict, Limit, OneTimeCodes
from panjareh_identity.domain.refusals import CodeExpired, CodeWrong
from panjareh_identity.domain.values import read_digits

T = TypeVar("T")

# Five codes of five tries, and whoever guessed waits: of a million codes they try six hundred a day.
CONTACT_CODES = Limit("contact_code", most=5, wait=timedelta(hours=1))


def settle(log: EventLog, cause: Cause, work: Callable[[UnitOfWork], T | Refusal]) -> T:
    """Commits, and raises a refusal only then: what it counted or remembered is kept."""
    made = log.run(cause, work)
    if isinstance(made, Refusal):
        raise made
    return made


def spend(codes: OneTimeCodes, unit: UnitOfWork, wanted: CodeFor, typed: str) -> Refusal | None:
    """None for a right code, which is used up; else the refusal to say once the try was counted."""
    verdict, left, _ = codes.use(unit, wanted, read_digits(typed))
    if verdict is CodeVerdict.RIGHT:
        return None
    return CodeExpired() if verdict is CodeVerdict.GONE else CodeWrong(tries_left=left)
