"""The shape of what authorities publish: identity cards and the list of authorities. Strict: a misspelt field is a fault."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from panjareh_catalog.adapters.yaml_files import DEEPEST
from panjareh_catalog.domain.authority import AuthorityKind
from panjareh_catalog.domain.card_formats import NEWEST, written
from panjareh_catalog.domain.checks import Known, faults_of
from panjareh_catalog.domain.checks.texts import escaped, text_faults
from panjareh_catalog.domain.values import Card, DecisionMode, Fault
from panjareh_common.clock import from_wire
from panjareh_common.refusals import InvalidInput
from panjareh_common.schemas import load, template_of

_CODE = validate.Regexp(r"[A-Z]{2,8}-\d{3}\Z", error="A code looks like INET-001.")
_NAME = validate.Regexp(
    r"[a-z][a-z0-9_]*\Z", error="Use small Latin letters, digits and underscores."
)
_SHA256 = validate.Regexp(r"[0-9a-f]{64}\Z", error="A medium is named by its SHA-256.")
_TIME = validate.Regexp(r"([01]\d|2[0-3]):[0-5]\d\Z", error='Write the time as "08:00".')
_ADDRESS = validate.Regexp(r"https://[^\s/]+\S*\Z", error="An address begins with https://.")
_HOST = validate.Regexp(
    r"[a-z0-9-]+(\.[a-z0-9-]+)+\Z", error="Write the host alone, as in service.example.ir."
)
_AUDIENCES = ("persons", "organisations", "anyone")
_CHANNELS = ("web", "mobile", "sms", "counter", "post", "email", "phone")
_DAYS = ("saturday", "sunday", "monday", "tuesday", "wednesday", "thursday", "friday")
# The vulnerable groups of requirement I5, and people who live abroad (I4).
_GROUPS = (
    "disabled",
    "women",
    "young",
    "low_income",
    "low_literacy",
    "old",
    "migrants",
    "expatriates",
)
_TWICE = "Listed twice: {words}."
_GUIDE = 20_000  # characters
_LARGEST_NUMBER = 2**53 - 1  # beyond it programs disagree (RFC 8259, section 6)
_LARGEST = 256 * 1024  # bytes of one card as JSON; the richest one that we ship has a tenth of it


class _Strict(Schema):
    class Meta:
        unknown = RAISE


class _Whole(fields.Integer):
    """A whole number written as one: neither `true` nor `"3"`."""

    def __init__(self, least: int, most: int | None = None, **options: Any) -> None:
        options.setdefault("required", True)
        super().__init__(strict=True, validate=validate.Range(least, most), **options)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> int:
        if isinstance(value, bool | str):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


class _Share(fields.Float):
    """A share above 0 and at most 1, written as a number."""

    def __init__(self) -> None:
        limits = validate.Range(0, 1, min_inclusive=False)
        super().__init__(validate=limits, allow_none=True)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> float:
        if isinstance(value, bool | str):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


class _Flag(fields.Boolean):
    """`true` or `false`; not "yes", and not 1."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


def _readable_address(value: str) -> None:
    """One that whoever follows it can take apart: no `https://[::1`, no port 99999."""
    try:
        urlsplit(value).port  # noqa: B018  # reading it is what checks it
    except ValueError as cause:
        raise ValidationError("This is no web address.") from cause


def _no_repeats(values: list[str]) -> None:
    twice = sorted({value for value in values if values.count(value) > 1})
    if twice:
        raise ValidationError(_TWICE.format(words=", ".join(twice)))


def _words(allowed: validate.Validator, *, owed: bool = True) -> fields.List[str]:
    return fields.List(fields.String(validate=allowed), required=owed, validate=_no_repeats)


def _text(longest: int = 4000) -> fields.String:
    return fields.String(
        required=True,
        validate=[validate.Length(max=longest), validate.Regexp(r"\s*\S", error="Write the text.")],
    )


class _BilingualSchema(_Strict):
    fa = _text()
    en = _text()


class _GuideSchema(_Strict):
    fa = _text(_GUIDE)
    en = _text(_GUIDE)


def _bilingual(*, owed: bool = True) -> fields.Nested:
    return fields.Nested(_BilingualSchema, required=owed, allow_none=not owed)


def _bilinguals(schema: type[Schema] = _BilingualSchema, most: int = 50) -> fields.List[Any]:
    """A list that may be left out."""
    return fields.List(fields.Nested(schema), validate=validate.Length(max=most))


