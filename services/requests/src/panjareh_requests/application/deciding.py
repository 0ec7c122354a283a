"""What rules decide about a request: under the version that it runs under, from its own inputs alone (R5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from panjareh_common.rules import Rules, Verdict, read_rules
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import Decision, DecisionMode, Outcome, ServiceTerms


class RulesInUse:
    """Rule sets, each read once a process: a published version never changes."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], Rules] = {}

    def of(self, terms: ServiceTerms) -> Rules:
        """Raises RulesInvalid for a format that this release does not know: then a later one decides."""
        key = (terms.code, terms.version)
        if key not in self._known:
            self._known[key] = read_rules(terms.rules or {})
        return self._known[key]

    def judge(self, terms: ServiceTerms, request: ServiceRequest) -> Decision | str:
        """What becomes of a request whose answers are all in: a decision, or why an officer has to look.

        It follows from the request's events and its version of the service alone; `panjareh verify
        decisions` asks it again.
        """
        if request.decision_mode is DecisionMode.OFFICERS:
            return "officers_decide"
        if request.missing:
            return "evidence_missing"
        return self.decide(terms, request.decision_inputs())

    def decide(self, terms: ServiceTerms, inputs: Mapping[str, Any]) -> Decision | str:
        """The decision; or why an officer has to look, as it is stored with the request."""
        verdict = self.of(terms).decide(inputs)
        if verdict.outcome is None:
            return verdict.because or "no_rule_matched"
        return _decision(verdict, verdict.outcome)


def _decision(verdict: Verdict, outcome: str) -> Decision:
    # Derived values have names that no input has, so both are kept in the one sealed place.
    return Decision(
        outcome=Outcome(outcome),
        reason=dict(verdict.reason),
        rules={
            "version": verdict.version,
            "hash": verdict.hash,
            "row": verdict.row,
            "matched": list(
                verdict.matched or (verdict.row,)
            ),  # of format 1 the first ends the matter
            "law": dict(verdict.law),
        },
        inputs={**verdict.inputs, **verdict.derived},
    )
