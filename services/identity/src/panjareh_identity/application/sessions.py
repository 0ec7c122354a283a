"""Where a person is signed in, and how that ends: on one device, on all, for everybody to hear of (I1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from panjareh_common.clock import to_wire
from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_common.refusals import NotFound, NotSignedIn
from panjareh_common.security import Caller
from panjareh_identity.application.ports import Sessions
from panjareh_identity.domain.device import label
from panjareh_identity.domain.session import EndedSession, Session, session_id

Answer = dict[str, Any]
Hanging = Callable[[UnitOfWork, Sequence[str]], None]
"""Ends what was made out of sessions, given their sids."""
EndActing = Callable[[UnitOfWork, str], bool]
"""Ends the tokens for another that have this sid; False when there are none."""


class SessionEnds:
    """The one way to end sessions: the rows, what hangs on them, and one event each, in the caller's commit."""

    def __init__(self, sessions: Sessions, hanging: Sequence[Hanging] = ()) -> None:
        self._sessions = sessions
        self._hanging = hanging

    def end(self, unit: UnitOfWork, sid: str | None, person_id: UUID) -> bool:
        """False when there is none to end: ending it twice is ending it once."""
        session = self._sessions.end(unit, sid, person_id)
        return session is not None and self._told(unit, [session]) == 1

    def end_all(self, unit: UnitOfWork, person_id: UUID, *, keep: str | None = None) -> int:
        """Ends all of a person's sessions but the one of the sid `keep`; how many."""
        return self._told(unit, self._sessions.end_all(unit, person_id, keep=keep))

    def forget(self, unit: UnitOfWork, person_id: UUID) -> None:
        """Ends all, and takes away what stood about them."""
        self.end_all(unit, person_id)
        self._sessions.remove(unit, person_id)

    def _told(self, unit: UnitOfWork, ended: Sequence[Session]) -> int:
        if ended:
            unit.save(*(EndedSession.end(session, unit.now) for session in ended))
            for hanging in self._hanging:
                hanging(unit, [session.sid for session in ended])
        return len(ended)


class Devices:
    """One method a command or a question of the person who is signed in."""

    def __init__(
        self, log: EventLog, sessions: Sessions, ends: SessionEnds, end_acting: EndActing
    ) -> None:
        self._log = log
        self._sessions = sessions
        self._ends = ends
        self._end_acting = end_acting

    def all(self, *, caller: Caller, cause: Cause) -> Answer:
        """`{items}`: where the person is signed in, the device used last first. Raises NotSignedIn."""
        with self._log.unit_of_work(cause) as unit:
            found = self._live(unit, caller)
        return {"items": [_shown(session, caller.session) for session in found]}

    def end(self, which: UUID, *, caller: Caller, cause: Cause) -> None:
        """Signs out one device. Raises NotSignedIn, and NotFound for one that is not the person's."""

        def work(unit: UnitOfWork) -> None:
            sids = [each.sid for each in self._live(unit, caller) if session_id(each.sid) == which]
            if not sids:
                raise NotFound()
            self._ends.end(unit, sids[0], caller.person)

        self._log.run(cause, work)

    def end_all(self, *, keep_current: bool, caller: Caller, cause: Cause) -> None:
        """Signs out every device, with or without the one that asks. Raises NotSignedIn."""

        def work(unit: UnitOfWork) -> None:
            self._live(unit, caller)
            keep = caller.session if keep_current else None
            self._ends.end_all(unit, caller.person, keep=keep)

        self._log.run(cause, work)

    def sign_out(self, *, caller: Caller, cause: Cause) -> None:
        """Ends this session everywhere; ending it twice is ending it once.

        Whoever acts for another stops acting, and stays signed in as themself.
        """

        def work(unit: UnitOfWork) -> bool:
            if caller.actor is not None:
                return self._end_acting(unit, str(caller.session))
            return self._ends.end(unit, caller.session, caller.person)

        self._log.run(cause, work)

    def held_about(self, unit: UnitOfWork, person_id: UUID) -> Any:
        """For the download of all that is held."""
        return [_shown(session, None) for session in self._sessions.of_person(unit, person_id)]

    def _live(self, unit: UnitOfWork, caller: Caller) -> list[Session]:
        """Without a lock: two devices may sign each other out at the same moment. Raises NotSignedIn."""
        found = self._sessions.of_person(unit, caller.person)
        if caller.session not in {session.sid for session in found}:
            raise NotSignedIn()
        return found


def _shown(session: Session, current: str | None) -> Answer:
    browser, system = label(session.device)
    return {
        "session_id": str(session_id(session.sid)),
        "current": session.sid == current,
        "browser": browser or None,
        "system": system or None,
        "channel": session.channel,
        "authenticator": int(session.authenticator),
        "signed_in_at": to_wire(session.created_at),
        "last_seen_at": to_wire(session.last_seen),
        "ends_at": to_wire(session.expires_at),
        "ends_unused_at": to_wire(min(session.unused_until, session.expires_at)),
    }
