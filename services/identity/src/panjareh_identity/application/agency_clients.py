"""Which programs an authority has registered: its windows, and its systems with credentials of their own.

The registry itself is `application.clients`; this is who may change it, and that a repeat changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

from panjareh_common.asking import Asking
from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_common.refusals import NotAllowed, NotFound
from panjareh_common.security import Caller
from panjareh_identity.application.clients import ClientRow, Clients, RegisterClient
from panjareh_identity.application.powers import Powers
from panjareh_identity.application.staff_ports import Authorities
from panjareh_identity.domain.office import PLATFORM, read_reason
from panjareh_identity.domain.staff_refusals import AuthorityUnknown

Answer = dict[str, Any]


class AgencyClients:
    """One method a command or a question of the head of an authority."""

    def __init__(
        self, log: EventLog, *, powers: Powers, authorities: Authorities, clients: Clients
    ) -> None:
        self._log = log
        self._powers = powers
        self._authorities = authorities
        self._clients = clients

    def register(self, command: RegisterClient, request: Any, asked: Asking) -> Answer:
        """`request`: the command as it came. Raises AuthorityUnknown, NotAllowed, and what the registry refuses."""
        read_reason(command.because)

        def work(unit: UnitOfWork) -> Answer:
            own = asked.caller.authority
            authority = self._powers.head(unit, asked.caller, command.details.authority)
            self._powers.fresh(unit, asked.caller)
            if command.details.first_party and own != PLATFORM:
                raise NotAllowed()
            if authority not in (own, PLATFORM) and not self._authorities.on_board(unit, authority):
                raise AuthorityUnknown()
            details = replace(command.details, authority=authority)
            registered = self._clients.register_in(unit, replace(command, details=details))
            return {
                "client_id": str(registered.client_id),
                "client_secret": registered.client_secret,
            }

        return asked.once(self._log, "register_client", request, work)

    def rotate_secret(self, client_id: UUID, because: str, asked: Asking) -> Answer:
        """Raises NotFound for a client of another authority, and what the registry refuses."""

        def change(unit: UnitOfWork) -> Answer:
            rotated = self._clients.rotate_secret_in(unit, client_id, because)
            return {"client_id": str(client_id), "client_secret": rotated.client_secret}

        return self._changed("rotate_client_secret", client_id, because, asked, change)

    def suspend(self, client_id: UUID, because: str, asked: Asking) -> Answer:
        """Raises NotFound for a client of another authority."""

        def change(unit: UnitOfWork) -> Answer:
            self._clients.suspend_in(unit, client_id, because)
            return {"client_id": str(client_id), "suspended": True}

        return self._changed("suspend_client", client_id, because, asked, change)

    def resume(self, client_id: UUID, because: str, asked: Asking) -> Answer:
        """Raises NotFound for a client of another authority."""

        def change(unit: UnitOfWork) -> Answer:
            self._clients.resume_in(unit, client_id, because)
            return {"client_id": str(client_id), "suspended": False}

        return self._changed("resume_client", client_id, because, asked, change)

    def all(self, authority: str | None, *, caller: Caller, cause: Cause) -> Answer:
        """`{items}`: the clients of an authority; of the platform's own staff without one, all there are."""
        with self._log.unit_of_work(cause) as unit:
            own = self._powers.head(unit, caller, authority)
        of = None if own == PLATFORM and authority is None else own
        return {"items": [_shown(row) for row in self._clients.of_authority(of)]}

    def _changed(
        self,
        method: str,
        client_id: UUID,
        because: str,
        asked: Asking,
        change: Callable[[UnitOfWork], Answer],
    ) -> Answer:
        read_reason(because)

        def work(unit: UnitOfWork) -> Answer:
            own = self._powers.head(unit, asked.caller, None)
            self._powers.fresh(unit, asked.caller)
            if own not in (PLATFORM, self._clients.authority_of(client_id)):
                raise NotFound()
            return change(unit)

        request = {"client_id": str(client_id), "because": because}
        return asked.once(self._log, method, request, work)


def _shown(row: ClientRow) -> Answer:
    details = row.details
    return {
        "client_id": row.client_id,
        "name": dict(details.name),
        "authority": details.authority,
        "redirect_uris": list(details.redirect_uris),
        "scopes": list(details.scopes),
        "grant_types": [str(each) for each in details.grant_types],
        "auth_method": str(details.auth_method),
        "first_party": details.first_party,
        "suspended": row.suspended,
    }
