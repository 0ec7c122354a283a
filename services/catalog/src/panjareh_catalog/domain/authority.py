"""The authorities that offer public services: a tree, and how far each is with connecting (C1, C7).

Public methods decide, and may refuse. Underscored methods remember, and may not. Event topics are the
storage format. An authority is no person: all of it is public.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from eventsourcing.domain import Aggregate, event

from panjareh_catalog.domain.refusals import AuthoritiesInCircle, UnknownAuthority
from panjareh_catalog.domain.refusals_authorities import (
    NothingPublished,
    NoWorkingDay,
    StepInFuture,
    StepKnown,
    StepsInOrder,
    StepUnknown,
    WindowMissing,
)
from panjareh_common.calendar import WEEKDAYS, day_in_tehran
from panjareh_common.event_store import PublicAggregate


class AuthorityKind(StrEnum):
    MINISTRY = "ministry"
    AGENCY = "agency"
    MUNICIPALITY = "municipality"
    UNIVERSITY = "university"
    POLICE = "police"
    COURT = "court"
    OTHER = "other"


class Step(StrEnum):
    """The three steps in which an authority connects (C7), in their order."""

    WINDOW_OPENED = "window_opened"  # its own single window
    SERVICES_OFFERED = "services_offered"  # through that window
    JOINED = "joined"  # to the national window


@dataclass(frozen=True)
class AuthorityEntry:
    """What the register says of one competent authority.

    `name` and `place` by language; `parent` is the code of the one above it, None at the top. `hosts`: where
    its channels may be probed. `rest_days`: English names of its weekly days of rest. `services_total`: how
    many services and permits the law gives it, where that was counted. `sample`: an example, not the state's.
    """

    code: str
    name: Mapping[str, str]
    parent: str | None = None
    kind: str = AuthorityKind.OTHER
    place: Mapping[str, str] | None = None
    hosts: tuple[str, ...] = ()
    rest_days: tuple[str, ...] = ("friday",)
    services_total: int | None = None
    sample: bool = False


def authority_id(code: str) -> UUID:
    """The stream of an authority: its code decides, so that two who bring it in meet the same one."""
    return uuid5(NAMESPACE_URL, f"panjareh:catalog/authority/{code}")


def check_tree(authorities: Iterable[AuthorityEntry]) -> None:
    """Every authority must lead up to a top. Raises UnknownAuthority or AuthoritiesInCircle."""
    parents = {authority.code: authority.parent for authority in authorities}
    sound: set[str] = set()
    for code, parent in parents.items():
        passed, above = {code}, parent
        while above is not None and above not in sound:
            if above not in parents:
                raise UnknownAuthority(authority=above)
            if above in passed:
                raise AuthoritiesInCircle(authority=code)
            passed.add(above)
            above = parents[above]
        sound |= passed


class Authority(PublicAggregate):
    """One authority: what the register says of it, and the steps of its connection."""

    TOPIC = "Authority"

    class Event(Aggregate.Event):
        pass

    class Registered(Event, Aggregate.Created):
        """`told` holds the fields of an AuthorityEntry without its code."""

        TOPIC = "Authority.Registered"
        code: str
        told: dict[str, Any]

    Created = Registered

    class Changed(Event):
        TOPIC = "Authority.Changed"
        code: str
        told: dict[str, Any]

    class CameOnBoard(Event):
        """Two administrators of the platform let it have officers and systems here (decision 0024)."""

        TOPIC = "Authority.CameOnBoard"

    class StepReached(Event):
        """`on` is the day in Tehran; `said_by` the authority that says so, itself or the platform."""

        TOPIC = "Authority.StepReached"
        step: str
        on: str
        window: str | None
        said_by: str

    class StepWithdrawn(Event):
        TOPIC = "Authority.StepWithdrawn"
        step: str
        because: dict[str, str]
        said_by: str

    # Decisions

    @classmethod
    def register(cls, entry: AuthorityEntry, at: datetime) -> Authority:
        """Raises NoWorkingDay."""
        _check_rest(entry)
        return cls._create(
            cls.Registered,
            id=authority_id(entry.code),
            timestamp=at,
            code=entry.code,
            told=_told(entry),
        )

    def change(self, entry: AuthorityEntry, at: datetime) -> bool:
        """False when the register says that already. Raises NoWorkingDay."""
        _check_rest(entry)
        if self.told == _told(entry):
            return False
        self.trigger_event(self.Changed, timestamp=at, code=self.code, told=_told(entry))
        return True

    def come_on_board(self, at: datetime) -> bool:
        if self.on_board_at is not None:
            return False
        self.trigger_event(self.CameOnBoard, timestamp=at)
        return True

    def reach(
        self,
        step: Step,
        *,
        on: date,
        window: str | None,
        published: int,
        said_by: str,
        at: datetime,
    ) -> None:
        """Records a step. `published`: how many of its services stand in the catalogue.

        Raises StepKnown, StepsInOrder, StepInFuture, WindowMissing and NothingPublished.
        """
        if step in self.steps:
            raise StepKnown(step=step)
        reached = [self.steps.get(before) for before in list(Step)[: list(Step).index(step)]]
        if any(day is None or on.isoformat() < day for day in reached):
            raise StepsInOrder()
        if on > day_in_tehran(at):
            raise StepInFuture(on=on.isoformat())
        if step is Step.WINDOW_OPENED and not window:
            raise WindowMissing()
        if step is Step.JOINED and not published:
            raise NothingPublished()
        self.trigger_event(
            self.StepReached,
            timestamp=at,
            step=str(step),
            on=on.isoformat(),
            window=window,
            said_by=said_by,
        )

    def withdraw(
        self, step: Step, because: Mapping[str, str], *, said_by: str, at: datetime
    ) -> None:
        """Takes back the newest step. Raises StepUnknown and StepsInOrder."""
        if step not in self.steps:
            raise StepUnknown(step=step)
        if any(later in self.steps for later in list(Step)[list(Step).index(step) + 1 :]):
            raise StepsInOrder()
        self.trigger_event(
            self.StepWithdrawn,
            timestamp=at,
            step=str(step),
            because=dict(because),
            said_by=said_by,
        )

    # Memory

    def __init__(self, *, code: str, told: dict[str, Any]) -> None:
        self.code = code
        self.told = told
        self.on_board_at: datetime | None = None
        self.steps: dict[str, str] = {}  # the day of each step that was reached, ISO 8601
        self.said_by: dict[str, str] = {}
        self.window: str | None = None
        self.changed_at = self.created_on

    @property
    def entry(self) -> AuthorityEntry:
        lists = {name: tuple(self.told[name]) for name in ("hosts", "rest_days")}
        return AuthorityEntry(self.code, **(self.told | lists))

    @event(Changed)
    def _changed(self, told: dict[str, Any], timestamp: datetime) -> None:
        self.told = told
        self.changed_at = timestamp

    @event(CameOnBoard)
    def _came_on_board(self, timestamp: datetime) -> None:
        self.on_board_at = timestamp

    @event(StepReached)
    def _step_reached(self, step: str, on: str, window: str | None, said_by: str) -> None:
        self.steps[step] = on
        self.said_by[step] = said_by
        self.window = window or self.window

    @event(StepWithdrawn)
    def _step_withdrawn(self, step: str) -> None:
        self.steps.pop(step, None)
        self.said_by.pop(step, None)
        if step == Step.WINDOW_OPENED:
            self.window = None


def _check_rest(entry: AuthorityEntry) -> None:
    if len(set(entry.rest_days)) >= len(WEEKDAYS):
        raise NoWorkingDay(authority=entry.code)


def _told(entry: AuthorityEntry) -> dict[str, Any]:
    """As JSON keeps it, so that what is loaded again is equal."""
    told = asdict(entry)
    del told["code"]
    place = dict(entry.place) if entry.place else None
    return told | {
        "name": dict(entry.name),
        "kind": str(entry.kind),
        "place": place,
        "hosts": list(entry.hosts),
        "rest_days": list(entry.rest_days),
    }
