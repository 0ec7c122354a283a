"""What an authority does about the requests to it, and its past cases (R3, R6)."""

from __future__ import annotations

from panjareh_gateway.api import shapes as common
from panjareh_gateway.api import shapes_requests as shapes
from panjareh_gateway.api import shapes_requests_work as work
from panjareh_gateway.operations import BATCH_LIMIT, Operation

AGENCY = "/agency/v1"
_ONE = f"{AGENCY}/requests/{{request_id}}"

OFFICERS = (
    Operation(
        "GET",
        f"{AGENCY}/requests",
        "requests",
        "list_queue",
        "What waits for the officers of my authority, oldest first",
        "agency",
        gives=shapes.Requests,
        query=common.Page,
    ),
    Operation(
        "GET",
        _ONE,
        "requests",
        "get_request",
        "One request to my authority; the look is recorded",
        "agency",
        gives=shapes.Request,
        query=shapes.AsOf,
    ),
    Operation(
        "GET",
        f"{_ONE}/timeline",
        "requests",
        "get_timeline",
        "Every step of a request to my authority; the look is recorded",
        "agency",
        gives=shapes.Timeline,
    ),
    Operation(
        "POST",
        f"{_ONE}/review",
        "requests",
        "start_review",
        "Start the review of a request; before its turn only with the reason",
        "agency",
        gives=shapes.Changed,
        body=work.Early,
        keyed=True,
    ),
    Operation(
        "POST",
        f"{_ONE}/decision",
        "requests",
        "decide",
        "Grant or refuse a request, with the reason",
        "agency",
        gives=shapes.Changed,
        body=shapes.Decide,
        keyed=True,
    ),
    Operation(
        "POST",
        f"{AGENCY}/cases",
        "requests",
        "import_cases",
        "Bring in past cases with their own times; repeating changes nothing",
        "agency",
        gives=shapes.ImportedCases,
        body=shapes.ImportCases,
        limit=BATCH_LIMIT,
    ),
)
