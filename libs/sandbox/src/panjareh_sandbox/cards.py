"""The card authority: smart national cards that are made up, and its signed list of the revoked ones."""

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_NAME = "Sandbox card authority"
_LIVES, _CARD_LIVES, _LIST_LIVES = timedelta(days=3650), timedelta(days=1825), timedelta(hours=1)
_EARLIER = timedelta(minutes=5)  # clocks differ


@dataclass(frozen=True)
class SmartCard:
    """What is on a card. A real one never gives its key away: it signs."""

    number: int
    certificate: str
    private_key: str

    def as_dict(self) -> dict[str, str]:
        return {
            "number": str(self.number),
            "certificate": self.certificate,
            "private_key": self.private_key,
        }


class CardAuthority:
    """Keeps its key, its certificate (`authority.pem`) and what it revoked in a folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._revoked_file = folder / "revoked.json"
        key_file, self._certificate_file = folder / "authority-key.pem", folder / "authority.pem"
        if not self._certificate_file.exists():
            _make(key_file, self._certificate_file)
        key = load_pem_private_key(key_file.read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        self._key = key
        self._certificate = x509.load_pem_x509_certificate(self._certificate_file.read_bytes())

    def issue(self, national_id: str, now: datetime) -> SmartCard:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "IR"),
                x509.NameAttribute(NameOID.SERIAL_NUMBER, national_id),
            ]
        )
        certificate = (
            _builder(subject, self._certificate.subject, now, _CARD_LIVES)
            .public_key(key.public_key())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(digital_signature=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
            .sign(self._key, hashes.SHA256())
        )
        return SmartCard(certificate.serial_number, _pem(certificate), _key_pem(key).decode())

    def revoke(self, number: int) -> None:
        """Once and for ever."""
        numbers = sorted({*self._revoked(), number})
        self._revoked_file.write_text(json.dumps([str(each) for each in numbers]))

    def revoked_list(self, now: datetime) -> bytes:
        """The list as RFC 5280 has it, in DER."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self._certificate.subject)
            .last_update(now - _EARLIER)
            .next_update(now + _LIST_LIVES)
        )
        for number in self._revoked():
            revoked = x509.RevokedCertificateBuilder().serial_number(number).revocation_date(now)
            builder = builder.add_revoked_certificate(revoked.build())
        return builder.sign(self._key, hashes.SHA256()).public_bytes(Encoding.DER)

    def _revoked(self) -> list[int]:
        if not self._revoked_file.exists():
            return []
        return [int(number) for number in json.loads(self._revoked_file.read_text())]


def _make(key_file: Path, certificate_file: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _NAME)])
    certificate = (
        _builder(name, name, datetime.now(UTC), _LIVES)
        .public_key(key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    with os.fdopen(os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(_key_pem(key))
    certificate_file.write_text(_pem(certificate))


def _builder(
    subject: x509.Name, issuer: x509.Name, now: datetime, lives: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(now + lives)
    )


def _usage(**wanted: bool) -> x509.KeyUsage:
    every = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: wanted.get(name, False) for name in every})


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
