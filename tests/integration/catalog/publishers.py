"""Publishers at work, for tests: who asks, and cards to publish."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
import yaml

from panjareh_common.asking import Asking
from panjareh_common.assurance import AssuranceLevel
from panjareh_common.refusals import Refusal
from panjareh_common.security import Caller, CallerKind
from panjareh_sandbox.demo import services_dir

_PERSON = uuid4()


@contextmanager
def refused(kind: type[Refusal]) -> Iterator[None]:
    """What a command of somebody with a key was refused: said by the name that it is kept under."""
    with pytest.raises(Refusal) as refusal:
        yield
    assert refusal.value.code == kind.code


def publisher(authority: str, *roles: str, person: UUID = _PERSON) -> Caller:
    return Caller(
        CallerKind.OFFICER,
        person,
        AssuranceLevel(3),
        authority=authority,
        roles=roles or ("publisher",),
    )


def asking(authority: str = "mcit", *, key: str | None = None, language: str = "en") -> Asking:
    caller = publisher(authority)
    return Asking(caller, caller.cause("web"), key or str(uuid4()), language)


def a_card(like: str = "INET-001", /, **changes: Any) -> dict[str, Any]:
    """A shipped card with other values in it."""
    text = (services_dir() / f"{like}.yaml").read_text(encoding="utf-8")
    return copy.deepcopy(yaml.safe_load(text)) | changes
