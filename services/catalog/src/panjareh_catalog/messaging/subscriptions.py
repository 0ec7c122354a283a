"""What the catalogue listens to. A subscription's name is its queue: it must not change between releases."""

from __future__ import annotations

from panjareh_common.messaging.topology import Subscription, erasures, trust

REQUESTS = Subscription("catalog", "on_request_submitted", "requests", ("request_submitted.v1",))
RATINGS = Subscription("catalog", "on_feedback_given", "feedback", ("feedback_given.v1",))

ONBOARDINGS = Subscription(
    "catalog", "on_authority_onboarded", "identity", ("authority_onboarded.v1",)
)

EVIDENCE_TYPES = Subscription(
    "catalog",
    "on_evidence_type_told",
    "inquiry",
    ("evidence_type_published.v1", "evidence_type_withdrawn.v1"),
)

SUBSCRIPTIONS: tuple[Subscription, ...] = (
    REQUESTS,
    RATINGS,
    ONBOARDINGS,
    EVIDENCE_TYPES,
    erasures("catalog"),
    trust("catalog"),
)
