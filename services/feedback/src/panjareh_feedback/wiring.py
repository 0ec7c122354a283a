"""Puts feedback together: the only file that names concrete classes."""

from __future__ import annotations

from dataclasses import dataclass

from panjareh_common.foundation import Foundation, lay
from panjareh_feedback.application.giving import Giving
from panjareh_feedback.read_model.known_requests import PostgresKnownRequests
from panjareh_feedback.read_model.ratings import Ratings


@dataclass(frozen=True)
class Wiring:
    """The parts of feedback, made but not opened."""

    foundation: Foundation
    known_requests: PostgresKnownRequests
    ratings: Ratings
    giving: Giving


def wire() -> Wiring:
    foundation = lay("feedback")
    known_requests = PostgresKnownRequests(foundation.log)
    ratings = Ratings(foundation.database)
    return Wiring(
        foundation=foundation,
        known_requests=known_requests,
        ratings=ratings,
        giving=Giving(foundation.log, known_requests, ratings),
    )
