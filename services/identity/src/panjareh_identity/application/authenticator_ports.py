"""What signing in needs from outside, by role: secrets in tables, counters of guesses, and libraries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from panjareh_common.event_store import UnitOfWork
from panjareh_identity.domain.assurance import Authenticator


class CommonPasswords(Protocol):
    def __contains__(self, spelling: object) -> bool:
        """Whether guessers try it. The spelling is one that `domain.passwords.spellings` gives."""
        ...


class Guesses(Protocol):
    """How often somebody unknown was wrong about one person; kept a year, for known and unknown ids alike."""

    def take(self, kind: str, identifier: str, now: datetime) -> bool:
        """Counts a try before it is made, so that many at once count too; False when none is left."""
        ...

    def give_back(self, kind: str, identifier: str) -> None:
        """The try was right, so it was no guess."""
        ...

    def forget(self, unit: UnitOfWork, person_id: UUID) -> None:
        """The owner has proved to be there beyond guessing: every count about them begins anew."""
        ...


@dataclass(frozen=True)
class KnownDevice:
    """`authenticator`: the strongest way in which its owner has signed in there."""

    device_hash: bytes = field(repr=False)
    person_id: UUID
    authenticator: Authenticator


class KnownDevices(Protocol):
    """Devices from which a person has signed in, each known by a long secret that it keeps."""

    def find(self, token: str | None, identifier: str, now: datetime) -> KnownDevice | None:
        """The device, if it is one of that person's; as slow when it is not."""
        ...

    def of_session(self, sid: str | None, person_id: UUID) -> KnownDevice | None: ...

    def of_token(self, token: str | None, person_id: UUID) -> KnownDevice | None: ...

    def take(self, device: KnownDevice) -> bool:
        """Counts a try before it is made; False after ten wrong ones: then it is known no more."""
        ...

    def right(self, device: KnownDevice) -> None: ...

    def remember(
        self,
        unit: UnitOfWork,
        person_id: UUID,
        *,
        token: str | None,
        authenticator: Authenticator,
        sid: str | None,
    ) -> str | None:
        """The device has a session of its person now. Gives the secret of one that is new.

        None for a token that is known already, and for a person who cannot sign in any more.
        """
        ...

    def raised(self, unit: UnitOfWork, sid: str, authenticator: Authenticator) -> None:
        """The session has become stronger, and with it what is known of its device."""
        ...

    def forget_all(self, unit: UnitOfWork, person_id: UUID, *, keep: str | None = None) -> None:
        """All of a person's, but the one of the session `keep`."""
        ...


class UnlockCodes(Protocol):
    def keep(self, unit: UnitOfWork, person_id: UUID, code: str) -> bool:
        """False, and nothing kept, while three of the person's are still good."""
        ...

    def use(self, unit: UnitOfWork, identifier: str, code: str) -> UUID | None:
        """Whose it is; used up by that."""
        ...

    def remove(self, unit: UnitOfWork, person_id: UUID) -> None: ...


class Challenges(Protocol):
    """What has to be signed now, so that no older signature is good."""

    def make(self, purpose: str, person_id: UUID | None, now: datetime) -> bytes: ...

    def use(self, unit: UnitOfWork, purpose: str, challenge: bytes, person_id: UUID | None) -> bool:
        """True once, in time, for the same purpose and person."""
        ...

    def remove(self, unit: UnitOfWork, person_id: UUID) -> None: ...


@dataclass(frozen=True)
class Seed:
    """What an app makes its codes from; `uri` is what a QR code shows it (Key URI format)."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)


class Totp(Protocol):
    """Codes of an authenticator app (RFC 6238). One app a person."""

    def begin(self, unit: UnitOfWork, person_id: UUID, totp_id: UUID, account: str) -> Seed:
        """A new seed, which counts once it was confirmed; it takes the place of one that was not."""
        ...

    def confirm(self, unit: UnitOfWork, person_id: UUID, code: str) -> UUID | None:
        """The id of the app that `begin` made a seed for, when the code is of it."""
        ...

    def fits(self, unit: UnitOfWork, person_id: UUID, code: str) -> bool:
        """Whether it is a code of now, within a step of 30 seconds, that was not used before."""
        ...

    def has(self, unit: UnitOfWork, person_id: UUID) -> bool: ...

    def remove(self, unit: UnitOfWork, person_id: UUID) -> None: ...


class Passkeys(Protocol):
    """WebAuthn credentials that know their holder (user verification) and need no name typed."""

    def registration(
        self, unit: UnitOfWork, person_id: UUID, name: str, challenge: bytes
    ) -> dict[str, Any]:
        """The options for `navigator.credentials.create()`, as JSON."""
        ...

    def request(self, challenge: bytes) -> dict[str, Any]:
        """The options for `navigator.credentials.get()`, as JSON."""
        ...

    def challenge_of(self, credential: Mapping[str, Any]) -> bytes:
        """Which challenge a browser's answer is about; nothing is checked yet. Raises PasskeyRefused."""
        ...

    def add(
        self,
        unit: UnitOfWork,
        person_id: UUID,
        passkey_id: UUID,
        credential: Mapping[str, Any],
        challenge: bytes,
    ) -> None:
        """Raises PasskeyRefused, PasskeyTaken."""
        ...

    def holder(self, unit: UnitOfWork, credential: Mapping[str, Any], challenge: bytes) -> UUID:
        """Whose passkey has signed the challenge. Raises PasskeyRefused."""
        ...

    def remove(self, unit: UnitOfWork, person_id: UUID, passkey_id: UUID | None) -> None:
        """One, or with None all of the person's."""
        ...


@dataclass(frozen=True)
class SmartCardProof:
    """`certificate` is PEM; `signature` and `challenge` are base64url without padding."""

    challenge: str
    certificate: str = field(repr=False)
    signature: str = field(repr=False)


@dataclass(frozen=True)
class Card:
    """A card whose certificate was checked and that has signed the challenge."""

    fingerprint: bytes
    national_id: str = field(repr=False)


class SmartCards(Protocol):
    """Smart national cards: X.509 certificates of a known authority, and whether they were revoked."""

    def check(self, proof: SmartCardProof) -> Card:
        """May ask for the list of revoked cards. Raises SmartCardRefused, SmartCardsUnavailable."""
        ...

    def bind(self, unit: UnitOfWork, person_id: UUID, card_id: UUID, card: Card) -> None:
        """Raises SmartCardTaken."""
        ...

    def holder(self, unit: UnitOfWork, card: Card) -> UUID | None: ...

    def remove(self, unit: UnitOfWork, person_id: UUID, card_id: UUID | None) -> None:
        """One, or with None all of the person's."""
        ...
