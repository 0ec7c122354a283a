"""The SmartCards port: X.509 certificates of the card authority, and its list of revoked cards (RFC 5280)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import httpx
import structlog
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import (
    ExtensionPolicy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from panjareh_common import telemetry
from panjareh_common.event_store import UnitOfWork
from panjareh_identity.application.authenticator_ports import Card, SmartCardProof
from panjareh_identity.application.keys import signed_by_card, to_bytes
from panjareh_identity.domain.authenticator_refusals import (
    SmartCardRefused,
    SmartCardsUnavailable,
    SmartCardTaken,
)
from panjareh_identity.domain.values import Unfit, read_national_id

log = structlog.get_logger(__name__)

_SHORTEST_RSA = 2048  # bits
_SECONDS = 3.0
_KEEP_SECONDS = 60.0  # a revoked card is refused within a minute
_LARGEST = 20_000_000  # bytes
_DURATION = telemetry.Duration(
    "http.client.request.duration", "of asking another system", ("server.address", "error.type")
)

_BIND = """
INSERT INTO smart_card (fingerprint, card_id, person_id, bound_at) VALUES (%s, %s, %s, %s)
ON CONFLICT (fingerprint) DO NOTHING
"""
_HOLDER = "SELECT person_id FROM smart_card WHERE fingerprint = %s"
_REMOVE = "DELETE FROM smart_card WHERE person_id = %(person)s AND (%(which)s::uuid IS NULL OR card_id = %(which)s)"


@dataclass(frozen=True)
class _Revoked:
    numbers: frozenset[int]
    read_at: float
    until: datetime


class CardAuthority:
    """Who issues cards: its certificates in a file, and the address of its list of revoked cards.

    A list that cannot be had, is not signed by the authority or has run out means that no card is
    believed. The address is a setting: one that stands in a certificate would let whoever shows it
    send us anywhere.
    """

    def __init__(
        self,
        file: str,
        revoked_url: str,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._file = Path(file) if file else None
        self._url = revoked_url
        self._client = httpx.Client(timeout=_SECONDS, transport=transport)
        self._clock = clock
        self._revoked: _Revoked | None = None
        self._lock = threading.Lock()

    def check(self, certificate: x509.Certificate) -> None:
        """Raises SmartCardRefused, SmartCardsUnavailable."""
        authorities = self._authorities()
        now = self._clock()
        # Whoever verifies certificates of web sites asks for a name of a site in them; a card has none.
        builder = PolicyBuilder().store(Store(authorities)).time(now).max_chain_depth(0)
        builder = builder.extension_policies(
            ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=ExtensionPolicy.permit_all()
        )
        try:
            builder.build_client_verifier().verify(certificate, [])
            usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
            purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        except (VerificationError, x509.ExtensionNotFound, ValueError) as cause:
            raise SmartCardRefused() from cause
        if not usage.digital_signature or ExtendedKeyUsageOID.CLIENT_AUTH not in purposes:
            raise SmartCardRefused()
        if certificate.serial_number in self._list(authorities, now).numbers:
            raise SmartCardRefused()

    def _authorities(self) -> list[x509.Certificate]:
        try:
            pem = self._file.read_bytes() if self._file else b""
            return x509.load_pem_x509_certificates(pem)
        except (OSError, ValueError) as cause:
            log.warning("card_authority_unknown", fault=type(cause).__name__)
            raise SmartCardsUnavailable() from cause

    def _list(self, authorities: list[x509.Certificate], now: datetime) -> _Revoked:
        with self._lock:
            kept = self._revoked
            fresh = kept is not None and time.monotonic() - kept.read_at < _KEEP_SECONDS
            if kept is None or not fresh or kept.until <= now:
                kept = self._revoked = self._read(authorities, now)
            return kept

    def _read(self, authorities: list[x509.Certificate], now: datetime) -> _Revoked:
        try:
            with _DURATION.timed("card_authority"), telemetry.ask_span("GET", "card_authority"):
                answer = self._client.get(self._url)
                answer.raise_for_status()
            if len(answer.content) > _LARGEST:
                raise ValueError("larger than any list")
            revoked = x509.load_der_x509_crl(answer.content)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as cause:
            log.warning("revoked_cards_unknown", fault=type(cause).__name__)
            raise SmartCardsUnavailable() from cause
        until = revoked.next_update_utc
        if until is None or until <= now or not _signed_by(revoked, authorities):
            log.warning("revoked_cards_unknown", fault="old, or signed by somebody else")
            raise SmartCardsUnavailable()
        numbers = frozenset(each.serial_number for each in revoked)
        return _Revoked(numbers, time.monotonic(), until)


class PostgresSmartCards:
    def __init__(self, authority: CardAuthority) -> None:
        self._authority = authority

    def check(self, proof: SmartCardProof) -> Card:
        try:
            certificate = x509.load_pem_x509_certificate(proof.certificate.encode())
            signed, signature = signed_by_card(proof.challenge), to_bytes(proof.signature)
        except ValueError as cause:
            raise SmartCardRefused() from cause
        self._authority.check(certificate)
        _verify(certificate, signature, signed)
        return Card(certificate.fingerprint(hashes.SHA256()), _national_id(certificate))

    def bind(self, unit: UnitOfWork, person_id: UUID, card_id: UUID, card: Card) -> None:
        row = (card.fingerprint, card_id, person_id, unit.now)
        if unit.execute(_BIND, row).rowcount == 0:
            raise SmartCardTaken()

    def holder(self, unit: UnitOfWork, card: Card) -> UUID | None:
        row = unit.execute(_HOLDER, (card.fingerprint,)).fetchone()
        return row["person_id"] if row else None

    def remove(self, unit: UnitOfWork, person_id: UUID, card_id: UUID | None) -> None:
        unit.execute(_REMOVE, {"person": person_id, "which": card_id})


def _signed_by(
    revoked: x509.CertificateRevocationList, authorities: list[x509.Certificate]
) -> bool:
    return any(
        revoked.issuer == each.subject and revoked.is_signature_valid(each.public_key())  # type: ignore[arg-type]
        for each in authorities
    )


def _verify(certificate: x509.Certificate, signature: bytes, signed: bytes) -> None:
    """RSA with PKCS #1 v1.5, as cards do it, or ECDSA; SHA-256. Raises SmartCardRefused."""
    key = certificate.public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey) and key.key_size >= _SHORTEST_RSA:
            key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, signed, ec.ECDSA(hashes.SHA256()))
        else:
            raise SmartCardRefused()
    except (InvalidSignature, UnsupportedAlgorithm) as cause:
        raise SmartCardRefused() from cause


def _national_id(certificate: x509.Certificate) -> str:
    """The serial number in the subject's name, where the card authority writes it. Raises SmartCardRefused."""
    found = certificate.subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)
    try:
        return read_national_id(str(found[0].value) if found else "")
    except Unfit as cause:
        raise SmartCardRefused() from cause
