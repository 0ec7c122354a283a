"""How finding services says no, by name."""

from __future__ import annotations

from panjareh_common.refusals import Refusal


class SearchChanged(Refusal):
    """The words of the catalogue changed between two pages, so one could be lost or repeated."""

    code = "search_changed"
    message = (
        "Services were published since the page before, and the order of this search has changed. "
        "Begin it again without `after`."
    )
