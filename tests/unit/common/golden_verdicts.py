"""Golden verdicts: rule sets of every format with inputs, and what was decided. The files are never edited.

A decision is shown to be right years later by deciding again. A format that decided once decides the same
for ever; another meaning is another format, with a file of its own. To add cases for a new format, write
`{rules, verdicts: [{inputs}]}` and fill in `verdict` with `python -m tests.unit.common.golden_verdicts FILE`,
which leaves alone what is filled in.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from panjareh_common.rules import Verdict, read_rules

FILES = Path(__file__).parent / "golden_rules"
_OF_FORMAT_1 = ("outcome", "row", "reason", "law", "version", "hash", "inputs")
_OF_FORMAT_2 = (*_OF_FORMAT_1, "derived", "matched", "because")


def as_json(verdict: Verdict, rules: dict[str, Any]) -> dict[str, Any]:
    """What a golden file holds of a verdict; formats say no more than they always did."""
    kept = _OF_FORMAT_1 if rules.get("format", 1) == 1 else _OF_FORMAT_2
    return json.loads(json.dumps({name: getattr(verdict, name) for name in kept}, default=dict))


def decided(file: Path) -> list[dict[str, Any]]:
    """The content of a golden file as it is decided today."""
    content = json.loads(file.read_text(encoding="utf-8"))
    for case in content:
        rules = read_rules(case["rules"])
        for one in case["verdicts"]:
            one["verdict"] = as_json(rules.decide(one["inputs"]), case["rules"])
    return content


def written(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    for name in sys.argv[1:]:
        path = Path(name)
        new, old = decided(path), json.loads(path.read_text(encoding="utf-8"))
        for case, before in zip(new, old, strict=True):
            for one, known in zip(case["verdicts"], before["verdicts"], strict=True):
                one.update(known)
        path.write_text(written(new), encoding="utf-8")
