"""Issued documents and receipts, as they are asked for and told."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from panjareh_common.schemas import Timestamp
from panjareh_requests.application.outputs import RevokeOutput, SendOutput
from panjareh_requests.domain.issued_document import RevocationGround
from panjareh_requests.schemas.base import Strict

_NUMBER = validate.Length(1, 40)


class WhichDocumentSchema(Strict):
    number = fields.String(required=True, validate=_NUMBER)


class VerifyDocumentSchema(WhichDocumentSchema):
    code = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=100))


class LineSchema(Schema):
    name = fields.String()
    value = fields.String()


class VerificationSchema(Schema):
    number = fields.String()
    genuine = fields.Boolean()
    valid = fields.Boolean()
    state = fields.String()
    kind = fields.String()
    title = fields.Dict()
    authority = fields.String()
    authority_name = fields.Dict()
    issued_at = Timestamp()
    valid_until = Timestamp()
    revoked_at = Timestamp(allow_none=True)
    issued_on = fields.String()
    valid_until_on = fields.String()
    revoked_on = fields.String(allow_none=True)
    because = fields.String(allow_none=True)
    because_text = fields.String(allow_none=True)
    code_fits = fields.Boolean(allow_none=True)
    shows = fields.List(fields.Nested(LineSchema), allow_none=True)


class DocumentRowSchema(Schema):
    number = fields.String()
    request_id = fields.UUID()
    kind = fields.String()
    title = fields.String()
    authority = fields.String()
    authority_name = fields.String()
    issued_at = Timestamp()
    valid_until = Timestamp()
    state = fields.String()
    revoked_at = Timestamp(allow_none=True)
    because = fields.String(allow_none=True)
    because_text = fields.String(allow_none=True)


class DocumentPageSchema(Schema):
    items = fields.List(fields.Nested(DocumentRowSchema))
    next = fields.String(allow_none=True)


class SentSchema(Schema):
    delivery_id = fields.UUID()
    receiver = fields.String()
    receiver_name = fields.String(allow_none=True)
    sent_at = Timestamp()
    opened_at = Timestamp(allow_none=True)


class DocumentSchema(DocumentRowSchema):
    shows = fields.List(fields.Nested(LineSchema), allow_none=True)
    sent = fields.List(fields.Nested(SentSchema))
    check_at = fields.String()


class WhichDeliverySchema(Strict):
    delivery_id = fields.UUID(required=True)


class InboxRowSchema(DocumentRowSchema):
    delivery_id = fields.UUID()
    sent_at = Timestamp()
    opened_at = Timestamp(allow_none=True)


class InboxSchema(Schema):
    items = fields.List(fields.Nested(InboxRowSchema))
    next = fields.String(allow_none=True)


class DeliveredDocumentSchema(InboxRowSchema):
    shows = fields.List(fields.Nested(LineSchema), allow_none=True)


class TextSchema(Schema):
    text = fields.String()
    media_type = fields.String()


class BytesSchema(Schema):
    base64 = fields.String()


class RevokeDocumentSchema(WhichDocumentSchema):
    because = fields.Enum(RevocationGround, by_value=fields.String, required=True)
    reason = fields.String(load_default="", validate=validate.Length(max=4000))

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> RevokeOutput:
        return RevokeOutput(**data)


class RevokedSchema(Schema):
    number = fields.String()
    request_id = fields.UUID()
    state = fields.String()
    revoked_at = fields.String()
    because = fields.String()


class SendDocumentSchema(WhichDocumentSchema):
    receiver = fields.String(required=True, validate=validate.Length(1, 100))

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> SendOutput:
        return SendOutput(**data)


class DeliverySchema(Schema):
    delivery_id = fields.UUID()
    number = fields.String()
    receiver = fields.String()


class WhichListSchema(Strict):
    list = fields.Integer(required=True, validate=validate.Range(0, 2**31))


class WhichReceiptSchema(Strict):
    id = fields.String(required=True, validate=validate.Length(max=60))


class ReceiptSchema(Schema):
    id = fields.String()
    of = fields.String()
    recorded_at = Timestamp()
    receipt = fields.String()
    proven = fields.Boolean()


class ReceiptsSchema(Schema):
    items = fields.List(fields.Nested(ReceiptSchema))


class LeafSchema(Schema):
    position = fields.String()
    stream = fields.UUID()
    version = fields.Integer()
    hash = fields.String()
    leaf_hash = fields.String()


class TimeStampSchema(Schema):
    stamped_at = Timestamp()
    response = fields.String()


class ProofSchema(ReceiptSchema):
    leaf = fields.Nested(LeafSchema)
    index = fields.Integer()
    size = fields.Integer()
    root = fields.String()
    path = fields.List(fields.String())
    head = fields.String()
    time_stamp = fields.Nested(TimeStampSchema, allow_none=True)
