"""Public services, as they are found and read."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from panjareh_catalog.domain.values import DecisionMode, Standing
from panjareh_catalog.schemas.base import NO_NUL, PageSchema, Strict, wanted
from panjareh_common.schemas import Timestamp

STATUSES = [Standing.PUBLISHED, Standing.SUSPENDED, Standing.RETIRED]


class ListServicesSchema(PageSchema):
    """`status` is `published` unless another (or `any`) is asked for by name."""

    q = wanted(200)
    authority = wanted(100)
    life_event = wanted(100)
    audience = wanted(40)
    channel = wanted(40)
    smart = fields.Boolean(load_default=None, allow_none=True)
    loa = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(1, 4))
    status = fields.String(
        load_default=str(Standing.PUBLISHED), validate=validate.OneOf([*STATUSES, "any"])
    )
    facets = fields.Boolean(load_default=False)


class ListLifeEventsSchema(PageSchema):
    pass


class GetServiceSchema(Strict):
    code = fields.String(required=True, validate=[validate.Length(1, 40), NO_NUL])


class AuthoritySchema(Schema):
    code = fields.String()
    name = fields.String()


class AmountSchema(Schema):
    text = fields.String()
    amount = fields.Integer()


class FeeSchema(Schema):
    amount = fields.Integer()
    currency = fields.String()
    parts = fields.List(fields.Nested(AmountSchema))
    exemptions = fields.List(fields.String())


class ServiceRowSchema(Schema):
    code = fields.String()
    version = fields.Integer()
    status = fields.String(validate=validate.OneOf(STATUSES))
    name = fields.String()
    description = fields.String()
    authority = fields.Nested(AuthoritySchema)
    required_loa = fields.Integer()
    decision_mode = fields.String(validate=validate.OneOf([str(mode) for mode in DecisionMode]))
    smart = fields.Boolean()
    time_limit_days = fields.Integer()
    fee = fields.Nested(FeeSchema)
    life_events = fields.List(fields.String())
    channels = fields.List(fields.String())


class FacetValueSchema(Schema):
    value = fields.String()
    title = fields.String(allow_none=True)
    count = fields.Integer()


class WiderSchema(Schema):
    facet = fields.String()
    count = fields.Integer()


class SuggestionsSchema(Schema):
    widen = fields.List(fields.Nested(WiderSchema))
    popular = fields.List(fields.Nested(ServiceRowSchema))


class ServicePageSchema(Schema):
    items = fields.List(fields.Nested(ServiceRowSchema))
    next = fields.String(allow_none=True)
    total = fields.Integer()
    did_you_mean = fields.String(allow_none=True)
    facets = fields.Dict(
        keys=fields.String(), values=fields.List(fields.Nested(FacetValueSchema)), allow_none=True
    )
    suggestions = fields.Nested(SuggestionsSchema, allow_none=True)


class MediumSchema(Schema):
    id = fields.String()
    kind = fields.String()
    text = fields.String()


class StepSchema(Schema):
    text = fields.String()
    code = fields.String()
    minutes = fields.Integer()
    media = fields.List(fields.Nested(MediumSchema))


class EvidenceSchema(Schema):
    type = fields.String()
    title = fields.String()
    purpose = fields.String()


class OutputSchema(Schema):
    kind = fields.String()
    title = fields.String()
    valid_days = fields.Integer()
    shows = fields.List(fields.Dict())


class PartSchema(Schema):
    code = fields.String()
    name = fields.String()


class UseSchema(Schema):
    """`rated` and `mean` are null while fewer than five have rated."""

    submitted = fields.Integer()
    rated = fields.Integer(allow_none=True)
    mean = fields.Float(allow_none=True)


class ClaimedOverrideSchema(Schema):
    """A field that asks for what an authority may say already, and the law on which it does (Q2)."""

    pointer = fields.String()
    title = fields.String(allow_none=True)
    law = fields.String()
    reason = fields.String()


class ServiceSchema(ServiceRowSchema):
    sample = fields.Boolean()
    guide = fields.String(allow_none=True)
    keywords = fields.List(fields.String())
    audience = fields.String()
    for_groups = fields.List(fields.String())
    eligibility = fields.List(fields.String())
    fits = fields.Dict(keys=fields.String(), values=fields.Integer())
    renews = fields.String(allow_none=True)
    parent = fields.String(allow_none=True)
    parts = fields.List(fields.Nested(PartSchema))
    hours = fields.String(allow_none=True)
    channel_hours = fields.List(fields.Dict())
    steps = fields.List(fields.Nested(StepSchema))
    form = fields.Dict()
    once_only_overrides = fields.List(fields.Nested(ClaimedOverrideSchema))
    evidence = fields.List(fields.Nested(EvidenceSchema))
    # As its format has it; texts in the reader's language.
    rules = fields.Dict(allow_none=True)
    output = fields.Nested(OutputSchema, allow_none=True)
    when_time_passes = fields.Dict()
    applicants = fields.Dict(allow_none=True)
    retention = fields.Dict(allow_none=True)
    appointment = fields.Dict(allow_none=True)
    appeal = fields.String()
    appeal_days = fields.Integer()
    payment = fields.Dict(allow_none=True)
    review = fields.Dict(allow_none=True)
    campaign = fields.Dict(allow_none=True)
    legal_basis = fields.String()
    use = fields.Nested(UseSchema)
    status_reason = fields.String(allow_none=True)
    suspended_until = Timestamp(allow_none=True)
    successor = fields.String(allow_none=True)
    published_at = Timestamp()


class LifeEventSchema(Schema):
    code = fields.String()
    name = fields.String()
    services = fields.Integer()


class LifeEventsSchema(Schema):
    items = fields.List(fields.Nested(LifeEventSchema))
    next = fields.String(allow_none=True)
