"""What applicant and officers write to each other inside a request."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from panjareh_requests.domain.refusals_life import AnswerAwaited, ConversationOver, NobodyToAsk
from panjareh_requests.domain.values import RequestStatus, Writer

if TYPE_CHECKING:
    from panjareh_requests.domain.service_request import ServiceRequest

MOST_IN_A_ROW = 20
"""Messages that one side may write before the other answers: a history is not for flooding."""

_SILENT = frozenset({RequestStatus.WITHDRAWN, RequestStatus.CLOSED})


class Messaging:
    """Both sides may write until the request has ended for good."""

    def write_message(
        self: ServiceRequest, message_id: UUID, writer: Writer, text: str, at: datetime
    ) -> None:
        """Raises NobodyToAsk, ConversationOver, AnswerAwaited."""
        if self.applicant_id is None:
            raise NobodyToAsk()
        if self.status in _SILENT:
            raise ConversationOver(status=str(self.status))
        if self.last_writer == writer and self.written_in_a_row >= MOST_IN_A_ROW:
            raise AnswerAwaited(most=MOST_IN_A_ROW)
        self.trigger_event(
            self.MessageWritten,
            timestamp=at,
            message_id=message_id,
            writer=str(writer),
            text=text,
        )
