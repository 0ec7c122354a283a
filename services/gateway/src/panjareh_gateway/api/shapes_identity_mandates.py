"""The shapes of acting for another, of consent and of the privacy statement."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from panjareh_gateway.operations import Strict

_TIME = {"format": "date-time"}
_UNTIL = {"format": "date-time", "description": "with its zone, RFC 3339"}
_SCOPE = {"description": "codes of services, or * alone for every service", "example": ["INET-001"]}


class AskMandate(Strict):
    kind = fields.String(required=True, validate=validate.OneOf(["child", "adult", "organisation"]))
    number = fields.String(
        required=True,
        metadata={
            "description": "of the other one: national id, foreign national's id, passport, company id"
        },
    )
    side = fields.String(
        validate=validate.OneOf(["representative", "represented"]),
        metadata={"description": "where I stand; representative when left out"},
    )
    scope = fields.List(fields.String(), metadata=_SCOPE)
    until = fields.String(metadata=_UNTIL)


class AnswerMandate(Strict):
    answer = fields.String(required=True, validate=validate.OneOf(["accepted", "refused"]))
    scope = fields.List(fields.String(), metadata={"description": "less than was asked for"})
    until = fields.String(metadata=_UNTIL)
    reason = fields.String(validate=validate.Length(max=1000))


class LimitMandate(Strict):
    scope = fields.List(fields.String(), metadata=_SCOPE)
    until = fields.String(metadata=_UNTIL)


class WithdrawMandate(Strict):
    reason = fields.String(validate=validate.Length(max=1000))


class DecideMandate(Strict):
    answer = fields.String(required=True, validate=validate.OneOf(["accepted", "refused"]))
    reason = fields.String(
        validate=validate.Length(max=1000), metadata={"description": "needed for a refusal"}
    )
    given_name = fields.String(metadata={"description": "of a child not known here yet"})
    family_name = fields.String()
    birth_date = fields.String(metadata={"format": "date"})
    name = fields.String(metadata={"description": "of a company not known here yet"})


class EndMandate(Strict):
    reason = fields.String(required=True, validate=validate.Length(1, 1000))


class _MandateRow(Schema):
    mandate_id = fields.UUID()
    kind = fields.String()
    status = fields.String(
        metadata={"description": "asked, with_officers, active, refused or ended"}
    )
    accepted_by = fields.String(
        allow_none=True, metadata={"description": "person, or the authority that proved it"}
    )
    scope = fields.List(fields.String(), metadata=_SCOPE)
    until = fields.String(metadata=_TIME)
    because = fields.String(
        allow_none=True, metadata={"description": "why it was refused or ended, as a code"}
    )
    asked_at = fields.String(metadata=_TIME)
    changed_at = fields.String(metadata=_TIME)
    representative = fields.String(allow_none=True, metadata={"description": "the name"})


class Mandate(_MandateRow):
    role = fields.String(metadata={"description": "where I stand: representative or represented"})
    represented = fields.String(
        allow_none=True, metadata={"description": "the name, once they have agreed"}
    )
    asked_of = fields.String(
        allow_none=True, metadata={"description": "the number that I asked for, masked"}
    )
    because_text = fields.String(allow_none=True, metadata={"description": "the same in words"})
    reason = fields.String(allow_none=True, metadata={"description": "what was written about it"})


class Mandates(Schema):
    items = fields.List(fields.Nested(Mandate))
    next = fields.String(allow_none=True)


class Representatives(Mandates):
    company_id = fields.String(metadata={"description": "of the organisation I act for"})
    name = fields.String()


class WaitingMandate(_MandateRow):
    representative_number = fields.String(allow_none=True)
    number = fields.String(allow_none=True, metadata={"description": "of the child or company"})


class WaitingMandates(Schema):
    items = fields.List(fields.Nested(WaitingMandate))
    next = fields.String(allow_none=True)


class DecidedMandate(Schema):
    mandate_id = fields.UUID()
    status = fields.String()


class ActFor(Strict):
    mandate_id = fields.UUID(required=True)


class ActingToken(Schema):
    access_token = fields.String(
        metadata={"description": "sub is the represented one, act the person who asks (RFC 8693)"}
    )
    token_type = fields.String(metadata={"example": "Bearer"})
    expires_in = fields.Integer(metadata={"description": "seconds"})
    loa = fields.Integer(metadata={"description": "assurance level of who acts, 1 to 4"})
    mandate_id = fields.UUID()
    represented_id = fields.UUID()
    scope = fields.List(fields.String(), metadata=_SCOPE)


class GiveConsent(Strict):
    purpose = fields.String(required=True, metadata={"example": "child_allowance"})
    data = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "codes of what may be known", "example": ["income_decile"]},
    )
    receiver = fields.String(
        required=True, metadata={"description": "an authority or a client", "example": "welfare"}
    )
    until = fields.String(required=True, metadata=_UNTIL)


class Consent(Schema):
    consent_id = fields.UUID()
    purpose = fields.String()
    data = fields.List(fields.String())
    receiver = fields.String()
    status = fields.String(metadata={"description": "given, withdrawn or over"})
    given_at = fields.String(metadata=_TIME)
    until = fields.String(metadata=_TIME)
    withdrawn_at = fields.String(allow_none=True, metadata=_TIME)


class Consents(Schema):
    items = fields.List(fields.Nested(Consent))
    next = fields.String(allow_none=True)


class ShowStatement(Strict):
    version = fields.Integer(
        validate=validate.Range(1), metadata={"description": "the current one when left out"}
    )


class Statement(Schema):
    version = fields.Integer()
    current = fields.Integer(metadata={"description": "the version in force"})
    title = fields.String()
    text = fields.String()
    changes = fields.String(metadata={"description": "what is new since the version before"})
    published_at = fields.String(metadata=_TIME)


class AcceptStatement(Strict):
    version = fields.Integer(required=True, validate=validate.Range(1))


class StatementState(Schema):
    current = fields.Integer()
    accepted = fields.Integer(allow_none=True, metadata={"description": "the newest I have read"})
    accepted_at = fields.String(allow_none=True, metadata=_TIME)
    to_accept = fields.Boolean(metadata={"description": "whether a newer one waits to be read"})