def _keywords() -> fields.List[str]:
    return fields.List(_text(100), validate=[validate.Length(max=50), _no_repeats])


class _KeywordsSchema(_Strict):
    fa = _keywords()
    en = _keywords()


class _FitsSchema(_Strict):
    min_age = _Whole(0, 150, required=False)
    max_age = _Whole(0, 150, required=False)


class _WhenTimePassesSchema(_BilingualSchema):
    what = fields.String(required=True, validate=validate.OneOf(["escalated", "granted"]))


class _FeePartSchema(_BilingualSchema):
    amount = _Whole(0)


class _FeeSchema(_Strict):
    amount = _Whole(0)
    currency = fields.String(required=True, validate=validate.OneOf(["IRR"]))
    parts = _bilinguals(_FeePartSchema)
    exemptions = _bilinguals()


class _Scalar(fields.Field[Any]):
    """A text, a whole number, true or false: what an answer can be equal to."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        if not isinstance(value, str | int) or (isinstance(value, str) and len(value) > 200):
            raise ValidationError("Write a text, a whole number, true or false.")
        return value


_REFUNDED = validate.OneOf(["all", "none"])


class _RefundSchema(_Strict):
    withdrawn = fields.String(required=True, validate=_REFUNDED)
    refused = fields.String(required=True, validate=_REFUNDED)


class _ExemptSchema(_BilingualSchema):
    """Who need not pay: of whom what is known under `from` is `eq`."""

    from_ = fields.String(data_key="from", attribute="from", required=True)
    eq = _Scalar(required=True)


class _PaymentSchema(_Strict):
    when = fields.String(required=True, validate=validate.OneOf(["before_review", "before_output"]))
    within_days = _Whole(1, 90)
    refund = fields.Nested(_RefundSchema, required=True)
    exempt = _bilinguals(_ExemptSchema, most=20)


class _Moment(fields.String):
    """A moment with its zone, kept as it is written."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        try:
            from_wire(text)
        except (ValueError, TypeError, OverflowError) as cause:
            raise ValidationError("Not a time with its zone (RFC 3339).") from cause
        return text


class _Rate(fields.Float):
    """How many a second, written as a number."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> float:
        if isinstance(value, bool | str):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


class _CampaignSchema(_Strict):
    opens_at = _Moment(required=True)
    closes_at = _Moment(required=True)
    rate = _Rate(required=True, validate=validate.Range(0.01, 10_000))
    capacity = _Whole(1, 100_000_000, required=False)
    turn_minutes = _Whole(5, 1440, required=False)


class _NoShowSchema(_Strict):
    """After how many appointments that nobody came to officers go on without."""

    times = _Whole(1, 10)


class _AppointmentSchema(_BilingualSchema):
    """Coming in person; fa and en say why, and what to bring."""

    when = fields.String(
        required=True, validate=validate.OneOf(["after_submission", "officer_offers"])
    )
    minutes = _Whole(5, 480)
    no_show = fields.Nested(_NoShowSchema, required=True)
    move_until_hours = _Whole(0, 720)
    within_days = _Whole(1, 365, required=False)


class _RetentionSchema(_BilingualSchema):
    days = _Whole(1, 36_500)


# Opening hours of a working week, Tehran time. Made from a mapping: `from` is a word that Python keeps.
_HoursSchema = _Strict.from_dict(
    {
        "days": fields.List(
            fields.String(validate=validate.OneOf(_DAYS)),
            required=True,
            validate=[validate.Length(min=1), _no_repeats],
        ),
        "from": fields.String(required=True, validate=_TIME),
        "to": fields.String(required=True, validate=_TIME),
    },
    name="HoursSchema",
)


class _Open(fields.Field[Any]):
    """`always`, or hours by the week, or null where the card tells them in words only."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        if value == "always":
            return value
        if not isinstance(value, Mapping):
            raise ValidationError("Write `always`, or days with from and to.")
        return _HoursSchema().load(value)


class _ChannelSchema(_Strict):
    channel = fields.String(required=True, validate=validate.OneOf(_CHANNELS))
    open = _Open(required=True, allow_none=True)
    on_holidays = _Flag()
    promised_availability = _Share()
    address = fields.String(
        validate=[validate.Length(max=500), _ADDRESS, _readable_address], allow_none=True
    )


