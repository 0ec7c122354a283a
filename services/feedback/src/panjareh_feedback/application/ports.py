"""What the use cases need from outside, by role."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from panjareh_common.event_store import UnitOfWork
from panjareh_feedback.domain.feedback import Feedback
from panjareh_feedback.domain.values import KnownRequest


class KnownRequests(Protocol):
    """What we have heard of requests."""

    def get(self, unit: UnitOfWork, request_id: UUID) -> KnownRequest | None: ...


class RatingView(Protocol):
    """The rows that answer "how is a service rated?", written in the commit of their events."""

    def write(self, unit: UnitOfWork, feedback: Feedback) -> None: ...
