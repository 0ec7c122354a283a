"""PM4Py, which knows nothing of us, finds in our exports the cases, activities and times that came in."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest
from tests.mined_by_pm4py import needs_pm4py, read_ocel, read_xes
from tests.unit.cli.platform_of_pages import Pages, asked_here, brought_in

from panjareh_cli.cases import log as logs
from panjareh_cli.cases import mapping as mappings
from panjareh_cli.cases.exporter import Exporter
from panjareh_cli.cases.folder import cases_folder
from panjareh_cli.cases.sample import make_sample

SAMPLE = Path(make_sample.__file__).parent / "permits-sample.csv"
REAL = [
    path
    for name in ("permit-receipts.csv", "traffic-fines.csv")
    if (path := cases_folder() / name).is_file()
]


def export(path: Path, pages: Pages, kind: str) -> None:
    Exporter(pages, {}, path, kind).run()  # type: ignore[arg-type]


@needs_pm4py
@pytest.mark.parametrize("source", [SAMPLE, *REAL], ids=lambda path: path.stem)
def test_what_came_in_is_found_again(tmp_path: Path, source: Path) -> None:
    log = logs.read(source, mappings.for_log(source))
    pages = Pages([brought_in(case) for case in log.cases], 50)
    came_in = Counter(
        (case["case"], step["step"], datetime.fromisoformat(step["completed_at"]))
        for case in log.cases
        for step in case["steps"]
    )

    export(tmp_path / "log.xes", pages, "xes")
    export(tmp_path / "log.json", pages, "ocel")

    mined = read_xes(tmp_path / "log.xes")
    assert Counter((c, a, datetime.fromisoformat(at)) for c, a, at in mined) == came_in
    objects = read_ocel(tmp_path / "log.json")
    assert Counter((a, datetime.fromisoformat(at)) for _, a, at in objects["events"]) == Counter(
        (a, at) for _, a, at in came_in.elements()
    )
    assert sorted(objects["cases"].values()) == sorted(
        len(case["steps"]) for case in log.cases if case["steps"]
    )


@needs_pm4py
def test_what_was_asked_for_here_is_mined_with_its_objects(tmp_path: Path) -> None:
    export(tmp_path / "log.json", Pages([asked_here(n) for n in range(5)]), "ocel")

    mined = read_ocel(tmp_path / "log.json")

    kinds = Counter(kind for _, kind in mined["objects"])
    # the service has no event of its own, so PM4Py leaves it out
    assert kinds == {"request": 5, "document": 5, "inquiry": 5}
    assert Counter(kind for _, _, kind in mined["relations"]) == {
        "request": 25,
        "inquiry": 10,
        "document": 5,
    }
    assert set(mined["cases"].values()) == {5}
