"""Rule sets of format 2 for tests, and the brute force that their checks are compared with."""

from __future__ import annotations

from itertools import product

from panjareh_common.rules import Table

TEXT = {"fa": "چون", "en": "because"}
LAW = {"fa": "قانون", "en": "the law"}


def row(name, outcome, when):
    return {"id": name, "outcome": outcome, "reason": TEXT, "when": when}


def integer(least=None, most=None, **more):
    limits = {"min": least, "max": most}
    entry = {"type": "integer", "title": TEXT} | more
    return entry | {key: value for key, value in limits.items() if value is not None}


def text(*choices):
    return {"type": "text", "title": TEXT} | ({"enum": list(choices)} if choices else {})


def boolean():
    return {"type": "boolean", "title": TEXT}


def derived(cel, kind, **more):
    return {"cel": cel, "type": kind, "title": TEXT} | more


def passing(given, outcome, row=None, **then):
    return {"title": TEXT, "given": given, "then": {"outcome": outcome, "row": row} | then}


def source(inputs, rows, *, tests=None, **more):
    """Without `tests` there is one that says nothing; checks of coverage come before it."""
    given = tests if tests is not None else [passing({}, "officers")]
    return {
        "format": 2,
        "version": 1,
        "law": LAW,
        "inputs": inputs,
        "rows": rows,
        "tests": given,
    } | more


HOME_BUSINESS = source(
    {
        "form.activity": text("food", "sewing"),
        "form.workers": integer(1, 50),
        "form.area": {"type": "number", "title": TEXT, "min": 1, "max": 1000},
        "form.trained": boolean(),
    },
    [
        row("crowded", "refused", {"per_worker": {"lt": 4}}),
        row(
            "untrained", "refused", {"form.activity": {"eq": "food"}, "form.trained": {"eq": False}}
        ),
        row(
            "sewing",
            "granted",
            {"form.activity": {"eq": "sewing"}, "per_worker": {"ge": 4}},
        ),
        row(
            "trained",
            "granted",
            {
                "form.activity": {"in": ["food"]},
                "form.trained": {"eq": True},
                "per_worker": {"ge": 4},
            },
        ),
    ],
    derived={"per_worker": derived("form.area / double(form.workers)", "number", min=0, max=1000)},
    tests=[
        passing(
            {"form.workers": 6, "form.area": 20, "form.activity": "sewing", "form.trained": False},
            "refused",
            "crowded",
            derived={"per_worker": 20 / 6},
        ),
        passing(
            {"form.workers": 1, "form.area": 20, "form.activity": "food", "form.trained": False},
            "refused",
            "untrained",
        ),
        passing(
            {"form.workers": 2, "form.area": 20, "form.activity": "sewing"}, "granted", "sewing"
        ),
        passing(
            {"form.workers": 2, "form.area": 20.5, "form.activity": "food", "form.trained": True},
            "granted",
            "trained",
        ),
        passing({"form.workers": 2}, "officers"),
    ],
)
"""A rule set without fault, with every part that one may have but `otherwise`."""


class BruteForce:
    """The answers of coverage.py by trying all values; every input must have few."""

    def __init__(self, content):
        self.table = Table(content)
        domains = [list(_all(entry)) for entry in content["inputs"].values()]
        points = [dict(zip(content["inputs"], values, strict=True)) for values in product(*domains)]
        self.fitting = [set(self.table.decide(point).matched) for point in points]
        self.rows = [row["id"] for row in content["rows"]]

    def has_gap(self):
        return any(not fitting for fitting in self.fitting)

    def overlapping(self):
        return {
            (one, other)
            for place, one in enumerate(self.rows)
            for other in self.rows[place + 1 :]
            if any({one, other} <= fitting for fitting in self.fitting)
        }

    def impossible(self):
        return {row for row in self.rows if not any(row in fitting for fitting in self.fitting)}

    def unreached(self):
        return {
            row
            for place, row in enumerate(self.rows)
            if all(fitting & set(self.rows[:place]) for fitting in self.fitting if row in fitting)
        }


def _all(entry):
    if "enum" in entry:
        return entry["enum"]
    if entry["type"] == "boolean":
        return [False, True]
    return range(entry["min"], entry["max"] + 1)
