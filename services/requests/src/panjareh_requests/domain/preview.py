"""What rules would decide with what is known so far, and whether what is not known yet could change it (R5).

Pure. The rules are those of the real decision, asked by the same function; this only tells what a table says
about rows of which it is not known yet whether they fit.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from panjareh_common.rules import TracedRow
from panjareh_requests.domain.values import Decision


class Result(StrEnum):
    """DEPENDS: what is not known yet may decide it either way. OFFICERS: an officer decides, whatever it is."""

    GRANTED = "granted"
    REFUSED = "refused"
    OFFICERS = "officers"
    DEPENDS = "depends"


@dataclass(frozen=True)
class Foreseen:
    """`decision` is what the rules say now: a decision, or why an officer has to look. `depends_on` are names of
    inputs that are not known yet and may change it.
    """

    result: Result
    decision: Decision | str
    depends_on: tuple[str, ...] = ()


def foresee(
    decision: Decision | str,
    rows: tuple[TracedRow, ...],
    unknown: Collection[str],
    inputs: Collection[str],
    *,
    ordered: bool,
) -> Foreseen:
    """`unknown` are the inputs that may still come, of all `inputs` that the rules look at. `ordered`: the first
    row that fits ends the matter, so what stands below it changes nothing.
    """

    def may_come(name: str) -> bool:
        # A value that is computed may come where any that it may be computed from does.
        return name in unknown or (name not in inputs and bool(unknown))

    def may_still_fit(row: TracedRow) -> bool:
        open_ = [c for c in row.conditions if c.why is not None and may_come(c.name)]
        return bool(open_) and all(c.holds or c in open_ for c in row.conditions)

    looked_at = rows
    if ordered and isinstance(decision, Decision) and decision.rules:
        above = [row.id for row in rows].index(str(decision.rules["row"]))
        looked_at = rows[:above]
    open_rows = [row for row in looked_at if may_still_fit(row)]
    if isinstance(decision, Decision):
        certain = all(row.outcome == decision.outcome for row in open_rows)
        result = Result(str(decision.outcome)) if certain else Result.DEPENDS
    else:
        certain = decision not in ("no_rule_matched", "values_not_known") or not open_rows
        result = Result.OFFICERS if certain else Result.DEPENDS
    if result is not Result.DEPENDS:
        return Foreseen(result, decision)
    names = {
        c.name for row in open_rows for c in row.conditions if c.why is not None and not c.holds
    }
    # Of what is computed the values are named that it waits for.
    named = (names & set(unknown)) | (set(unknown) if names - set(inputs) else set())
    return Foreseen(result, decision, tuple(sorted(named)))
