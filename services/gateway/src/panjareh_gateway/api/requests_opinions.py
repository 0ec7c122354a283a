"""Asking another authority for its opinion about a request, and giving one (R3)."""

from __future__ import annotations

from panjareh_gateway.api import shapes as common
from panjareh_gateway.api import shapes_requests_opinions as shapes
from panjareh_gateway.operations import Operation

_REQUEST, _ASKED = "/agency/v1/requests/{request_id}/opinions", "/agency/v1/opinions"

OPINIONS = (
    Operation(
        "POST",
        _REQUEST,
        "requests",
        "ask_opinion",
        "Ask another authority for its opinion, and show it what of the request it needs for that",
        "agency",
        gives=shapes.OpinionState,
        body=shapes.AskOpinion,
        status=201,
        keyed=True,
    ),
    Operation(
        "GET",
        _REQUEST,
        "requests",
        "list_request_opinions",
        "The opinions that we asked for about a request, and what came; the look is recorded",
        "agency",
        gives=shapes.OpinionsOfRequest,
    ),
    Operation(
        "POST",
        f"{_REQUEST}/{{opinion_id}}/withdrawal",
        "requests",
        "withdraw_opinion",
        "Ask no longer for an opinion",
        "agency",
        gives=shapes.OpinionState,
        keyed=True,
    ),
    Operation(
        "GET",
        _ASKED,
        "requests",
        "list_opinions",
        "The opinions that other authorities ask of us, what is owed next first",
        "agency",
        gives=shapes.OpinionsAskedOfUs,
        query=common.Page,
    ),
    Operation(
        "GET",
        f"{_ASKED}/{{opinion_id}}",
        "requests",
        "get_opinion",
        "One that is asked of us, with what we are shown for it; the look is recorded",
        "agency",
        gives=shapes.AskedOpinion,
    ),
    Operation(
        "POST",
        f"{_ASKED}/{{opinion_id}}/answer",
        "requests",
        "give_opinion",
        "Give our opinion",
        "agency",
        gives=shapes.OpinionState,
        body=shapes.GiveAskedOpinion,
        keyed=True,
    ),
)
