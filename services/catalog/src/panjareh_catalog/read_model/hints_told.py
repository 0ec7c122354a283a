"""Hints as their reader is told them: each with its service, and its reasons in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from panjareh_catalog.application.hints import Hinted, as_told
from panjareh_catalog.domain.hints import Hint, Reason
from panjareh_catalog.read_model.services_view import ServicesView
from panjareh_common.texts import day_in_words, in_digits, text


def told(hinted: Hinted, view: ServicesView, language: str) -> dict[str, Any]:
    """`{choice, items, missing}`; each item is `{service, reasons, until}`."""
    rows = view.rows([hint.service_code for hint in hinted.hints], language)
    return {
        "choice": as_told(hinted.choice) if hinted.choice else None,
        "items": [
            _item(hint, rows, language) for hint in hinted.hints if hint.service_code in rows
        ],
        "missing": list(hinted.missing),
    }


def _item(hint: Hint, rows: Mapping[str, Any], language: str) -> dict[str, Any]:
    return {
        "service": rows[hint.service_code],
        "reasons": [_in_words(reason, language) for reason in hint.reasons],
        "until": hint.until and hint.until.isoformat(),
    }


def _in_words(reason: Reason, language: str) -> str:
    values = {name: _said(value, language) for name, value in reason.values.items()}
    return text("panjareh_catalog", reason.message, language, **values)


def _said(value: object, language: str) -> str:
    """A value as it stands in a sentence: dates by the reader's calendar, numbers in their digits."""
    if isinstance(value, date):
        return day_in_words(value, language)
    return str(in_digits(value, language))
