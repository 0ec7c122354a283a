"""Alerts ring for what they are for, and they and the dashboards ask for metrics that somebody makes."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart.rendering import CHART, ROOT, render, tools

RULES = CHART / "files/rules"
DASHBOARDS = sorted((CHART / "files/dashboards").glob("*.json"))
METRIC = re.compile(r"\b(?:[a-z]+_)+[a-z]+\b(?=[{\[ ]|$|\))|\bup\b(?=\{)")


def _groups() -> list[dict[str, Any]]:
    return [
        group
        for file in sorted(RULES.glob("*.yaml"))
        for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]
    ]


def _expressions() -> list[str]:
    """Every expression of rules and dashboards; what Grafana fills in is filled in."""
    found = [rule["expr"] for group in _groups() for rule in group["rules"]]
    for file in DASHBOARDS:
        for panel in json.loads(file.read_text(encoding="utf-8"))["panels"]:
            found += [target["expr"].replace("$namespace", "x") for target in panel["targets"]]
    return found


_PARSE = """
import json, sys, promql_parser
for line in sys.stdin:
    try:
        promql_parser.parse(json.loads(line))
    except ValueError as cause:
        print(line.strip(), cause)
"""


def test_every_expression_can_be_read() -> None:
    done = subprocess.run(
        [str(tools() / "checks/bin/python"), "-c", _PARSE],
        input="".join(json.dumps(each) + "\n" for each in [*_expressions(), "sum(rate(x[5m])"]),
        capture_output=True,
        text=True,
        check=True,
    )

    (fault,) = (
        done.stdout.splitlines()
    )  # the last one has a bracket too few: the parser is no shrug
    assert fault.startswith('"sum(rate(x[5m])"')


def test_what_has_to_ring_rings_and_the_rest_is_silent(tmp_path: Path) -> None:
    promtool = tools() / "promtool"
    if not promtool.exists():
        pytest.skip("promtool is not to be had here (scripts/chart_tools)")
    cases = sorted((ROOT / "tests/chart").glob("rules*_test.yaml"))
    for file in (*RULES.glob("*.yaml"), *cases):
        shutil.copy(file, tmp_path)

    done = subprocess.run(
        [str(promtool), "test", "rules", *(file.name for file in cases)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_metric_that_is_asked_for_is_one_that_somebody_makes() -> None:
    table = (ROOT / "docs/operations/slo.md").read_text(encoding="utf-8")
    made = set(re.findall(r"`([a-z_]+)`", table))

    asked = set()
    for expression in _expressions():
        without_labels = re.sub(r"\{[^}]*\}", "{", re.sub(r'"[^"]*"', '""', expression))
        without_groups = re.sub(r"\b(by|on|without)\s*\([^)]*\)", " ", without_labels)
        asked |= set(METRIC.findall(without_groups))
    functions = {"histogram_quantile", "min_over_time"}
    bases = {
        re.sub(r"_(bucket|count|sum)\Z", "", each) if each not in made else each for each in asked
    }
    assert len(bases) > 20
    assert {each for each in bases - functions if not each.startswith("slo")} <= made


def test_every_alert_says_how_bad_what_and_what_to_do() -> None:
    slos = {
        rule["labels"]["slo"]
        for group in _groups()
        for rule in group["rules"]
        if rule.get("record") == "slo:error_budget:ratio"
    }
    runbooks = ROOT / "docs/operations/runbooks"
    alerts = [rule for group in _groups() for rule in group["rules"] if "alert" in rule]

    assert len(alerts) > 15
    for alert in alerts:
        assert alert["labels"]["severity"] in {"page", "ticket"}
        assert alert["annotations"]["summary"]
        base, _, page = alert["annotations"]["runbook_url"].partition("/")
        assert base == "__RUNBOOKS__"
        for slo in slos if "$labels.slo" in page else [""]:
            assert (runbooks / page.replace("{{ $labels.slo }}", slo)).exists(), page


def test_the_rules_that_are_installed_name_this_release() -> None:
    (rule,) = render("production").of("PrometheusRule")
    text = json.dumps(rule)

    assert "__" not in text.replace("__meta", "")
    assert 'namespace=\\"window\\"' in text
    assert "panjareh-.*-migrate" in text
    assert "$labels.slo" in text  # Prometheus' own words come through Helm untouched


def test_every_dashboard_is_installed_and_grafana_can_place_it() -> None:
    installed = [
        each
        for each in render("production").of("ConfigMap")
        if each["metadata"]["labels"].get("grafana_dashboard") == "1"
    ]

    assert {name for each in installed for name in each["data"]} == {
        file.name for file in DASHBOARDS
    }
    boards = [json.loads(text) for each in installed for text in each["data"].values()]
    assert len({board["uid"] for board in boards}) == len(boards)
    for board in boards:
        assert "id" not in board
        assert board["templating"]["list"][0]["type"] == "datasource"
        for panel in board["panels"]:
            assert panel["datasource"]["uid"] == "${datasource}"