class _Channel(fields.Field[Any]):
    """A channel with its hours, or, as in format 1, its name alone."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        if isinstance(value, str):
            return validate.OneOf(_CHANNELS)(value)
        return _ChannelSchema().load(value)


def _each_once(channels: list[Any]) -> None:
    _no_repeats([c if isinstance(c, str) else c["channel"] for c in channels])


def _codes_once(steps: list[dict[str, Any]]) -> None:
    _no_repeats([step["code"] for step in steps if "code" in step])


class _MediumSchema(_BilingualSchema):
    """A picture, sound or film; fa and en say in words what it shows, for who cannot see or hear it."""

    id = fields.String(required=True, validate=_SHA256)
    kind = fields.String(required=True, validate=validate.OneOf(["image", "audio", "video"]))


class _StepSchema(_BilingualSchema):
    """One with a code is a milestone, which the authority reports of each request."""

    code = fields.String(validate=[validate.Length(max=60), _NAME])
    minutes = _Whole(1)
    media = _bilinguals(_MediumSchema, most=10)


class _EvidenceSchema(_Strict):
    type = fields.String(required=True, validate=_NAME)
    title = _bilingual()
    purpose = _bilingual()


class _ShownSchema(_BilingualSchema):
    """One line of an issued document: where its value comes from, what it is called, and words for codes."""

    from_ = fields.String(data_key="from", attribute="from", required=True)
    words = fields.Dict(
        keys=_text(100), values=fields.Nested(_BilingualSchema), validate=validate.Length(max=50)
    )


class _OutputSchema(_Strict):
    kind = fields.String(required=True, validate=_NAME)
    title = _bilingual()
    valid_days = _Whole(1, 36_500)
    shows = _bilinguals(_ShownSchema, most=20)


class _ReviewSchema(_Strict):
    """Who may review it, where not every officer of the authority may; and whether two decide."""

    skill = fields.String(validate=[validate.Length(max=60), _NAME], allow_none=True)
    four_eyes = _Flag()


_WHO = validate.OneOf(["person", "organisation"])


class _PartySchema(_Strict):
    """One who has to join."""

    title = _bilingual()
    key = fields.String(required=True, validate=[validate.Length(max=40), _NAME])
    agrees_to = _bilingual()
    who = _words(_WHO, owed=False)
    required_loa = _Whole(1, 4, required=False)
    form = fields.Dict(keys=fields.String(), allow_none=True)
    evidence = fields.List(fields.Nested(_EvidenceSchema), validate=validate.Length(max=20))
    sees = _words(_NAME, owed=False)
    shows = _words(_NAME, owed=False)


class _ApplicantsSchema(_Strict):
    """Who may ask, and who else has to join before anything is asked of authorities."""

    who = fields.List(
        fields.String(validate=_WHO),
        required=True,
        validate=[validate.Length(min=1), _no_repeats],
    )
    join_within_days = _Whole(1, 180, required=False)
    parties = _bilinguals(_PartySchema, most=10)


class CardSchema(_Strict):
    """The identity card of a public service, format 2 as authorities write it.

    Whether its parts fit together is what domain/checks/ says.
    """

    format = fields.Integer(strict=True, validate=validate.Equal(NEWEST, error="Write format: 2."))
    code = fields.String(required=True, validate=_CODE)
    authority = fields.String(required=True, validate=_NAME)
    parent = fields.String(validate=_CODE, allow_none=True)
    sample = _Flag()
    name = _bilingual()
    description = _bilingual()
    guide = fields.Nested(_GuideSchema, allow_none=True)
    keywords = fields.Nested(_KeywordsSchema, allow_none=True)
    life_events = _words(_NAME)
    audience = fields.String(required=True, validate=validate.OneOf(_AUDIENCES))
    applicants = fields.Nested(_ApplicantsSchema, allow_none=True)
    for_groups = _words(validate.OneOf(_GROUPS), owed=False)
    eligibility = _bilinguals()
    fits = fields.Nested(_FitsSchema, allow_none=True)
    renews = fields.String(validate=_NAME, allow_none=True)
    required_loa = _Whole(1, 4)
    decision_mode = fields.String(
        required=True, validate=validate.OneOf([str(mode) for mode in DecisionMode])
    )
    review = fields.Nested(_ReviewSchema, allow_none=True)
    time_limit_days = _Whole(1, 3650)
    when_time_passes = fields.Nested(_WhenTimePassesSchema, allow_none=True)
    fee = fields.Nested(_FeeSchema, required=True)
    payment = fields.Nested(_PaymentSchema, allow_none=True)
    campaign = fields.Nested(_CampaignSchema, allow_none=True)
    appointment = fields.Nested(_AppointmentSchema, allow_none=True)
    retention = fields.Nested(_RetentionSchema, allow_none=True)
    hours = _bilingual(owed=False)
    channels = fields.List(_Channel(), required=True, validate=[validate.Length(min=1), _each_once])
    steps = fields.List(
        fields.Nested(_StepSchema),
        required=True,
        validate=[validate.Length(min=1, max=50), _codes_once],
    )
    form = fields.Dict(keys=fields.String(), required=True)
    evidence = fields.List(fields.Nested(_EvidenceSchema), required=True)
    # Checked as a whole by domain/checks/rules.py.
    rules = fields.Dict(keys=fields.String(), allow_none=True)
    output = fields.Nested(_OutputSchema, allow_none=True)
    appeal = _bilingual()
    appeal_days = _Whole(1, 365, required=False)
    legal_basis = _bilingual()


class _AuthoritySchema(_Strict):
    code = fields.String(required=True, validate=_NAME)
    name = _bilingual()
    parent = fields.String(allow_none=True, validate=_NAME)
    kind = fields.String(validate=validate.OneOf([str(kind) for kind in AuthorityKind]))
    place = fields.Nested(_BilingualSchema, allow_none=True)
    hosts = _words(_HOST, owed=False)
    rest_days = _words(validate.OneOf(_DAYS), owed=False)
    services_total = _Whole(1, 100_000, required=False)
    sample = _Flag()


class AuthoritiesSchema(_Strict):
    authorities = fields.List(
        fields.Nested(_AuthoritySchema), required=True, validate=validate.Length(min=1)
    )


class _LifeEventSchema(_Strict):
    code = fields.String(required=True, validate=_NAME)
    name = _bilingual()


class LifeEventsSchema(_Strict):
    life_events = fields.List(
        fields.Nested(_LifeEventSchema), required=True, validate=validate.Length(min=1, max=500)
    )


def shaped(content: Mapping[str, Any]) -> tuple[Card, list[Fault]]:
    """A card as it came through any door, in the form in which it is stored, and what is wrong with its shape.

    With a fault it is as it came.
    """
    faults = card_shape_faults(content)
    return (content, faults) if faults else (written(content), [])


def read_card(content: Mapping[str, Any], known: Known) -> tuple[Card, list[Fault]]:
    """As `shaped`, and checked whether its parts fit where their shape is right."""
    card, faults = shaped(content)
    return card, faults or faults_of(card, known)


def card_shape_faults(content: Mapping[str, Any]) -> list[Fault]:
    """Every field that is missing, unknown or of the wrong shape, and every character that deceives."""
    if faults := list(_bounds_faults(content)):
        return faults
    size = len(json.dumps(content, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    if size > _LARGEST:
        message = "This card has {size} bytes, and a card has at most {most}."
        return [Fault("", message, {"size": size, "most": _LARGEST})]
    return [*shape_faults(CardSchema(), content), *text_faults(content)]


def _bounds_faults(content: Any) -> Iterator[Fault]:
    """What JSON or whoever reads it cannot hold: drafts are stored with most of their faults, but not with these."""
    waiting: list[tuple[str, Any, int]] = [("", content, 1)]
    while waiting:
        pointer, value, level = waiting.pop()
        if isinstance(value, bool | str) or value is None:
            continue
        if isinstance(value, int | float):
            if not -_LARGEST_NUMBER <= value <= _LARGEST_NUMBER:
                yield Fault(pointer, "JSON has no such value, or the number is too large.")
        elif level > DEEPEST:
            yield Fault("", "This is nested more than {levels} levels deep.", {"levels": DEEPEST})
            return
        elif isinstance(value, Mapping):
            waiting += [(f"{pointer}/{escaped(k)}", each, level + 1) for k, each in value.items()]
        else:
            waiting += [(f"{pointer}/{k}", each, level + 1) for k, each in enumerate(value)]


def shape_faults(schema: Schema, content: Mapping[str, Any]) -> list[Fault]:
    """Every field that is missing, unknown or of the wrong shape."""
    try:
        load(schema, content)
    except InvalidInput as invalid:
        return [_fault(point) for point in invalid.errors]
    return []


def _fault(point: Mapping[str, str]) -> Fault:
    # marshmallow names the value side of a mapping's item; a pointer does not.
    return Fault(point["pointer"].removesuffix("/value"), *template_of(point["detail"], (_TWICE,)))
