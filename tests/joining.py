"""Joining a request as people do: with a code that whoever asked tells them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from tests.people import Person


def invite(person: Person, request_id: str, party: str) -> str:
    """The code of a new invitation."""
    path = f"/api/v1/requests/{request_id}/parties/{party}/invitation"
    answer = person.post(path, {"calls_self": "Mina"}, key=str(uuid4()))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["code"])


def join(person: Person, code: str, form: Mapping[str, Any]) -> dict[str, Any]:
    body = {"code": code, "form": dict(form), "agreed": True}
    answer = person.post("/api/v1/invitations/joining", body, key=str(uuid4()))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())
