"""The steps of a request after one that somebody knows already, and where it stands then: for live streams (R1)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from panjareh_common.event_store import EventLog, RecordedEvent
from panjareh_common.event_store.log import COLUMNS, Cause
from panjareh_common.security import Caller
from panjareh_requests.application.ports import Looks, Terms
from panjareh_requests.application.requests import terms_of
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.read_model.parties import reader_of
from panjareh_requests.read_model.permitting import permit
from panjareh_requests.read_model.sentences.next_steps import next_step
from panjareh_requests.read_model.sentences.telling import Telling
from panjareh_requests.read_model.story import RequestStory, step_of

MOST_STEPS = 100
"""In one answer; `more` says that there are others."""

_AFTER = f"""
SELECT {COLUMNS} FROM event WHERE stream = %s AND version > %s ORDER BY version LIMIT {MOST_STEPS}
"""


class Steps:
    """Reads what is new of one request, for whoever may look at it."""

    def __init__(self, log: EventLog, story: RequestStory, looks: Looks, terms: Terms) -> None:
        self._log = log
        self._story = story
        self._looks = looks
        self._terms = terms

    def after(
        self, request_id: UUID, after: int, *, caller: Caller, cause: Cause, language: str
    ) -> dict[str, Any]:
        """The steps whose version is above `after`, in order and without a gap, and where the request stands.

        It costs as much as there is new, however long the history is. Raises NotFound.
        """
        with self._log.unit_of_work(cause) as unit:
            # In this order: where it stands is never older than the steps that are told with it.
            rows = unit.fetch(_AFTER, (request_id, after))
            told = self._story.standing(unit, request_id)
            whose = permit(unit, self._looks, caller, request_id, told, parties=True)
            reader = reader_of(told["parties"], whose)
            terms = terms_of(unit, told["service_code"], told["service_version"], self._terms)
            new = [self._log.recorded(row) for row in rows]
            items: list[dict[str, Any]] = []
            if new:
                # From its snapshot; sentences are told of the request as it stands now.
                request = unit.load(ServiceRequest, request_id)

                def step(event: RecordedEvent) -> dict[str, Any]:
                    telling = Telling(event.event, request, terms, language, reader)
                    return step_of(event, telling) | {"version": event.version}

                items = [step(event) for event in new]
            version = new[-1].version if new else min(after, told["version"])
            return {
                "items": items,
                "more": version < told["version"],
                "version": version,
                "standing": {
                    "status": str(told["status"]),
                    "outcome": str(told["outcome"]) if told["outcome"] else None,
                    "next": next_step(told, language, reader),
                    "changed_at": told["changed_at"],
                    "promised_by": told["promised_by"],
                },
            }
