"""What may still happen to a request: withdrawal, correction, messages, appeal, reopening (R1, R3)."""

from __future__ import annotations

from panjareh_gateway.api import shapes as common
from panjareh_gateway.api import shapes_requests as requests
from panjareh_gateway.api import shapes_requests_life as shapes
from panjareh_gateway.operations import Operation

_MINE, _OFFICE = "/api/v1/requests/{request_id}", "/agency/v1/requests/{request_id}"

LIFE = (
    Operation(
        "POST",
        f"{_MINE}/withdrawal",
        "requests",
        "withdraw",
        "Withdraw my request; or, under appeal, the appeal",
        "requests",
        gives=requests.Changed,
        body=shapes.Withdraw,
        keyed=True,
    ),
    Operation(
        "POST",
        f"{_MINE}/correction",
        "requests",
        "correct",
        "Correct what the authority asks me to correct",
        "requests",
        gives=requests.Changed,
        body=shapes.Correct,
        keyed=True,
    ),
    Operation(
        "GET",
        f"{_MINE}/messages",
        "requests",
        "list_messages",
        "What the authority and I wrote to each other, oldest first",
        "requests",
        gives=shapes.Messages,
        query=common.Page,
    ),
    Operation(
        "POST",
        f"{_MINE}/messages",
        "requests",
        "write_to_officers",
        "Write to the authority about my request",
        "requests",
        gives=shapes.Message,
        body=shapes.Write,
        status=201,
        keyed=True,
    ),
    Operation(
        "POST",
        f"{_MINE}/appeal",
        "requests",
        "appeal",
        "Appeal against a refusal: another officer decides",
        "requests",
        gives=requests.Changed,
        body=shapes.MakeAppeal,
        keyed=True,
    ),
    Operation(
        "POST",
        f"{_OFFICE}/correction",
        "requests",
        "send_back",
        "Ask the applicant to correct something",
        "agency",
        gives=requests.Changed,
        body=shapes.SendBack,
        keyed=True,
    ),
    Operation(
        "GET",
        f"{_OFFICE}/messages",
        "requests",
        "list_messages",
        "What applicant and authority wrote to each other; the look is recorded",
        "agency",
        gives=shapes.Messages,
        query=common.Page,
    ),
    Operation(
        "POST",
        f"{_OFFICE}/messages",
        "requests",
        "write_to_applicant",
        "Write to the applicant",
        "agency",
        gives=shapes.Message,
        body=shapes.Write,
        status=201,
        keyed=True,
    ),
    Operation(
        "POST",
        f"{_OFFICE}/reopening",
        "requests",
        "reopen",
        "Look at a refused request again, with the reason",
        "agency",
        gives=requests.Changed,
        body=shapes.Reopen,
        keyed=True,
    ),
)
