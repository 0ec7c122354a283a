"""Reads the operators' files of quotas, announced days and outages: every fault is named, and nothing is done with one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from marshmallow import Schema, fields, validate

from panjareh_catalog.application.days import SayDay
from panjareh_catalog.application.outages import AnnounceOutage
from panjareh_catalog.domain.almanac import NATION
from panjareh_catalog.domain.quota import Measure, Quota
from panjareh_catalog.schemas.authorities import CODE
from panjareh_catalog.schemas.base import Strict, bilingual
from panjareh_catalog.schemas.outages import AnnounceOutageSchema
from panjareh_common.refusals import InvalidInput
from panjareh_common.schemas import load


class RegisterUnfit(Exception):
    """A file that cannot be taken; its lines say where and why."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))


class _QuotaSchema(Strict):
    measure = fields.String(
        required=True, validate=validate.OneOf([str(measure) for measure in Measure])
    )
    share = fields.Decimal(
        required=True, validate=validate.Range(Decimal(0), Decimal(1), min_inclusive=False)
    )
    by = fields.Date(required=True)
    law = bilingual(1000)
    sample = fields.Boolean(load_default=False, truthy={True}, falsy={False})


class _QuotasSchema(Strict):
    quotas = fields.List(fields.Nested(_QuotaSchema), required=True)


class _DaySchema(Strict):
    """`authority` left out: for the whole country. `withdrawn`: what was announced holds no more."""

    authority = fields.String(load_default=NATION, validate=CODE)
    day = fields.Date(required=True)
    closed = fields.Boolean(load_default=True, truthy={True}, falsy={False})
    withdrawn = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    name = bilingual(200)


class _DaysSchema(Strict):
    days = fields.List(fields.Nested(_DaySchema), required=True, validate=validate.Length(min=1))


def read_quotas(file: Path) -> list[Quota]:
    """Raises RegisterUnfit."""
    rows = _read(file, _QuotasSchema())["quotas"]
    keys = [(row["measure"], row["by"]) for row in rows]
    twice = [
        f"{file}: /quotas/{place}: This measure has a quota for that day already."
        for place, key in enumerate(keys)
        if key in keys[:place]
    ]
    if twice:
        raise RegisterUnfit(twice)
    return [Quota(**(row | {"measure": Measure(row["measure"])})) for row in rows]


def read_days(file: Path) -> list[SayDay]:
    """Raises RegisterUnfit."""
    return [
        SayDay(
            row["authority"], row["day"], None if row["withdrawn"] else row["closed"], row["name"]
        )
        for row in _read(file, _DaysSchema())["days"]
    ]


def read_outage(file: Path) -> AnnounceOutage:
    """One outage, in the shape of `POST /agency/v1/outages`. Raises RegisterUnfit."""
    command: AnnounceOutage = _read(file, AnnounceOutageSchema())
    return command


def _read(file: Path, schema: Schema) -> Any:
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as cause:
        detail = " ".join(str(cause).split())
        raise RegisterUnfit([f"{file}: This file cannot be read: {detail}"]) from cause
    if not isinstance(content, Mapping):
        raise RegisterUnfit([f"{file}: Write a mapping."])
    try:
        return load(schema, _written(content))
    except InvalidInput as invalid:
        lines = [f"{file}: {point['pointer']}: {point['detail']}" for point in invalid.errors]
        raise RegisterUnfit(lines) from invalid


def _written(content: Any) -> Any:
    """Days as they are written: YAML makes dates of them, which the schema reads by itself."""
    if isinstance(content, date):
        return content.isoformat()
    if isinstance(content, Mapping):
        return {name: _written(value) for name, value in content.items()}
    if isinstance(content, list):
        return [_written(value) for value in content]
    return content
