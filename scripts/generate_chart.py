"""Writes what the chart holds that is made: its table of values, the service levels' rules, the dashboards.

`--check` writes nothing and ends with 1 when a file is not as it would be written.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import yaml

CHART = Path(__file__).parents[1] / "deploy/helm/panjareh"
MARK = "<!-- values: made by scripts/generate_chart.py -->"

# ---- values ------------------------------------------------------------------------------------


def documented(text: str) -> list[tuple[str, str, str]]:
    """The lines `## @section TITLE` and `## @param PATH TEXT`, in order: kind, path or title, text."""
    found = []
    for line in text.splitlines():
        said = re.match(r"\s*## @(section|param) (.*)", line)
        if said and said[1] == "section":
            found.append(("section", said[2], ""))
        elif said:
            path, _, about = said[2].partition(" ")
            found.append(("param", path, about))
    return found


def value_at(values: Any, path: str) -> Any:
    """Raises KeyError for a path that the values do not have."""
    for step in path.split("."):
        values = values[step]
    return values


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return f"`{text}`" if len(text) <= 60 else "see values.yaml"


def values_table() -> str:
    text = (CHART / "values.yaml").read_text(encoding="utf-8")
    values = yaml.safe_load(text)
    lines: list[str] = []
    for kind, name, about in documented(text):
        if kind == "section":
            lines += [
                "",
                f"### {name}",
                "",
                "| value | what it is for | default |",
                "| --- | --- | --- |",
            ]
        else:
            lines.append(
                f"| `{name}` | {about.replace('|', chr(92) + '|')} | {_shown(value_at(values, name))} |"
            )
    return "\n".join(lines) + "\n"


def readme() -> str:
    head = (CHART / "README.md").read_text(encoding="utf-8").partition(MARK)[0]
    return f"{head}{MARK}\n{values_table()}"


# ---- service levels (docs/operations/slo.md) ---------------------------------------------------

_SUBMIT = 'http_route="/api/v1/services/{service_code}/requests",http_request_method="POST"'
_STATUS = 'http_route=~"/api/v1/requests(/{request_id}(/timeline)?)?",http_request_method="GET"'
_HTTP = "http_server_request_duration_seconds_count"
_HERE = 'namespace="__NAMESPACE__"'


def _share_of(metric: str, bad: str, all_: str) -> tuple[str, str]:
    return (
        f"sum(rate({metric}{{{_HERE},{all_},{bad}}}[%s]))",
        f"sum(rate({metric}{{{_HERE},{all_}}}[%s]))",
    )


def _slower_than(metric: str, le: str) -> tuple[str, str]:
    total = f"sum(rate({metric}_count{{{_HERE}}}[%s]))"
    return f'({total} - sum(rate({metric}_bucket{{{_HERE},le="{le}"}}[%s])))', total


# Name, share that may be bad in thirty days, the bad events and all events.
SLOS = (
    ("submit", 0.001, *_share_of(_HTTP, 'http_response_status_code=~"5.."', _SUBMIT)),
    ("status", 0.001, *_share_of(_HTTP, 'http_response_status_code=~"5.."', _STATUS)),
    ("freshness", 0.005, *_slower_than("panjareh_follower_delay_seconds", "5.0")),
    ("inquiry", 0.01, *_slower_than("panjareh_inquiry_answer_seconds", "60.0")),
)
WINDOWS = ("5m", "30m", "1h", "6h", "3d")
# Of a budget of thirty days: 2 % in one hour, 5 % in six hours, 10 % in three days.
BURNS = (
    ("PanjarehBudgetBurnsVeryFast", 14.4, "1h", "5m", "2m", "page"),
    ("PanjarehBudgetBurnsFast", 6, "6h", "30m", "15m", "page"),
    ("PanjarehBudgetBurns", 1, "3d", "6h", "1h", "ticket"),
)
LEAST_EVENTS = {"1h": 20, "6h": 60, "3d": 200}  # fewer say nothing about a share


def slo_rules() -> str:
    records: list[dict[str, Any]] = []
    for slo, budget, bad, all_ in SLOS:
        named = {"labels": {"slo": slo}}
        records.append({"record": "slo:error_budget:ratio", "expr": f"vector({budget})", **named})
        for window in WINDOWS:
            ratio = f"{bad.replace('%s', window)} / {all_.replace('%s', window)}"
            records.append({"record": f"slo:error_ratio:rate{window}", "expr": ratio, **named})
        for window, least in LEAST_EVENTS.items():
            seconds = {"1h": 3600, "6h": 21600, "3d": 259200}[window]
            enough = f"{all_.replace('%s', window)} * {seconds} > bool {least}"
            records.append({"record": f"slo:enough_events:{window}", "expr": enough, **named})
    alerts = [
        {
            "alert": name,
            "expr": (
                f"slo:error_ratio:rate{long} > on (slo) {factor} * slo:error_budget:ratio\n"
                f"and on (slo) slo:error_ratio:rate{short} > on (slo) {factor} * slo:error_budget:ratio\n"
                f"and on (slo) slo:enough_events:{long} == 1\n"
            ),
            "for": wait,
            "labels": {"severity": severity},
            "annotations": {
                "summary": f"{{{{ $labels.slo }}}} uses up its error budget {factor} times too fast",
                "runbook_url": "__RUNBOOKS__/slo-{{ $labels.slo }}.md",
            },
        }
        for name, factor, long, short, wait, severity in BURNS
    ]
    groups = {
        "groups": [
            {"name": "panjareh.slo.records", "interval": "30s", "rules": records},
            {"name": "panjareh.slo.alerts", "rules": alerts},
        ]
    }
    head = "# Made by scripts/generate_chart.py; what is measured and promised: docs/operations/slo.md.\n"
    return head + yaml.safe_dump(groups, sort_keys=False, width=1_000_000, allow_unicode=True)


# ---- dashboards --------------------------------------------------------------------------------

_N = 'namespace="$namespace"'


def _quantiles(metric: str, by: str, labels: str = _N) -> list[tuple[str, str]]:
    return [
        (
            f"histogram_quantile({q}, sum by (le, {by}) (rate({metric}_bucket{{{labels}}}[5m])))",
            f"{{{{{by}}}}} p{int(q * 100)}",
        )
        for q in (0.5, 0.95, 0.99)
    ]


# File, title, and panels: title, unit, [(PromQL, legend)].
DASHBOARDS: dict[str, tuple[str, list[tuple[str, str, list[tuple[str, str]]]]]] = {
    "overview": (
        "Panjareh: service levels",
        [
            ("Error ratio, one hour", "percentunit", [("slo:error_ratio:rate1h", "{{slo}}")]),
            (
                "Budget used up, times too fast (6 h)",
                "none",
                [("slo:error_ratio:rate6h / on (slo) slo:error_budget:ratio", "{{slo}}")],
            ),
            (
                "Budget left, three days",
                "percentunit",
                [("1 - slo:error_ratio:rate3d / on (slo) slo:error_budget:ratio", "{{slo}}")],
            ),
            (
                "Requests a second",
                "reqps",
                [
                    (
                        f"sum by (http_response_status_code) (rate({_HTTP}{{{_N}}}[5m]))",
                        "{{http_response_status_code}}",
                    )
                ],
            ),
            (
                "Answer time",
                "s",
                [
                    (
                        f"histogram_quantile({q}, sum by (le) (rate(http_server_request_duration_seconds_bucket{{{_N}}}[5m])))",
                        f"p{int(q * 100)}",
                    )
                    for q in (0.5, 0.95, 0.99)
                ],
            ),
            (
                "Processes that answer",
                "none",
                [(f"sum by (service, process) (up{{{_N}}})", "{{service}}.{{process}}")],
            ),
        ],
    ),
    "requests": (
        "Panjareh: service requests",
        [
            (
                "Submitted an hour",
                "none",
                [
                    (
                        f"sum by (service_code) (increase(panjareh_requests_submitted_total{{{_N}}}[1h]))",
                        "{{service_code}}",
                    )
                ],
            ),
            (
                "Decided an hour",
                "none",
                [
                    (
                        f"sum by (service_code, outcome) (increase(panjareh_requests_decided_total{{{_N}}}[1h]))",
                        "{{service_code}} {{outcome}}",
                    )
                ],
            ),
            (
                "Open, by status",
                "none",
                [
                    (
                        f"max by (service_code, status) (panjareh_requests_open{{{_N}}})",
                        "{{service_code}} {{status}}",
                    )
                ],
            ),
            (
                "Past their time limit",
                "none",
                [
                    (
                        f"max by (service_code) (panjareh_requests_overdue{{{_N}}})",
                        "{{service_code}}",
                    )
                ],
            ),
        ],
    ),
    "processes": (
        "Panjareh: processes",
        [
            (
                "Calls a second",
                "reqps",
                [
                    (
                        f"sum by (service) (rate(rpc_server_call_duration_seconds_count{{{_N}}}[5m]))",
                        "{{service}}",
                    )
                ],
            ),
            ("Time of a call", "s", _quantiles("rpc_server_call_duration_seconds", "service")),
            (
                "Calls that failed",
                "reqps",
                [
                    (
                        f'sum by (service, error_type) (rate(rpc_server_call_duration_seconds_count{{{_N},error_type!=""}}[5m]))',
                        "{{service}} {{error_type}}",
                    )
                ],
            ),
            (
                "Workers busy",
                "none",
                [(f"sum by (service) (panjareh_rpc_workers_busy{{{_N}}})", "{{service}}")],
            ),
            (
                "Handling a message",
                "s",
                _quantiles("messaging_process_duration_seconds", "messaging_destination_name"),
            ),
            (
                "Publishing, until confirmed",
                "s",
                _quantiles("messaging_client_operation_duration_seconds", "service"),
            ),
            (
                "Behind the log",
                "s",
                [(f"max by (follower) (panjareh_follower_lag_seconds{{{_N}}})", "{{follower}}")],
            ),
            (
                "Who follows",
                "none",
                [(f"panjareh_follower_active{{{_N}}}", "{{follower}} {{pod}}")],
            ),
            (
                "Due work, late",
                "s",
                [
                    (
                        f"max by (service, kind) (panjareh_due_lag_seconds{{{_N}}})",
                        "{{service}} {{kind}}",
                    )
                ],
            ),
            (
                "Queues: ready",
                "none",
                [
                    (
                        f"max by (queue) (rabbitmq_detailed_queue_messages_ready{{{_N}}}) > 0",
                        "{{queue}}",
                    )
                ],
            ),
            (
                "Queues: not yet acknowledged",
                "none",
                [
                    (
                        f"max by (queue) (rabbitmq_detailed_queue_messages_unacked{{{_N}}}) > 0",
                        "{{queue}}",
                    )
                ],
            ),
            (
                "Queues: who takes from them",
                "none",
                [
                    (
                        f'max by (queue) (rabbitmq_detailed_queue_consumers{{{_N},queue!~".+\\\\.dead"}})',
                        "{{queue}}",
                    )
                ],
            ),
            (
                "Dead letters",
                "none",
                [
                    (
                        f'max by (queue) (rabbitmq_detailed_queue_messages_ready{{{_N},queue=~"[a-z]+\\\\.dead"}})',
                        "{{queue}}",
                    )
                ],
            ),
            (
                "Delivered again a second",
                "none",
                [
                    (
                        f"sum by (queue_type) (rate(rabbitmq_global_messages_redelivered_total{{{_N}}}[5m]))",
                        "{{queue_type}}",
                    )
                ],
            ),
            (
                "Memory",
                "bytes",
                [(f"process_resident_memory_bytes{{{_N}}}", "{{service}}.{{process}} {{pod}}")],
            ),
            (
                "Processor time",
                "percentunit",
                [
                    (
                        f"rate(process_cpu_seconds_total{{{_N}}}[5m])",
                        "{{service}}.{{process}} {{pod}}",
                    )
                ],
            ),
        ],
    ),
    "streams": (
        "Panjareh: live streams",
        [
            (
                "Open streams",
                "none",
                [
                    (f"sum by (pod) (panjareh_live_streams{{{_N}}})", "{{pod}}"),
                    (f"sum(panjareh_live_streams_limit{{{_N}}})", "limit"),
                ],
            ),
            (
                "Connected again a second",
                "reqps",
                [(f"sum(rate(panjareh_live_streams_resumed_total{{{_N}}}[5m]))", "resumed")],
            ),
            ("From stored to shown", "s", _quantiles("panjareh_live_delay_seconds", "process")),
        ],
    ),
    "connectors": (
        "Panjareh: authorities",
        [
            (
                "Questions a second",
                "reqps",
                [
                    (
                        f"sum by (provider, outcome) (rate(panjareh_inquiry_answer_seconds_count{{{_N}}}[5m]))",
                        "{{provider}} {{outcome}}",
                    )
                ],
            ),
            (
                "From question to answer",
                "s",
                _quantiles("panjareh_inquiry_answer_seconds", "provider"),
            ),
            (
                "One attempt",
                "s",
                _quantiles("http_client_request_duration_seconds", "server_address"),
            ),
            (
                "Away (breaker open)",
                "none",
                [(f"max by (provider) (panjareh_connector_open{{{_N}}})", "{{provider}}")],
            ),
        ],
    ),
}
_LINKS = (
    ("RabbitMQ overview", "https://grafana.com/grafana/dashboards/10991"),
    ("CloudNativePG", "https://grafana.com/grafana/dashboards/20417"),
)


def dashboard(name: str) -> str:
    title, panels = DASHBOARDS[name]
    source = {"type": "prometheus", "uid": "${datasource}"}
    drawn = [
        {
            "id": number,
            "type": "timeseries",
            "title": panel,
            "datasource": source,
            "gridPos": {"x": number % 2 * 12, "y": number // 2 * 8, "w": 12, "h": 8},
            "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
            "targets": [
                {
                    "refId": chr(ord("A") + nth),
                    "datasource": source,
                    "expr": expr,
                    "legendFormat": legend,
                }
                for nth, (expr, legend) in enumerate(queries)
            ],
        }
        for number, (panel, unit, queries) in enumerate(panels)
    ]
    variables = [
        {"name": "datasource", "type": "datasource", "query": "prometheus"},
        {
            "name": "namespace",
            "type": "query",
            "datasource": source,
            "query": 'label_values(process_start_time_seconds{service!=""}, namespace)',
            "refresh": 2,
        },
    ]
    made = {
        "uid": f"panjareh-{name}",
        "title": title,
        "tags": ["panjareh"],
        "schemaVersion": 39,
        "timezone": "browser",
        "refresh": "1m",
        "time": {"from": "now-6h", "to": "now"},
        "links": [
            {"title": text, "url": url, "type": "link", "targetBlank": True} for text, url in _LINKS
        ],
        "templating": {"list": variables},
        "panels": drawn,
    }
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


def made() -> dict[Path, str]:
    """Every file that is made, with its text."""
    return {
        CHART / "README.md": readme(),
        CHART / "files/rules/slo.yaml": slo_rules(),
        **{CHART / f"files/dashboards/{name}.json": dashboard(name) for name in DASHBOARDS},
    }


def main() -> int:
    stale = [
        path
        for path, text in made().items()
        if not path.exists() or path.read_text("utf-8") != text
    ]
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(
                f"{path.relative_to(CHART)} is not as scripts/generate_chart.py makes it",
                file=sys.stderr,
            )
        return 1 if stale else 0
    for path in stale:
        path.write_text(made()[path], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
