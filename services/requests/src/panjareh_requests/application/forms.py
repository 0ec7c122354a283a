"""The forms of published services, each read once a process: a published version never changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from panjareh_requests.domain.values import ServiceTerms

if TYPE_CHECKING:
    from panjareh_common.forms import FormValidator


class FormsInUse:
    def __init__(self) -> None:
        self._known: dict[tuple[str, int], FormValidator] = {}

    def of(self, terms: ServiceTerms) -> FormValidator:
        """Raises FormUnusable for a form that nobody can fill in any more."""
        key = (terms.code, terms.version)
        if key not in self._known:
            # Here, so that the clock process, which checks no form, does not load a schema library.
            from panjareh_common.forms import published_form  # noqa: PLC0415

            self._known[key] = published_form(terms.form)
        return self._known[key]
