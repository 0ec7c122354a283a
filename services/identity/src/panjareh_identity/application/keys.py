"""Proofs that are signed and not typed: passkeys and smart national cards."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from panjareh_common.event_store import UnitOfWork
from panjareh_identity.application.authenticator_ports import (
    Card,
    Challenges,
    Passkeys,
    SmartCardProof,
    SmartCards,
)
from panjareh_identity.application.proofs import Proof
from panjareh_identity.domain.assurance import BY_PASSKEY, BY_SMART_CARD, Authenticator
from panjareh_identity.domain.authenticator_refusals import PasskeyRefused, SmartCardRefused

PASSKEY, SMART_CARD = "passkey", "smart_card"
# In front of what is signed, so that a signature made for anything else is never good here.
SIGNED_FOR = b"panjareh sign-in\0"


def to_text(challenge: bytes) -> str:
    return base64.urlsafe_b64encode(challenge).decode().rstrip("=")


def to_bytes(text: str) -> bytes:
    """Raises ValueError."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError) as cause:
        raise ValueError("not base64url") from cause


def signed_by_card(challenge: str) -> bytes:
    """The bytes that a card has to sign. Raises ValueError."""
    return SIGNED_FOR + to_bytes(challenge)


class Keys:
    """A challenge is good once, for three minutes; each proof is checked in the caller's unit."""

    def __init__(
        self, *, challenges: Challenges, passkeys: Passkeys, smart_cards: SmartCards
    ) -> None:
        self._challenges = challenges
        self._passkeys = passkeys
        self._smart_cards = smart_cards

    def by_passkey(
        self, unit: UnitOfWork, credential: Mapping[str, Any], person_id: UUID | None = None
    ) -> Proof:
        """Raises PasskeyRefused, also for a passkey of somebody else than `person_id`."""
        challenge = self._passkeys.challenge_of(credential)
        if not self._challenges.use(unit, PASSKEY, challenge, None):
            raise PasskeyRefused()
        holder = self._passkeys.holder(unit, credential, challenge)
        if person_id not in (None, holder):
            raise PasskeyRefused()
        return Proof(holder, Authenticator.PASSKEY, BY_PASSKEY)

    def check_card(self, proof: SmartCardProof) -> Card:
        """Outside any unit, because it may ask who was revoked. Raises SmartCardRefused, SmartCardsUnavailable."""
        return self._smart_cards.check(proof)

    def by_card(
        self, unit: UnitOfWork, proof: SmartCardProof, card: Card, person_id: UUID | None = None
    ) -> Proof:
        """After `check_card`. Raises SmartCardRefused."""
        self.use_card_challenge(unit, proof)
        holder = self._smart_cards.holder(unit, card)
        if holder is None or person_id not in (None, holder):
            raise SmartCardRefused()
        return Proof(holder, Authenticator.SMART_CARD, BY_SMART_CARD)

    def use_card_challenge(self, unit: UnitOfWork, proof: SmartCardProof) -> None:
        """Raises SmartCardRefused."""
        try:
            challenge = to_bytes(proof.challenge)
        except ValueError:
            raise SmartCardRefused() from None
        if not self._challenges.use(unit, SMART_CARD, challenge, None):
            raise SmartCardRefused()
