"""`panjareh status`: is the platform up, and does each part of it work?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from panjareh_cli.local.home import find_home, holder_of, read_json
from panjareh_cli.output import console, document, options_of, table

TEXTS = {
    "en": {
        "down": "Panjareh is not running from {home}. Start it with: make run",
        "starting": "Panjareh is starting or stopping (process {pid}); its logs: {logs}",
        "up": "Panjareh answers at {url} (process {pid}, since {since}).",
        "ready": "It is ready.",
        "not_ready": "It is not ready: {reason}",
        "headings": ("process", "state", "pid", "restarts"),
    },
    "fa": {
        "down": "پنجره در {home} در حال اجرا نیست. راه‌اندازی: make run",
        "starting": "پنجره در حال راه‌اندازی یا توقف است (فرایند {pid})؛ گزارش‌ها: {logs}",
        "up": "پنجره در {url} پاسخ می‌دهد (فرایند {pid}، از {since}).",
        "ready": "آماده است.",
        "not_ready": "آماده نیست: {reason}",
        "headings": ("فرایند", "وضعیت", "شناسه", "راه‌اندازی دوباره"),
    },
}


def readiness(url: str) -> tuple[bool, dict[str, Any]]:
    """What /api/v1/readyz says, and whether it means ready."""
    # A fifth of a second that nobody need wait for when the platform is down.
    import httpx  # noqa: PLC0415

    try:
        answer = httpx.get(f"{url}/api/v1/readyz", timeout=10, trust_env=False)
    except httpx.HTTPError as fault:
        return False, {"detail": f"{url} does not answer ({fault})"}
    try:
        body = answer.json()
    except ValueError:
        body = {"detail": f"{url} answered {answer.status_code} without JSON"}
    if not isinstance(body, dict):
        return False, {"detail": str(body)}
    # The gateway is ready without the others; the platform is not.
    services = body.get("services", {}).values()
    return answer.is_success and all(each == "ready" for each in services), body


def survey(home: Path) -> dict[str, Any]:
    """Everything `status` knows, as one document."""
    pid = holder_of(home)
    run = read_json(home / "run.json") if pid is not None else {}
    url = run.get("url")
    ready, body = readiness(str(url)) if url else (False, {})
    return {
        "home": str(home),
        "running": pid is not None,
        "pid": pid,
        "url": url,
        "sandbox_url": run.get("sandbox_url"),
        "started_at": run.get("started_at"),
        "ready": ready,
        "readiness": body,
        "processes": read_json(home / "processes.json") if pid is not None else {},
    }


def status(
    ctx: typer.Context,
    as_json: bool = typer.Option(False, "--json", help="Answer with one JSON document."),
) -> None:
    """Say whether the platform is up and ready (exit code 0), or not (1)."""
    options = options_of(ctx, as_json=as_json)
    found = survey(find_home())
    if options.json:
        document(found)
    else:
        _tell(found, options.lang)
    if not found["ready"]:
        raise typer.Exit(1)


def _tell(found: dict[str, Any], lang: str) -> None:
    texts: dict[str, Any] = TEXTS[lang]
    out = console()
    home = found["home"]
    if not found["running"]:
        out.print(texts["down"].format(home=home))
        return
    if not found["url"]:
        out.print(texts["starting"].format(pid=found["pid"], logs=f"{home}/logs"))
    else:
        since = found["started_at"]
        out.print(texts["up"].format(url=found["url"], pid=found["pid"], since=since))
        body = found["readiness"]
        reason = (
            body.get("detail")
            or body.get("title")
            or ", ".join(f"{name}: {value}" for name, value in body.items())
        )
        out.print(texts["ready"] if found["ready"] else texts["not_ready"].format(reason=reason))
    table(
        texts["headings"],
        [(name, p["state"], p["pid"], p["restarts"]) for name, p in found["processes"].items()],
    )
    checks = found["readiness"].get("checks")
    if isinstance(checks, dict):
        table((), [(name, str(value)) for name, value in checks.items()])


def register(app: typer.Typer) -> None:
    app.command()(status)
