"""Every way the platform says no about issued documents and proofs."""

from __future__ import annotations

from panjareh_common.refusals import Kind, Refusal


class DocumentRevoked(Refusal):
    code = "document_revoked"
    message = "The document {number} has been revoked. Its page at /verify/{number} says why."


class DocumentExpired(Refusal):
    code = "document_expired"
    message = (
        "The document {number} is not valid any more. Ask for the service again to get a new one."
    )


class RevocationReasonMissing(Refusal):
    code = "revocation_reason_missing"
    kind = Kind.INVALID
    message = "Whoever holds this document is owed a reason. Write for them why it is revoked."


class UnknownReceiver(Refusal):
    code = "unknown_receiver"
    kind = Kind.INVALID
    message = (
        "There is no authority with the code {receiver}. Look for its code at /api/v1/authorities."
    )


class ProofNotReady(Refusal):
    """The receipt is good; its event stands in the log, and the tree has not come to it yet."""

    code = "proof_not_ready"
    kind = Kind.UNAVAILABLE
    message = (
        "The proof of this receipt is made within a minute after the receipt. Ask again in a few "
        "seconds; the receipt itself is good already."
    )
