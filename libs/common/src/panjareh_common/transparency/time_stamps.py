"""Time stamps (RFC 3161) over signed tree heads: what is asked, and what has to fit before an answer is believed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.x509 import Certificate
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from panjareh_common.clock import from_wire
from panjareh_common.transparency.heads import HeadUnreadable, decoded

CLOCKS_APART = timedelta(minutes=1)
_LONGEST = 160  # of what a library says, which may go on with every line of its stack


class StampRefused(Exception):
    """What should be a time stamp over a head is none that we believe; the text says why."""


@dataclass(frozen=True)
class Query:
    """One question: `body` as DER. The nonce has to be in its answer, so that none from before is taken for it."""

    body: bytes
    nonce: int


def query(head: str) -> Query:
    """Asks for a stamp over SHA-256 of a signed head, and for the certificates that a later check needs."""
    asked = (
        TimestampRequestBuilder()
        .data(head.encode())
        .hash_algorithm(HashAlgorithm.SHA256)
        .nonce(nonce=True)
        .cert_request(cert_request=True)
        .build()
    )
    nonce = asked.nonce
    assert nonce is not None
    return Query(asked.as_bytes(), nonce)


def stamped_at(
    response: bytes,
    head: str,
    roots: Sequence[Certificate],
    *,
    nonce: int | None = None,
    now: datetime | None = None,
) -> datetime:
    """When the authority saw the signed head. Raises StampRefused.

    It fits when the authority granted it, one of `roots` vouches for who signed it as a time-stamping
    authority at that moment, it is over these bytes, and the head was not signed after it.
    With `nonce` and `now` it is the answer to a question of ours, just now.
    """
    if not roots:
        raise StampRefused("there is no certificate to believe it by")
    try:
        told = decode_timestamp_response(response)
        VerifierBuilder(roots=list(roots), nonce=nonce).build().verify_message(told, head.encode())
        at = told.tst_info.gen_time
        signed_at = from_wire(decoded(head.encode()).at)
    except (ValueError, VerificationError) as cause:
        raise StampRefused(str(cause)[:_LONGEST]) from cause
    except HeadUnreadable as cause:
        raise StampRefused("what it is over is no head") from cause
    if at < signed_at - CLOCKS_APART:
        raise StampRefused(f"it is of {at.isoformat()}, before the head was signed")
    if now is not None and at > now + CLOCKS_APART:
        raise StampRefused(f"it is of {at.isoformat()}, which is still to come")
    return at
