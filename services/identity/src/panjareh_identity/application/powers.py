"""Who may administrate, looked up where it is done: a token may be older than the office (decision 0024)."""

from __future__ import annotations

from datetime import timedelta

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.event_store import UnitOfWork
from panjareh_common.refusals import NotAllowed
from panjareh_common.security import Caller
from panjareh_identity.application.staff_ports import Staff
from panjareh_identity.domain.office import PLATFORM, Role

LEVEL = AssuranceLevel.LOW
FRESH = timedelta(minutes=30)
"""How long ago the last authentication of who changes something may lie."""


class Powers:
    """Each method gives the authority in which the caller may do it, or raises NotAllowed."""

    def __init__(self, staff: Staff) -> None:
        self._staff = staff

    def fresh(self, unit: UnitOfWork, caller: Caller) -> None:
        """Raises AssuranceTooLow, and SignInTooOld: power is not used from a screen that was left open."""
        caller.need(LEVEL, max_age=FRESH, now=unit.now)

    def administrate(self, unit: UnitOfWork, caller: Caller) -> None:
        """The platform. Raises also what `fresh` does."""
        if self._authority(unit, caller, Role.ADMINISTRATOR) != PLATFORM:
            raise NotAllowed()
        self.fresh(unit, caller)

    def of_platform(self, unit: UnitOfWork, caller: Caller) -> None:
        """To look at how the platform stands."""
        if self._authority(unit, caller, Role.ADMINISTRATOR, Role.AUDITOR) != PLATFORM:
            raise NotAllowed()

    def head(self, unit: UnitOfWork, caller: Caller, authority: str | None) -> str:
        """An authority's supervisor there, or an administrator of the platform anywhere.

        None means the caller's own authority.
        """
        own = self._authority(unit, caller, Role.SUPERVISOR, Role.ADMINISTRATOR)
        if own != PLATFORM and authority not in (None, own):
            raise NotAllowed()
        return authority or own

    def audit(self, unit: UnitOfWork, caller: Caller, authority: str | None) -> str | None:
        """An authority's auditor there; one of the platform anywhere, and everywhere for None."""
        own = self._authority(unit, caller, Role.AUDITOR)
        if own == PLATFORM:
            return authority
        if authority not in (None, own):
            raise NotAllowed()
        return own

    def _authority(self, unit: UnitOfWork, caller: Caller, *roles: Role) -> str:
        office = self._staff.office_of(unit, caller.doer)
        # In the token only where they signed in with two factors, in the row only where they hold it still.
        held = set(caller.roles) & set(office.roles if office else ())
        if office is None or office.authority != caller.authority or held.isdisjoint(roles):
            raise NotAllowed()
        return office.authority
