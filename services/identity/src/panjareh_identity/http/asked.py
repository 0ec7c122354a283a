"""One request of a browser or a program as the handlers see it: read, bounded, and in a language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request as HttpRequest

from panjareh_common.refusals import Kind, Refusal

FORM_LIMIT = 64 * 1024
# PostgreSQL keeps no zero character in a text, and half of a surrogate pair has no UTF-8.
_UNFIT = re.compile("[\x00\ud800-\udfff]")


class UnreadableForm(Refusal):
    code = "unreadable_form"
    kind = Kind.INVALID
    status = 400
    message = "What was sent cannot be read. Go back and send the form again."


class FormTooLarge(UnreadableForm):
    code = "form_too_large"
    kind = Kind.TOO_LARGE
    status = 413
    message = "What was sent is larger than anything that is asked here."


@dataclass(frozen=True)
class Asked:
    """`query` and `form` map a name to all its values, in their order; empty values are kept."""

    http: HttpRequest
    language: str
    query: Mapping[str, list[str]]
    form: Mapping[str, list[str]] = field(default_factory=dict, repr=False)
    browser: str = field(default="", repr=False)

    def typed(self, name: str) -> str:
        """What stands in a field of the form; empty where there is none."""
        return (self.form.get(name) or [""])[0]

    def said(self, name: str) -> str:
        """What stands in the address under a name; empty where there is nothing."""
        return (self.query.get(name) or [""])[0]

    @property
    def request_id(self) -> str:
        """The authorization request that this page is part of; empty where somebody came by themself."""
        return self.said("request")


async def read_form(http: HttpRequest) -> dict[str, list[str]]:
    """The fields of a form. Raises FormTooLarge, UnreadableForm."""
    kind = http.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = bytearray()
    # Counted as it comes: what a header says about the length proves nothing.
    async for chunk in http.stream():
        body += chunk
        if len(body) > FORM_LIMIT:
            raise FormTooLarge()
    if body and kind != "application/x-www-form-urlencoded":
        raise UnreadableForm()
    return _parsed(bytes(body))


def read_query(http: HttpRequest) -> dict[str, list[str]]:
    """What stands after the question mark. Raises UnreadableForm."""
    return _parsed(http.scope.get("query_string", b""))


def _parsed(text: bytes) -> dict[str, list[str]]:
    try:
        parsed = parse_qs(text.decode("ascii"), keep_blank_values=True, errors="strict")
    except ValueError as cause:
        raise UnreadableForm() from cause
    if any(_UNFIT.search(value) for values in parsed.values() for value in values):
        raise UnreadableForm()
    return parsed


def first_of(values: Mapping[str, list[str]]) -> dict[str, Any]:
    """One value a name, the first."""
    return {name: given[0] for name, given in values.items()}
