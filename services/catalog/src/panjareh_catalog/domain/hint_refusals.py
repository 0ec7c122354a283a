"""How hints say no, by name."""

from __future__ import annotations

from panjareh_common.refusals import Kind, Refusal


class UnknownLifeEvent(Refusal):
    code = "unknown_life_event"
    kind = Kind.INVALID
    message = "There is no life event with the code {code}. Look at /api/v1/life-events."
