"""A person closes the account; and before, or any day, has everything that identity holds about them (I6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.clock import to_wire
from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_common.security import Caller
from panjareh_identity.application.lives.ports import Answer, OpenRequests, Reader
from panjareh_identity.application.people import People
from panjareh_identity.application.ports import Officers, Sessions
from panjareh_identity.application.proofs import living
from panjareh_identity.domain.persons_refusals import HoldsOffice, RequestsOpen

_SIGNED_IN_LATELY = timedelta(minutes=10)


class Closing:
    def __init__(
        self,
        log: EventLog,
        *,
        people: People,
        sessions: Sessions,
        officers: Officers,
        requests: OpenRequests,
    ) -> None:
        self._log = log
        self._people = people
        self._sessions = sessions
        self._officers = officers
        self._requests = requests

    def close(self, *, caller: Caller, cause: Cause) -> None:
        """Has the person forgotten, here and in every service; what was decided stays, without them.

        Raises NotSignedIn, SignInTooOld (a session left open on a desk must not be enough), HoldsOffice,
        RequestsOpen, and Unavailable when nobody can say whether requests are open.
        """
        now = self._log.clock()
        caller.need(AssuranceLevel.SELF_ASSERTED, max_age=_SIGNED_IN_LATELY, now=now)
        with self._log.unit_of_work(cause) as unit:
            self._sessions.active(unit, caller.session, caller.person)
            if self._officers.office_of(unit, caller.person) is not None:
                raise HoldsOffice()
        waiting = self._requests.of(caller.person)
        if waiting:
            raise RequestsOpen(requests=", ".join(waiting))
        self._people.erase(caller.person, cause=cause)


class MyData:
    """Everything identity holds about the person who asks: each part of identity gives its section."""

    def __init__(
        self, log: EventLog, *, sessions: Sessions, sections: Mapping[str, Reader]
    ) -> None:
        self._log = log
        self._sessions = sessions
        self._sections = dict(sections)

    def account(self, *, caller: Caller, cause: Cause) -> Answer:
        """The person's own account as it stands. Raises NotSignedIn."""

        def work(unit: UnitOfWork) -> Answer:
            self._sessions.active(unit, caller.session, caller.person)
            living(unit, caller.person)
            return dict(self._sections["account"](unit, caller.person))

        return self._log.run(cause, work)

    def download(self, *, caller: Caller, cause: Cause) -> Answer:
        """`{person_id, made_at, sections}`. Raises NotSignedIn."""

        def work(unit: UnitOfWork) -> Answer:
            self._sessions.active(unit, caller.session, caller.person)
            living(unit, caller.person)
            return {
                "person_id": str(caller.person),
                "made_at": to_wire(unit.now),
                "sections": {
                    name: read(unit, caller.person) for name, read in self._sections.items()
                },
            }

        return self._log.run(cause, work)
