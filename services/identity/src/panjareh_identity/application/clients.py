"""Clients of the provider: registered, given new secrets, suspended; and what the provider knows of each."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID, uuid4

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from panjareh_common.event_store import Cause, EventLog, Keyring, UnitOfWork
from panjareh_common.refusals import NotFound
from panjareh_identity.domain.client import Client, ClientDetails
from panjareh_identity.domain.client_refusals import KeysUnfit
from panjareh_identity.domain.session import EndedSession, Ending

_SECRET_BYTES = 32  # nobody guesses that, so a fast keyed hash is enough


@dataclass(frozen=True)
class RegisterClient:
    details: ClientDetails
    because: str


@dataclass(frozen=True)
class Registered:
    """`client_secret` is told this once; None for a client that has a key of its own."""

    client_id: UUID
    client_secret: str | None = field(repr=False)


@dataclass(frozen=True)
class ClientRow:
    """A client as it is now. `client_id` is the text it goes by; `sid` what its own tokens end with."""

    client_id: str
    details: ClientDetails
    sid: str
    suspended: bool = False
    secret_hash: bytes | None = field(default=None, repr=False)


class ClientRows(Protocol):
    def add(self, unit: UnitOfWork, row: ClientRow) -> None: ...

    def find(self, client_id: str) -> ClientRow | None:
        """None for a client that nobody registered, whatever the text is."""
        ...

    def of_authority(self, authority: str | None) -> list[ClientRow]:
        """All of an authority; of None, all there are."""
        ...

    def new_secret(
        self, unit: UnitOfWork, client_id: UUID, secret_hash: bytes, sid: str
    ) -> None: ...

    def suspend(self, unit: UnitOfWork, client_id: UUID, suspended: bool, sid: str) -> None: ...


class EndsOfGrants(Protocol):
    def end_of_client(self, unit: UnitOfWork, client_id: str, because: str) -> None:
        """Ends everything that people have let a client have."""
        ...


class Clients:
    """One method an administrative act. Who may do it is for the caller of these to know."""

    def __init__(
        self, log: EventLog, *, rows: ClientRows, keyring: Keyring, grants: EndsOfGrants
    ) -> None:
        self._log = log
        self._rows = rows
        self._keyring = keyring
        self._grants = grants

    def register(self, command: RegisterClient, *, cause: Cause) -> Registered:
        """Raises RedirectUriUnfit, ScopeUnknown, KeysUnfit, AuthorityMissing."""
        return self._log.run(cause, lambda unit: self.register_in(unit, command))

    def rotate_secret(self, client_id: UUID, because: str, *, cause: Cause) -> Registered:
        """Raises NotFound, NoSecretHere, ClientSuspended."""
        return self._log.run(cause, lambda unit: self.rotate_secret_in(unit, client_id, because))

    def suspend(self, client_id: UUID, because: str, *, cause: Cause) -> None:
        """Raises NotFound."""
        self._log.run(cause, lambda unit: self.suspend_in(unit, client_id, because))

    def resume(self, client_id: UUID, because: str, *, cause: Cause) -> None:
        """Raises NotFound."""
        self._log.run(cause, lambda unit: self.resume_in(unit, client_id, because))

    # The same in somebody else's commit

    def register_in(self, unit: UnitOfWork, command: RegisterClient) -> Registered:
        client_id = uuid4()
        details, because = command.details, command.because
        _check_keys(details)
        unit.save(
            Client.register(client_id=client_id, details=details, because=because, at=unit.now)
        )
        secret = _new_secret() if details.auth_method.secret else None
        row = ClientRow(
            client_id=str(client_id),
            details=details,
            sid=new_sid(),
            secret_hash=secret_hash(self._keyring, secret) if secret else None,
        )
        self._rows.add(unit, row)
        return Registered(client_id, secret)

    def rotate_secret_in(self, unit: UnitOfWork, client_id: UUID, because: str) -> Registered:
        """A new secret; the old one, and tokens that the client got with it, open nothing any more."""
        client = unit.load(Client, client_id)
        client.rotate_secret(because, unit.now)
        unit.save(client)
        self._end_tokens(unit, client_id)
        secret = _new_secret()
        self._rows.new_secret(unit, client_id, secret_hash(self._keyring, secret), new_sid())
        return Registered(client_id, secret)

    def suspend_in(self, unit: UnitOfWork, client_id: UUID, because: str) -> None:
        """Nothing of the client is taken any more, nor what people let it have; twice is once."""
        client = unit.load(Client, client_id)
        if client.suspend(because, unit.now):
            unit.save(client)
            self._end_tokens(unit, client_id)
            self._grants.end_of_client(unit, str(client_id), "client_suspended")
            self._rows.suspend(unit, client_id, True, new_sid())

    def resume_in(self, unit: UnitOfWork, client_id: UUID, because: str) -> None:
        """It may ask again; what was ended stays so."""
        client = unit.load(Client, client_id)
        if client.resume(because, unit.now):
            unit.save(client)
            self._rows.suspend(unit, client_id, False, new_sid())

    def of_authority(self, authority: str | None) -> list[ClientRow]:
        return self._rows.of_authority(authority)

    def authority_of(self, client_id: UUID) -> str | None:
        """Raises NotFound."""
        row = self._rows.find(str(client_id))
        if row is None:
            raise NotFound()
        return row.details.authority

    def _end_tokens(self, unit: UnitOfWork, client_id: UUID) -> None:
        row = self._rows.find(str(client_id))
        if row is not None:
            unit.save(EndedSession.end(Ending(row.sid, client_id), unit.now))


def _check_keys(details: ClientDetails) -> None:
    """Raises KeysUnfit for keys that could never be used."""
    keys: Any = details.jwks
    if keys is None:
        return
    try:
        KeySet.import_key_set(keys)
    except (JoseError, ValueError, KeyError, TypeError, AttributeError) as cause:
        raise KeysUnfit() from cause


def secret_hash(keyring: Keyring, secret: str) -> bytes:
    return keyring.lookup("client_secret", secret)


def new_sid() -> str:
    return secrets.token_urlsafe(24)


def _new_secret() -> str:
    return secrets.token_urlsafe(_SECRET_BYTES)
