"""The work of officers: what waits in which order, who takes it, and the second pair of eyes (R3, R5)."""

from __future__ import annotations

from panjareh_gateway.api import shapes as common
from panjareh_gateway.api import shapes_requests as requests
from panjareh_gateway.api import shapes_requests_work as shapes
from panjareh_gateway.operations import Operation

_HERE = "/agency/v1"
_ONE = f"{_HERE}/requests/{{request_id}}"


def _act(path: str, call: str, summary: str, body: type) -> Operation:
    """What changes one request."""
    return Operation(
        "POST",
        f"{_ONE}/{path}",
        "requests",
        call,
        summary,
        "agency",
        gives=requests.Changed,
        body=body,
        keyed=True,
    )


WORK = (
    Operation(
        "GET",
        f"{_HERE}/queue",
        "requests",
        "list_work",
        "What waits for me or my colleagues, by the end of its time; each look is recorded",
        "agency",
        gives=shapes.Work,
        query=shapes.WorkQuery,
    ),
    Operation(
        "POST",
        f"{_HERE}/queue/next",
        "requests",
        "take_next",
        "Take the first in order, and start its review",
        "agency",
        gives=shapes.Taken,
        body=shapes.TakeNext,
        keyed=True,
    ),
    Operation(
        "POST",
        f"{_HERE}/queue/actions",
        "requests",
        "act_on_many",
        "Do one thing with up to 200 requests; each has an answer of its own",
        "agency",
        gives=shapes.ActedOnMany,
        body=shapes.ActOnMany,
        keyed=True,
    ),
    Operation(
        "GET",
        f"{_ONE}/work",
        "requests",
        "get_work",
        "Who works on a request, what stands ahead of it, and what is proposed; the look is recorded",
        "agency",
        gives=shapes.WorkOnOne,
    ),
    _act("release", "give_back", "Give a review back to the queue", shapes.GiveBack),
    _act(
        "reassignment",
        "reassign",
        "As a supervisor: hand a request to an officer, with the reason",
        shapes.Reassign,
    ),
    _act(
        "conflict",
        "declare_conflict",
        "Say that I am too near to a request; another officer handles it",
        shapes.DeclareConflict,
    ),
    _act(
        "proposal",
        "propose_decision",
        "Propose a decision where two officers decide",
        shapes.Propose,
    ),
    _act(
        "proposal/confirmation",
        "confirm_decision",
        "Confirm what a colleague proposed: it is decided with that",
        shapes.Early,
    ),
    _act(
        "proposal/return",
        "return_proposal",
        "Return a proposal to who made it, with the reason",
        shapes.ReturnProposal,
    ),
    Operation(
        "GET",
        f"{_HERE}/out-of-order",
        "requests",
        "list_out_of_order",
        "As a supervisor: what was done before its turn, by whom and why; each look is recorded",
        "agency",
        gives=shapes.OutOfOrder,
        query=shapes.OutOfOrderQuery,
    ),
    Operation(
        "GET",
        f"{_HERE}/officers",
        "requests",
        "list_officers_at_work",
        "As a supervisor: the officers of my authority, what they can do and what they have to do",
        "agency",
        gives=shapes.OfficersAtWork,
        query=common.Page,
    ),
    Operation(
        "PUT",
        f"{_HERE}/officers/{{officer_id}}/skills",
        "requests",
        "set_skills",
        "As a supervisor: say which skills an officer has",
        "agency",
        gives=shapes.Skills,
        body=shapes.SetSkills,
        keyed=True,
    ),
)
