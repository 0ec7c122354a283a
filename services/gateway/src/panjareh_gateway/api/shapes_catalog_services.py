"""The shapes of finding public services and of reading their identity cards."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from panjareh_gateway.api.shapes import Page

_SHORT = validate.Length(max=100)


class ListServices(Page):
    """Words, and what the list is narrowed by. Conditions add up: all of them are met by every item."""

    q = fields.String(
        validate=validate.Length(max=200),
        metadata={"description": "words, in Persian or English, however they are typed"},
    )
    authority = fields.String(
        validate=_SHORT, metadata={"description": "of this authority and of those below it"}
    )
    life_event = fields.String(
        validate=_SHORT, metadata={"description": "a code of /api/v1/life-events"}
    )
    audience = fields.String(validate=validate.OneOf(["persons", "organisations"]))
    channel = fields.String(validate=_SHORT, metadata={"example": "web"})
    smart = fields.Boolean(
        metadata={"description": "rules decide, and no document is taken from the applicant"}
    )
    loa = fields.Integer(
        validate=validate.Range(1, 4),
        metadata={"description": "services for which this assurance level is enough"},
    )
    status = fields.String(
        validate=validate.OneOf(["published", "suspended", "retired", "any"]),
        metadata={"description": "published, unless another is asked for"},
    )
    facets = fields.Boolean(metadata={"description": "count the services of every facet, too"})


class Authority(Schema):
    code = fields.String()
    name = fields.String()


class ServiceRow(Schema):
    code = fields.String()
    version = fields.Integer()
    status = fields.String(metadata={"description": "published, suspended or retired"})
    name = fields.String()
    description = fields.String()
    authority = fields.Nested(Authority)
    required_loa = fields.Integer()
    decision_mode = fields.String()
    smart = fields.Boolean()
    time_limit_days = fields.Integer()
    fee = fields.Dict()
    life_events = fields.List(fields.String())
    channels = fields.List(fields.String())


class FacetValue(Schema):
    value = fields.String()
    title = fields.String(
        allow_none=True,
        metadata={"description": "null for smart and loa, which are said as they are"},
    )
    count = fields.Integer(
        metadata={"description": "services if this were chosen, all else left as it is"}
    )


class Wider(Schema):
    facet = fields.String()
    count = fields.Integer(metadata={"description": "services if this facet were not chosen"})


class Suggestions(Schema):
    widen = fields.List(fields.Nested(Wider))
    popular = fields.List(fields.Nested(ServiceRow))


class Services(Schema):
    items = fields.List(fields.Nested(ServiceRow))
    next = fields.String(allow_none=True)
    total = fields.Integer(metadata={"description": "on all pages"})
    did_you_mean = fields.String(
        allow_none=True,
        metadata={"description": "what was typed, put right; the items are those of it"},
    )
    facets = fields.Dict(
        keys=fields.String(), values=fields.List(fields.Nested(FacetValue)), allow_none=True
    )
    suggestions = fields.Nested(
        Suggestions, allow_none=True, metadata={"description": "where nothing was found"}
    )


class Use(Schema):
    submitted = fields.Integer()
    rated = fields.Integer(
        allow_none=True, metadata={"description": "null while fewer than five have rated"}
    )
    mean = fields.Float(allow_none=True)


class Service(ServiceRow):
    """The identity card: the whole guide to a service, open to all (C2)."""

    sample = fields.Boolean(
        metadata={"description": "an example of this platform, not a statement of law"}
    )
    guide = fields.String(allow_none=True)
    keywords = fields.List(fields.String())
    audience = fields.String()
    for_groups = fields.List(fields.String())
    eligibility = fields.List(fields.String())
    fits = fields.Dict(metadata={"description": "min_age and max_age, where they are known"})
    renews = fields.String(allow_none=True)
    parent = fields.String(allow_none=True)
    parts = fields.List(fields.Dict(), metadata={"description": "services that are a part of it"})
    hours = fields.String(allow_none=True)
    channel_hours = fields.List(
        fields.Dict(), metadata={"description": "each channel with when it is open"}
    )
    steps = fields.List(fields.Dict())
    form = fields.Dict(metadata={"description": "JSON Schema 2020-12 of the form"})
    once_only_overrides = fields.List(
        fields.Dict(),
        metadata={
            "description": "fields that ask for what an authority may say already: pointer, title, law, reason"
        },
    )
    evidence = fields.List(fields.Dict())
    rules = fields.Dict(allow_none=True)
    output = fields.Dict(allow_none=True)
    when_time_passes = fields.Dict(metadata={"description": "escalated or granted, in words too"})
    applicants = fields.Dict(
        allow_none=True,
        metadata={
            "description": "who may ask, and who has to join: what each agrees to and fills in"
        },
    )
    retention = fields.Dict(allow_none=True)
    appointment = fields.Dict(
        allow_none=True, metadata={"description": "of coming in person: when, minutes, no_show"}
    )
    appeal = fields.String()
    appeal_days = fields.Integer(metadata={"description": "that there are for an appeal"})
    payment = fields.Dict(
        allow_none=True,
        metadata={
            "description": "when the fee is paid online, within how many days, what goes back"
        },
    )
    campaign = fields.Dict(
        allow_none=True,
        metadata={
            "description": "when it opens and closes, how many places there are, and how many a second are let in"
        },
    )
    review = fields.Dict(
        allow_none=True,
        metadata={"description": "the skill that an officer needs, and whether two decide"},
    )
    legal_basis = fields.String()
    use = fields.Nested(Use)
    status_reason = fields.String(allow_none=True)
    suspended_until = fields.String(allow_none=True)
    successor = fields.String(allow_none=True)
    published_at = fields.String()


class LifeEvent(Schema):
    code = fields.String()
    name = fields.String()
    services = fields.Integer()


class LifeEvents(Schema):
    items = fields.List(fields.Nested(LifeEvent))
    next = fields.String(allow_none=True)
