"""What a registry's answer says against what a person said: the difference, and how it is told."""

from __future__ import annotations

from panjareh_common.refusals import Refusal
from panjareh_identity.domain.persons_refusals import MobileNotTheirs, MobileRegistrySilent
from panjareh_identity.domain.refusals import (
    NotAlive,
    NotInRegistry,
    RegistryMismatch,
    RegistryRefused,
)
from panjareh_identity.domain.values import MobileAnswer, NoRecord, RegistryAnswer, same_name

MISMATCH, NOT_ALIVE = "mismatch", "not_alive"
_CIVIL: dict[str, type[Refusal]] = {
    MISMATCH: RegistryMismatch,
    NOT_ALIVE: NotAlive,
    NoRecord.NOTHING_HELD: NotInRegistry,
    NoRecord.REFUSED: RegistryRefused,
}


def difference(
    given_name: str | None, family_name: str | None, birth_date: str | None, answer: RegistryAnswer
) -> str | None:
    """Why the civil registry does not confirm a person; None when it does."""
    if isinstance(answer, NoRecord):
        return str(answer)
    same = (
        same_name(given_name or "", answer.given_name)
        and same_name(family_name or "", answer.family_name)
        and birth_date == answer.birth_date
    )
    # What is alive is told only to who knows the rest: others must not learn it here.
    if not same:
        return MISMATCH
    return None if answer.alive else NOT_ALIVE


def civil_refusal(because: str) -> Refusal:
    return _CIVIL[because]()


def mobile_difference(answer: MobileAnswer) -> str | None:
    """Why the mobile registry does not confirm that a number is the person's; None when it does."""
    if isinstance(answer, NoRecord):
        return str(answer)
    return None if answer else MISMATCH


def mobile_refusal(because: str) -> Refusal:
    return MobileNotTheirs() if because == MISMATCH else MobileRegistrySilent()
