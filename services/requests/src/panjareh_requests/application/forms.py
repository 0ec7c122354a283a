"""The forms of published services, each read once a process: a published version never changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from panjareh_requests.domain.values import ServiceTerms

if TYPE_CHECKING:
    from panjareh_common.forms import FormValidator


NO_FORM = {"type": "object", "additionalProperties": False, "properties": {}}
"""Of a party that has nothing to fill in."""


class FormsInUse:
    def __init__(self) -> None:
        self._known: dict[tuple[str, int, str | None], FormValidator] = {}

    def of(self, terms: ServiceTerms, party: str | None = None) -> FormValidator:
        """That of the first applicant, or a party's. Raises FormUnusable for one that nobody can fill in any more."""
        key = (terms.code, terms.version, party)
        if key not in self._known:
            # Here, so that the clock process, which checks no form, does not load a schema library.
            from panjareh_common.forms import published_form  # noqa: PLC0415

            self._known[key] = published_form(
                terms.form if party is None else terms.party(party).form or NO_FORM
            )
        return self._known[key]
