"""Shapes of issued documents, of checking them, and of receipts and their proofs."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from panjareh_gateway.operations import Strict

_GROUNDS = (
    "issued_in_error",
    "conditions_ended",
    "replaced",
    "holder_asked",
    "court_order",
    "decided_anew",
)


class Verify(Strict):
    code = fields.String(
        validate=validate.Length(max=100),
        metadata={
            "description": "as the QR code of the document has it; with it, what the document shows is told"
        },
    )


class Line(Schema):
    name = fields.String()
    value = fields.String()


class Verification(Schema):
    number = fields.String()
    genuine = fields.Boolean()
    valid = fields.Boolean()
    state = fields.String(metadata={"description": "valid, expired, revoked, or unknown"})
    kind = fields.String()
    title = fields.Dict()
    authority = fields.String()
    authority_name = fields.Dict()
    issued_at = fields.String()
    valid_until = fields.String()
    revoked_at = fields.String(allow_none=True)
    issued_on = fields.String(
        metadata={"description": "the day in the reader's words and calendar"}
    )
    valid_until_on = fields.String()
    revoked_on = fields.String(allow_none=True)
    because = fields.String(allow_none=True, metadata={"description": "why it was revoked: a code"})
    because_text = fields.String(allow_none=True, metadata={"description": "the same in words"})
    code_fits = fields.Boolean(allow_none=True, metadata={"description": "none without a code"})
    shows = fields.List(
        fields.Nested(Line),
        allow_none=True,
        metadata={"description": "what has to stand on the document; only for who has its code"},
    )


class DocumentRow(Schema):
    number = fields.String()
    request_id = fields.UUID()
    kind = fields.String()
    title = fields.String()
    authority = fields.String(metadata={"description": "that issued it"})
    authority_name = fields.String()
    issued_at = fields.String()
    valid_until = fields.String()
    state = fields.String(metadata={"description": "valid, expired or revoked"})
    revoked_at = fields.String(allow_none=True)
    because = fields.String(allow_none=True)
    because_text = fields.String(allow_none=True)


class Documents(Schema):
    items = fields.List(fields.Nested(DocumentRow))
    next = fields.String(allow_none=True)


class SentTo(Schema):
    delivery_id = fields.UUID()
    receiver = fields.String()
    receiver_name = fields.String(allow_none=True)
    sent_at = fields.String()
    opened_at = fields.String(
        allow_none=True, metadata={"description": "when it was read there first"}
    )


class Document(DocumentRow):
    shows = fields.List(fields.Nested(Line), allow_none=True)
    sent = fields.List(fields.Nested(SentTo))
    check_at = fields.String(
        metadata={
            "description": "the page of its QR code: whoever has it sees what the document shows"
        }
    )


class Send(Strict):
    receiver = fields.String(
        required=True,
        validate=validate.Length(1, 100),
        metadata={"description": "code of an authority", "example": "science"},
    )


class Delivery(Schema):
    delivery_id = fields.UUID()
    number = fields.String()
    receiver = fields.String()


class Revoke(Strict):
    because = fields.String(
        required=True,
        validate=validate.OneOf(_GROUNDS),
        metadata={"description": "told to anyone who checks the document"},
    )
    reason = fields.String(
        required=True,
        validate=validate.Length(max=4000),
        metadata={"description": "told to its holder alone"},
    )


class Revoked(Schema):
    number = fields.String()
    request_id = fields.UUID()
    state = fields.String()
    revoked_at = fields.String()
    because = fields.String()


class InboxRow(DocumentRow):
    delivery_id = fields.UUID()
    sent_at = fields.String()
    opened_at = fields.String(allow_none=True)


class Inbox(Schema):
    items = fields.List(fields.Nested(InboxRow))
    next = fields.String(allow_none=True)


class Delivered(InboxRow):
    shows = fields.List(fields.Nested(Line), allow_none=True)


class Receipt(Schema):
    id = fields.String(metadata={"description": "<request>.<version of its event>"})
    of = fields.String(
        metadata={
            "description": "submission, correction, withdrawal, decision, appeal, document, revocation or delivery"
        }
    )
    recorded_at = fields.String()
    receipt = fields.String(metadata={"description": "compact JWS, Ed25519"})
    proven = fields.Boolean(metadata={"description": "whether its proof can be asked for already"})


class Receipts(Schema):
    items = fields.List(fields.Nested(Receipt))


class Leaf(Schema):
    position = fields.String()
    stream = fields.UUID()
    version = fields.Integer()
    hash = fields.String(metadata={"description": "of the event's row, as the receipt has it; hex"})
    leaf_hash = fields.String(
        metadata={
            "description": "SHA-256 of 0x00, position (8 bytes), stream (16), version (4) and hash; hex"
        }
    )


class TimeStamp(Schema):
    """What an outside time-stamping authority said of a signed tree head (RFC 3161)."""

    stamped_at = fields.String(metadata={"description": "when the authority saw the head"})
    response = fields.String(
        metadata={
            "description": "its whole answer, a TimeStampResp (DER) in base64, over SHA-256 of `head` as it stands there"
        }
    )


class Proof(Receipt):
    """An inclusion proof of RFC 9162, section 2.1.3; in the earliest tree with a time stamp, where there is one."""

    leaf = fields.Nested(Leaf)
    index = fields.Integer()
    size = fields.Integer(metadata={"description": "leaves of the tree"})
    root = fields.String(metadata={"description": "hex"})
    path = fields.List(fields.String(metadata={"description": "hex"}))
    head = fields.String(metadata={"description": "the signed tree head, compact JWS, Ed25519"})
    time_stamp = fields.Nested(
        TimeStamp,
        allow_none=True,
        metadata={"description": "of `head`; null while no outside authority has stamped it"},
    )
