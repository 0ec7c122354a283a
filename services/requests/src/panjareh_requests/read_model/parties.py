"""What each of several applicants reads of their request: their own part, and of the others' what the card shows.

Nothing of the first applicant is shown to the others unless it is named here or in the card.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import ServiceTerms
from panjareh_requests.read_model.requests_view import parties_of
from panjareh_requests.read_model.sentences.telling import Reader, in_language


def reader_of(parties: Mapping[str, Mapping[str, Any]], whose: UUID | None) -> Reader:
    """As whom somebody reads, whose eyes `permit` gave. `parties` as a row of a request has them."""
    if whose is None:
        return Reader(office=True)
    keys = (key for key, party in parties.items() if party["person"] == str(whose))
    return Reader(party=next(keys, None))


def reader_of_request(request: ServiceRequest, whose: UUID | None) -> Reader:
    return reader_of(parties_of(request), whose)


def as_read(told: Mapping[str, Any], reader: Reader, terms: ServiceTerms) -> dict[str, Any]:
    """A request as RequestStory tells it, without what is not for that reader."""
    read = dict(told)
    if reader.office or not told["parties"]:
        return read
    if told["asked_party"] != reader.party:
        read |= {"asks": None, "answer_by": None}
    if told["appellant"] != reader.party:
        read |= {"grounds": None}
    if reader.party is not None:
        sees, form = terms.party(reader.party).sees, told["form"] or {}
        read |= {
            "form": {name: value for name, value in form.items() if name in sees},
            "document_number": None,  # its holder's
            "appointment_at": None,
            "inputs": None,  # what rules looked at is of all of them
        }
    return read


def parties_told(
    told: Mapping[str, Any], terms: ServiceTerms, reader: Reader, language: str
) -> list[dict[str, Any]]:
    """Each party in the order of the card; the fields of their form that this reader may see."""
    found = []
    for terms_of_party in terms.parties:
        key = terms_of_party.key
        party = told["parties"].get(key)
        if party is None:
            continue
        form = told["party_forms"].get(key)
        if form is not None and not reader.office and reader.party != key:
            form = {name: value for name, value in form.items() if name in terms_of_party.shows}
        invited = party["state"] == "invited" and reader.party is None
        found.append(
            {
                "party": key,
                "title": in_language(terms_of_party.title, language),
                "state": party["state"],
                "you": not reader.office and reader.party == key,
                "until": party["until"] if invited else None,
                "form": form,
            }
        )
    return found
