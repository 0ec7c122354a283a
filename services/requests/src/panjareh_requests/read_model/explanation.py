"""Why rules decided about a request as they did: every row, with what met it and what did not (R5).

Nothing of it is stored. The request is decided again from the inputs that its decision keeps, under the
version that it ran under.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from panjareh_common.rules import told
from panjareh_common.rules.wording import titles_of, wording_of
from panjareh_requests.application.deciding import RulesInUse
from panjareh_requests.domain.values import ServiceTerms

_RULES = RulesInUse()


def explained(
    terms: ServiceTerms,
    rules: Mapping[str, Any] | None,
    inputs: Mapping[str, Any] | None,
    language: str,
) -> dict[str, Any]:
    """`{row, rules_version, rules_hash, rows}`, without rows where an officer decided or the inputs were erased.

    `rules` and `inputs` are those of the decision's event. Rows are as panjareh_common.rules.told says.
    """
    explanation: dict[str, Any] = {
        "row": rules["row"] if rules else None,
        "rules_version": rules["version"] if rules else None,
        "rules_hash": rules["hash"] if rules else None,
        "rows": [],
    }
    if not rules or inputs is None or not terms.rules:
        return explanation
    titles = titles_of(terms.rules, terms.form, terms.evidence_titles)
    trace = _RULES.of(terms).trace(inputs)
    wording = wording_of(terms.rules, terms.form, language)
    return explanation | {"rows": told(trace, titles, wording, language)}
