"""Data of several persons in one event: each own part, what is everybody's, and what is about all of them together."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from panjareh_common.event_store.sealing import Keyring, Owners, PersonErased


class Keys(Keyring):
    """Keys in memory."""

    def __init__(self) -> None:
        self.held: dict[UUID, bytes | None] = {}

    def _key(self, person_id: UUID, *, make: bool) -> bytes | None:
        return self.held.setdefault(person_id, uuid4().bytes * 2)


SAID: dict[str, Any] = {"reason": {"fa": "چون", "en": "because"}}


@pytest.mark.parametrize("gone", [0, 1])
def test_what_is_everybodys_stays_readable_for_who_is_left(gone: int) -> None:
    keys, persons = Keys(), (uuid4(), uuid4())
    owners = Owners(persons, each=True)
    boxes = keys.seal_for(owners, SAID, "row")
    keys.held[persons[gone]] = None

    assert keys.open_for(owners, boxes, "row") == SAID
    keys.held[persons[1 - gone]] = None
    assert keys.open_for(owners, boxes, "row") is None


@pytest.mark.parametrize("gone", [0, 1])
def test_what_is_about_all_together_goes_with_any_of_them(gone: int) -> None:
    keys, persons = Keys(), (uuid4(), uuid4())
    owners = Owners(persons)
    boxes = keys.seal_for(owners, SAID, "row")

    assert keys.open_for(owners, boxes, "row") == SAID
    keys.held[persons[gone]] = None
    assert keys.open_for(owners, boxes, "row") is None


@pytest.mark.parametrize("each", [True, False])
def test_nothing_new_is_kept_of_who_was_forgotten(each: bool) -> None:
    keys, persons = Keys(), (uuid4(), uuid4())
    owners = Owners(persons, each=each)
    keys.held[persons[0]] = None

    boxes = keys.seal_for(owners, SAID, "row")
    assert keys.open_for(owners, boxes, "row") == (SAID if each else None)
    keys.held[persons[1]] = None
    with pytest.raises(PersonErased):
        keys.seal_for(owners, SAID, "row")
