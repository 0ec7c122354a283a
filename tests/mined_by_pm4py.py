"""Reads a log with PM4Py and tells in JSON what it found; and finds a Python that has PM4Py.

PM4Py is under the AGPL, so the project neither imports nor depends on it: it is a tool beside it, run in a
process of its own, by a Python of its own (`scripts/setup tests` makes it), or by the one that PM4PY_PYTHON names.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.inventory import ROOT

_OURS = ROOT / ".tools/pm4py/bin/python"
PYTHON = os.environ.get("PM4PY_PYTHON") or (str(_OURS) if _OURS.exists() else "")
needs_pm4py = pytest.mark.skipif(not PYTHON, reason="PM4Py is not there: `scripts/setup tests`")

_READ_XES = """
import json, sys, pm4py
log = pm4py.read_xes(sys.argv[1])
times = log["time:timestamp"].map(lambda at: at.isoformat())
rows = zip(log["case:concept:name"], log["concept:name"], times)
json.dump([list(row) for row in rows], sys.stdout)
"""
_READ_OCEL = """
import json, sys, pm4py
log = pm4py.read_ocel2_json(sys.argv[1])
events = log.events[["ocel:eid", "ocel:activity", "ocel:timestamp"]].astype(str).values.tolist()
relations = log.relations[["ocel:eid", "ocel:oid", "ocel:type"]].astype(str).values.tolist()
objects = log.objects[["ocel:oid", "ocel:type"]].astype(str).values.tolist()
flat = pm4py.ocel_flattening(log, "request")
cases = flat.groupby("case:concept:name").size().to_dict()
json.dump({"events": events, "relations": relations, "objects": objects, "cases": cases}, sys.stdout)
"""


def read_xes(path: Path) -> list[list[str]]:
    """Case, activity and time of every event."""
    return list(_run(_READ_XES, path))


def read_ocel(path: Path) -> dict[str, Any]:
    """Events (id, type, time), relations (event, object, type), objects (id, type), and events by request."""
    return dict(_run(_READ_OCEL, path))


def _run(program: str, path: Path) -> Any:
    done = subprocess.run(
        [PYTHON, "-c", program, str(path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout[done.stdout.index("[" if program is _READ_XES else "{") :])
