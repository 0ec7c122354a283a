"""How the clock of a request says no."""

from __future__ import annotations

from panjareh_common.refusals import Kind, Refusal


class NoClock(Refusal):
    code = "no_clock"
    kind = Kind.NOT_FOUND
    message = (
        "This case was begun outside the platform, so its days are counted by its authority. "
        "What the authority planned stands with the request at /api/v1/requests."
    )
