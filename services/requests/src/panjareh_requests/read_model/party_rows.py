"""What the row of a request says of its parties, as it follows from the events alone."""

from __future__ import annotations

from typing import Any

from panjareh_common.clock import to_wire
from panjareh_common.projection import Event, Row
from panjareh_requests.domain.joining import PartyState
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import RequestStatus

_NOBODY: dict[str, Any] = {"state": "awaited", "person": None, "form_version": None, "until": None}


def change_of_parties(row: Row, event: Event) -> Row:  # noqa: PLR0911  # one case, one answer
    """Nothing for an event that is about no party."""
    fields = event.fields
    match event.topic:
        case ServiceRequest.PartiesAwaited.TOPIC:
            return {
                "status": str(RequestStatus.AWAITING_APPLICANT),
                "parties": {key: dict(_NOBODY) for key in fields["parties"]},
            }
        case ServiceRequest.PartyInvited.TOPIC | ServiceRequest.InvitationRenewed.TOPIC:
            until = to_wire(fields["expires_at"])
            return _of(row, event, state=PartyState.INVITED, until=until)
        case ServiceRequest.PartyDeclined.TOPIC:
            return _of(row, event, state=PartyState.DECLINED)
        case ServiceRequest.PartyLeft.TOPIC:
            return _of(row, event, **_NOBODY | {"state": PartyState.LEFT})
        case ServiceRequest.PartyJoined.TOPIC:
            person, version = str(fields["joiner_id"]), event.version
            joined = _of(row, event, state=PartyState.JOINED, person=person, form_version=version)
            if all(p["state"] == PartyState.JOINED for p in joined["parties"].values()):
                joined["status"] = str(RequestStatus.SUBMITTED)
            return joined
        case ServiceRequest.JoiningLapsed.TOPIC:
            return {"status": str(RequestStatus.WITHDRAWN), "waiting_for": []}
    return {}


def corrected_party(row: Row, event: Event) -> Row:
    """Whose form stands in which event from now on."""
    if event.fields["party"] is None:
        return {"form_version": event.version}
    return _of(row, event, form_version=event.version)


def _of(row: Row, event: Event, **change: Any) -> Row:
    key = event.fields["party"]
    told = {name: str(value) if name == "state" else value for name, value in change.items()}
    parties = row["parties"] | {key: row["parties"][key] | told}
    joined = [p["person"] for p in parties.values() if p["state"] == PartyState.JOINED]
    return {"parties": parties, "party_ids": joined}
