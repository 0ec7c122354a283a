"""Show the steps of one request: as a table for people, as they came for programs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from panjareh_cli.client import Client
from panjareh_cli.output import say, table

_HEADINGS = ("at", "step", "who", "role", "channel")


def fetch(
    client: Client, request_id: str, *, door: str, at: datetime | None = None
) -> dict[str, Any]:
    """The request and its steps through this door, as they stood at that moment."""
    path = f"{door}/requests/{quote(request_id, safe='')}"
    query = {"at": at.astimezone(UTC).isoformat().replace("+00:00", "Z")} if at else {}
    request = client.get(path, **query)
    items = client.get(f"{path}/timeline").get("items", [])
    if at is not None:
        items = [item for item in items if _moment(item) <= at]
    return {"request": request, "timeline": items}


def show(found: dict[str, Any], *, lang: str, title: str) -> None:
    request, items = found["request"], found["timeline"]
    say(title)
    said = [str(request[key]) for key in ("reference", "status", "outcome") if request.get(key)]
    if said:
        say(" · ".join(said))
    table(
        _HEADINGS,
        (
            (
                str(item.get("at", ""))[:19].replace("T", " "),
                item.get("text") or item.get("kind"),
                item.get("actor"),
                item.get("actor_role"),
                item.get("channel"),
            )
            for item in items
        ),
        lang=lang,
    )


def _moment(item: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(str(item["at"]))
