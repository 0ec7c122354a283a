"""Messages between applicant and officers, inside a request."""

from __future__ import annotations

from uuid import uuid4

from panjareh_common.clock import to_wire
from panjareh_common.event_store import UnitOfWork
from panjareh_common.idempotency import Answer
from panjareh_requests.application.commands import WriteMessage
from panjareh_requests.application.handling import Asked, Handling
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import Writer


class Conversations:
    """One method a side."""

    def __init__(self, handling: Handling) -> None:
        self._handling = handling

    def write_to_officers(self, command: WriteMessage, asked: Asked) -> Answer:
        """By the applicant. Raises NotFound, ConversationOver, AnswerAwaited."""

        def work(unit: UnitOfWork) -> Answer:
            request = self._handling.of_applicant(unit, command.request_id, asked.caller)
            return self._write(unit, request, Writer.APPLICANT, command.text)

        return self._handling.once(asked, "write_to_officers", command.fingerprint(), work)

    def write_to_applicant(self, command: WriteMessage, asked: Asked) -> Answer:
        """By an officer of the authority. Raises NotFound, NobodyToAsk, ConversationOver, AnswerAwaited."""

        def work(unit: UnitOfWork) -> Answer:
            request = self._handling.of_office(unit, command.request_id, asked.caller)
            return self._write(unit, request, Writer.OFFICER, command.text)

        return self._handling.once(asked, "write_to_applicant", command.fingerprint(), work)

    def _write(
        self, unit: UnitOfWork, request: ServiceRequest, writer: Writer, text: str
    ) -> Answer:
        message_id = uuid4()
        request.write_message(message_id, writer, text, unit.now)
        self._handling.changed(unit, request)
        return {
            "message_id": str(message_id),
            "writer": str(writer),
            "text": text,
            "written_at": to_wire(unit.now),
        }
