"""Announcing days that are closed, or worked, over what was computed; and the calendars that follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from panjareh_catalog.application.powers import PLATFORM, speaks_for
from panjareh_catalog.domain.almanac import NATION, Almanac, almanac_id
from panjareh_catalog.domain.refusals import UnknownAuthority
from panjareh_common.asking import Asking
from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_common.idempotency import Answer


class Days(Protocol):
    """The rows of announced days, written in the commit of their events."""

    def write(self, unit: UnitOfWork, almanac: Almanac) -> None: ...

    def knows(self, unit: UnitOfWork, authority: str) -> bool: ...


@dataclass(frozen=True)
class SayDay:
    """`scope`: an authority, or NATION. `closed` None: what was announced is withdrawn."""

    scope: str
    day: date
    closed: bool | None
    name: Mapping[str, str]


class AnnouncingDays:
    """By operators for the country, by an authority's publishers and supervisors for itself."""

    def __init__(self, log: EventLog, days: Days) -> None:
        self._log = log
        self._days = days

    def say(self, said: Sequence[SayDay], cause: Cause) -> list[tuple[str, str, bool]]:
        """The operators' door: all or none; gives each scope and day and whether anything changed.

        Raises UnknownAuthority, DayTooFar and DayNotAnnounced.
        """

        def work(unit: UnitOfWork) -> list[tuple[str, str, bool]]:
            return self._say(unit, said)

        return self._log.run(cause, work)

    def announce(self, said: SayDay, asked: Asking) -> Answer:
        """`{scope, day, changed}`: an authority of itself, the platform's administrators of the country.

        Raises NotAllowed, DayTooFar and DayNotAnnounced.
        """
        by = speaks_for(asked.caller)
        said = SayDay(NATION if by == PLATFORM else by, said.day, said.closed, said.name)

        def work(unit: UnitOfWork) -> Answer:
            ((scope, day, changed),) = self._say(unit, [said])
            return {"scope": scope, "day": day, "changed": changed}

        request = vars(said) | {"day": said.day.isoformat(), "name": dict(said.name)}
        return asked.once(self._log, "announce_day", request, work)

    def _say(self, unit: UnitOfWork, said: Sequence[SayDay]) -> list[tuple[str, str, bool]]:
        almanacs: dict[str, Almanac] = {}
        done = []
        for each in said:
            if each.scope not in almanacs:
                almanacs[each.scope] = self._almanac(unit, each.scope)
            almanac, changed = almanacs[each.scope], True
            if each.closed is None:
                almanac.withdraw(each.day, unit.now)
            else:
                changed = almanac.announce(each.day, each.closed, each.name, unit.now)
            done.append((each.scope, each.day.isoformat(), changed))
        for almanac in almanacs.values():
            unit.save(almanac)
            self._days.write(unit, almanac)
        return done

    def _almanac(self, unit: UnitOfWork, scope: str) -> Almanac:
        if scope != NATION and not self._days.knows(unit, scope):
            raise UnknownAuthority(authority=scope)
        return unit.find(Almanac, almanac_id(scope)) or Almanac.open(scope, unit.now)
