"""Places and times at which identities are proved in person, offered by the authority that may (I7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from panjareh_common.asking import Asking
from panjareh_common.clock import to_wire
from panjareh_common.event_store import EventLog, UnitOfWork
from panjareh_common.refusals import NotAllowed, NotFound
from panjareh_common.security import Caller
from panjareh_identity.application.lives.ports import Answer, Places
from panjareh_identity.domain.persons_refusals import PlaceKnown
from panjareh_identity.domain.place import PROVING_AUTHORITY, Place

ROLE = "officer"


@dataclass(frozen=True)
class OpenPlace:
    code: str
    name: Mapping[str, str]
    address: Mapping[str, str]


@dataclass(frozen=True)
class OfferTimes:
    place: str
    starts_at: datetime
    minutes: int
    count: int
    capacity: int


class OfferedPlaces:
    """What officers of the authority that proves identities in person offer."""

    def __init__(self, log: EventLog, places: Places) -> None:
        self._log = log
        self._places = places

    def open(self, command: OpenPlace, asked: Asking) -> Answer:
        """`{place}`. Raises NotAllowed, PlaceKnown."""
        authority = proving_office(asked.caller)

        def work(unit: UnitOfWork) -> Answer:
            if unit.find(Place, Place.id_of(command.code)):
                raise PlaceKnown()
            name, address = dict(command.name), dict(command.address)
            unit.save(Place.open(command.code, authority, name, address, unit.now))
            self._places.add(unit, command.code, authority, name, address)
            return {"place": command.code}

        return asked.once(self._log, "open_place", vars(command), work)

    def offer(self, command: OfferTimes, asked: Asking) -> Answer:
        """`{offered}`: how many times. Raises NotAllowed, NotFound for a place of another authority."""
        authority = proving_office(asked.caller)

        def work(unit: UnitOfWork) -> Answer:
            place = unit.load(Place, Place.id_of(command.place))
            if place.authority != authority:
                raise NotFound()
            times = place.offer(
                command.starts_at, command.minutes, command.count, command.capacity, unit.now
            )
            unit.save(place)
            self._places.offer(unit, command.place, times, command.capacity)
            return {"offered": len(times)}

        request = vars(command) | {"starts_at": to_wire(command.starts_at)}
        return asked.once(self._log, "offer_times", request, work)

    def list(self) -> Answer:
        return {"items": self._places.all()}

    def times(self, place: str) -> Answer:
        free = self._places.free_times(place, self._log.clock())
        return {
            "items": [
                {
                    "place": time.place,
                    "starts_at": to_wire(time.starts_at),
                    "ends_at": to_wire(time.ends_at),
                    "free": time.free,
                }
                for time in free
            ]
        }


def proving_office(caller: Caller) -> str:
    """The authority of an officer who may say in person who people are. Raises NotAllowed."""
    authority = caller.office(ROLE)
    if authority != PROVING_AUTHORITY:
        raise NotAllowed()
    return authority
