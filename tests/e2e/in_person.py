"""Being seen by an officer of the civil registry, over public HTTP: a place, its times, an appointment that was kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from panjareh_cli.local.platform import Platform
from tests.people import Person, officer

TEHRAN = {"fa": "ثبت احوال تهران", "en": "Civil registry, Tehran"}


def open_place(platform: Platform) -> Any:
    """An officer of the civil registry, with a `place` that has times from now on."""
    clerk: Any = officer(platform, "civil_registry")
    code = f"tehran_{uuid4().hex[:8]}"
    clerk.place = code
    opened = clerk.post(
        "/agency/v1/places", {"code": code, "name": TEHRAN, "address": TEHRAN}, key=str(uuid4())
    )
    assert opened.status_code == 201, opened.text
    soon = (datetime.now(UTC) + timedelta(minutes=4)).isoformat()
    times = {"starts_at": soon, "minutes": 5, "count": 20, "capacity": 5}
    offered = clerk.post(f"/agency/v1/places/{code}/times", times, key=str(uuid4()))
    assert offered.json() == {"offered": 20}, offered.text
    return clerk


def first_time(person: Person, place: str) -> str:
    items = person.get(f"/api/v1/places/{place}/times").json()["items"]
    return str(items[0]["starts_at"])


def kept(registry: Person, appointment_id: str) -> httpx.Response:
    path = f"/agency/v1/appointments/{appointment_id}/kept"
    return registry.post(path, {"document": "identity card 4711"}, key=str(uuid4()))


def is_seen(person: Person, registry: Any) -> None:
    """The person books, comes, and shows their document."""
    visit = {"place": registry.place, "starts_at": first_time(person, registry.place)}
    booked = person.post("/api/v1/appointments", visit, key=str(uuid4()))
    assert booked.status_code == 201, booked.text
    assert kept(registry, booked.json()["appointment_id"]).json()["status"] == "kept"
