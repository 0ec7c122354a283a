"""Before whom a request is put when its time has passed: each duty in its turn, until somebody ends it (R5, R6).

A duty is put in the request whether or not anybody holds it: who finds the chair empty is passed over by the
next wait, and the ombudsman is of the platform and not of the authority.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

PLATFORM = "panjareh"
"""The code under which the platform's own staff stands among the authorities."""


class Duty(StrEnum):
    DUTY_OFFICER = "duty_officer"
    SUPERVISOR = "supervisor"
    AUTHORITY_HEAD = "authority_head"
    OMBUDSMAN = "ombudsman"


@dataclass(frozen=True)
class Stage:
    """`after`: working days beyond the limit, on the same clock, with its pauses and outages."""

    duty: Duty
    after: int


STAGES = (
    Stage(Duty.DUTY_OFFICER, 0),
    Stage(Duty.SUPERVISOR, 1),
    Stage(Duty.AUTHORITY_HEAD, 3),
    Stage(Duty.OMBUDSMAN, 5),
)


def stage_after(reached: int) -> Stage | None:
    """The next stage of a request that has gone through `reached` of them; None after the last."""
    return STAGES[reached] if reached < len(STAGES) else None


STAGE_OF = {stage.duty: number for number, stage in enumerate(STAGES, 1)}
"""How many stages a request has gone through once it lies before a duty."""

_ROLES = {
    "officer": Duty.DUTY_OFFICER,
    "supervisor": Duty.SUPERVISOR,
    "head": Duty.AUTHORITY_HEAD,
    "ombudsman": Duty.OMBUDSMAN,
}


def duty_of(roles: Collection[str], authority: str | None) -> Duty | None:
    """The highest duty of who has these roles there; the ombudsman is of the platform alone."""
    held = [
        duty
        for role, duty in _ROLES.items()
        if role in roles and (duty is not Duty.OMBUDSMAN or authority == PLATFORM)
    ]
    return max(held, key=STAGE_OF.__getitem__, default=None)


def lies_before(duty: Duty | None, authority: str | None, *, of: str, reached: int) -> bool:
    """Whether a request to the authority `of`, which has gone through `reached` stages, was put before that duty."""
    if duty is None or reached < STAGE_OF[duty]:
        return False
    return duty is Duty.OMBUDSMAN or authority == of
