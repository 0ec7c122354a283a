"""Acting for another under a mandate: a token in which both stand, for as long as the mandate lasts."""

from __future__ import annotations

import secrets
from typing import Any
from uuid import UUID

from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_common.security import Caller
from panjareh_identity.application.mandate_ports import ActingSessions, MandateRows
from panjareh_identity.application.mandates import NEEDED
from panjareh_identity.application.ports import Looks, Sessions
from panjareh_identity.application.represented import grown_up_at
from panjareh_identity.application.tokens import Sign, make_token
from panjareh_identity.domain.mandate import Mandate
from panjareh_identity.domain.mandate_refusals import OfAge
from panjareh_identity.domain.mandate_values import Acting, MandateKind
from panjareh_identity.domain.person import Person

Answer = dict[str, Any]


class ActingFor:
    def __init__(
        self,
        log: EventLog,
        *,
        sign: Sign,
        sessions: Sessions,
        rows: MandateRows,
        acting: ActingSessions,
        looks: Looks,
    ) -> None:
        self._log = log
        self._sign = sign
        self._sessions = sessions
        self._rows = rows
        self._acting = acting
        self._looks = looks

    def act_for(self, mandate_id: UUID, *, caller: Caller, cause: Cause) -> Answer:
        """A token of its own session: sub is the represented one, act the person who asks.

        How surely is known who acts is that of the person's own session. The representative's look at
        what is the other one's begins here, so it is on record from here on. Raises AssuranceTooLow,
        NotSignedIn, NotFound for somebody else's mandate, MandateNotActive, OfAge.
        """
        caller.need(NEEDED)

        def work(unit: UnitOfWork) -> Answer:
            session = self._sessions.active(unit, caller.session, caller.person)
            self._rows.hold(unit, mandate_id)  # so that no token is made while it is being ended
            mandate = unit.load(Mandate, mandate_id)
            represented = mandate.may_act(caller.person, unit.now)
            until = min(mandate.until, session.token_until(unit.now))
            if mandate.kind is MandateKind.CHILD:
                until = min(until, grown_up_at(unit.load(Person, represented)))
                if until <= unit.now:
                    raise OfAge()
            sid = secrets.token_urlsafe(24)
            acting = Acting(represented, mandate.id, mandate.scope, sid, until, mandate.kind)
            self._acting.start(unit, acting, session)
            self._looks.record(
                unit,
                represented,
                reader=str(caller.person),
                role="representative",
                purpose="mandate",
                about=mandate.id,
            )
            proofing = unit.load(Person, caller.person).proofing
            token = make_token(self._sign, session, proofing, None, unit.now, acting=acting)
            return token | {
                "mandate_id": mandate.id,
                "represented_id": represented,
                "scope": list(mandate.scope),
            }

        return self._log.run(cause, work)
