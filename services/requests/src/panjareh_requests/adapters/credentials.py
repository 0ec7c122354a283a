"""Issued documents as W3C Verifiable Credentials (VCDM 2.0), secured as JWTs (VC-JOSE-COSE), and what checks them.

The issuer is the window itself, `did:web:<its host>`, in the name of the authority that the credential names; its keys
stand in the document at `/.well-known/did.json`. Whether a credential was revoked stands in status lists (Bitstring
Status List 1.0). A verifier needs nothing else of us, and nothing of anybody else.
"""

from __future__ import annotations

import base64
import gzip
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from panjareh_common.clock import to_wire
from panjareh_common.security import ServiceIdentity
from panjareh_requests.domain.issued_document import LIST_BITS, IssuedDocument

CONTEXT = "https://www.w3.org/ns/credentials/v2"
_LIST_HOURS = 24  # a list that is older proves nothing
_LIST_FRESH = timedelta(minutes=1)


class Credentials:
    """`window` is the public address of the window; `keys` the public keys of this service, as JWKs with a kid."""

    def __init__(
        self, window: str, identity: ServiceIdentity, keys: Sequence[Mapping[str, Any]]
    ) -> None:
        self._window = window
        self._identity = identity
        self._keys = keys
        parts = urlsplit(window)
        self.issuer = f"did:web:{quote(parts.netloc, safe='')}" + parts.path.replace("/", ":")

    def address_of(self, document: IssuedDocument) -> str:
        """The public page of a document, as its QR code has it: with the code it shows what the document shows."""
        page = f"{self._window}/verify/{document.number}"
        return f"{page}?code={document.code}" if document.code else page

    def credential(self, document: IssuedDocument) -> str:
        """The document as a signed credential. The same every time, whatever became of the document since."""
        index = document.status_index
        status_list = self._list(index // LIST_BITS)
        subject: dict[str, Any] = {
            "id": f"urn:uuid:{document.holder}",
            "document": {
                "number": document.number,
                "kind": document.kind,
                "title": _worded(document.title),
                "authority": {
                    "code": document.authority,
                    "name": _worded(document.authority_name),
                },
                "shows": [
                    {"name": _worded(line["name"]), "value": _worded(line["value"])}
                    for line in document.shows or ()
                ],
            },
        }
        return self._sign(
            {
                "@context": [CONTEXT, {"@vocab": f"{self._window}/terms#"}],
                "id": f"{self._window}/verify/{document.number}",
                "type": ["VerifiableCredential", "IssuedDocument"],
                "issuer": self.issuer,
                "name": _worded(document.title),
                "validFrom": to_wire(document.issued_at),
                "validUntil": to_wire(document.valid_until),
                "credentialStatus": {
                    "id": f"{status_list}#{index % LIST_BITS}",
                    "type": "BitstringStatusListEntry",
                    "statusPurpose": "revocation",
                    "statusListIndex": str(index % LIST_BITS),
                    "statusListCredential": status_list,
                },
                "credentialSubject": subject,
            }
        )

    def status_list(self, number: int, revoked: Sequence[int], now: datetime) -> str:
        """The list with these bits set, as a signed credential that holds for a day from `now`."""
        address = self._list(number)
        since = datetime.fromtimestamp(
            now.timestamp() // _LIST_FRESH.total_seconds() * _LIST_FRESH.total_seconds(), now.tzinfo
        )
        return self._sign(
            {
                "@context": [CONTEXT],
                "id": address,
                "type": ["VerifiableCredential", "BitstringStatusListCredential"],
                "issuer": self.issuer,
                "validFrom": to_wire(since),
                "validUntil": to_wire(since + timedelta(hours=_LIST_HOURS)),
                "credentialSubject": {
                    "id": f"{address}#list",
                    "type": "BitstringStatusList",
                    "statusPurpose": "revocation",
                    "ttl": int(_LIST_FRESH.total_seconds() * 1000),
                    "encodedList": encoded(revoked),
                },
            }
        )

    def did_document(self) -> dict[str, Any]:
        """Who the issuer is and with which keys it signs (DID 1.0, did:web); a key that has signed stays in it."""
        keys = [
            {
                "id": f"{self.issuer}#{key['kid']}",
                "type": "JsonWebKey",
                "controller": self.issuer,
                "publicKeyJwk": {
                    name: key[name] for name in ("kty", "crv", "x", "kid", "alg") if name in key
                },
            }
            for key in self._keys
        ]
        return {
            "@context": [
                "https://www.w3.org/ns/did/v1",
                "https://w3id.org/security/jwk/v1",
            ],
            "id": self.issuer,
            "verificationMethod": keys,
            "assertionMethod": [key["id"] for key in keys],
        }

    def _list(self, number: int) -> str:
        return f"{self._window}/api/v1/status-lists/{number}"

    def _sign(self, content: Mapping[str, Any]) -> str:
        key = f"{self.issuer}#{self._identity.kid}"
        return self._identity.sign(content, "vc+jwt", kid=key, cty="vc")


def encoded(bits: Sequence[int]) -> str:
    """A status list with these bits set, as the specification writes it: bit 0 leftmost, gzip, multibase base64url."""
    content = bytearray(LIST_BITS // 8)
    for bit in bits:
        content[bit // 8] |= 0x80 >> bit % 8
    packed = gzip.compress(bytes(content), mtime=0)
    return "u" + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def _worded(texts: Mapping[str, str]) -> list[dict[str, str]]:
    """A text in both languages as JSON-LD has it, so that a wallet shows its reader's."""
    return [
        {"@value": texts["fa"], "@language": "fa", "@direction": "rtl"},
        {"@value": texts["en"], "@language": "en", "@direction": "ltr"},
    ]
