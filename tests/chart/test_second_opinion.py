"""checkov's opinion of the chart, with every waiver explained where it is made."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import yaml

from tests.chart.rendering import CHART, ROOT, render, tools

WAIVERS = ROOT / "deploy/helm/checkov.yaml"


def test_checkov_has_nothing_against_it(tmp_path: Path) -> None:
    for variant in ("ci", "production"):
        (tmp_path / f"{variant}.yaml").write_text(render(variant).text, encoding="utf-8")

    done = subprocess.run(
        [
            str(tools() / "checks/bin/checkov"),
            "-d",
            ".",
            "--config-file",
            str(WAIVERS),
            "-o",
            "json",
        ],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )

    report = json.loads(done.stdout)
    against = {
        f"{each['check_id']} {each['check_name']}: {each['resource']}"
        for each in report["results"]["failed_checks"]
    }
    assert against == set()
    assert report["summary"]["parsing_errors"] == 0
    assert report["summary"]["passed"] > 1_000


def test_every_waiver_says_why() -> None:
    lines = WAIVERS.read_text(encoding="utf-8").splitlines()
    waived = yaml.safe_load(WAIVERS.read_text(encoding="utf-8"))["skip-check"]
    assert waived
    for check in waived:
        before = lines[lines.index(f"  - {check}") - 1]
        assert before.strip().startswith("#"), check
    for template in CHART.rglob("templates/**/*.yaml"):
        for said in re.findall(r'"checkov\.io/skip\d+" "([^"]*)"', template.read_text("utf-8")):
            assert re.fullmatch(r"CKV\w+=.{10,}", said), said
