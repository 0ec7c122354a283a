"""Every administrative call by everybody: who may, and that nobody else may (the table of roles in identity's README)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any
from uuid import UUID

import pytest

from panjareh_cli.local.servers import LocalServers
from panjareh_common.database import Database
from panjareh_common.refusals import NotAllowed, NotFound
from panjareh_identity.application.onboarding import AskAuthority
from tests.integration.conftest import new_databases
from tests.integration.identity.staffing import REASON, WELFARE, House, Human
from tests.integration.identity.test_acts import SYSTEM

_codes = (f"authority_{number}" for number in count())
PEOPLE = (
    "a person",
    "an officer",
    "a publisher",
    "an auditor",
    "a supervisor",
    "a supervisor elsewhere",
    "an auditor of the platform",
    "an administrator",
)


class Cast(House):
    """Everybody, and what each of the calls needs to find."""

    def assemble(self) -> None:
        self.administrators_ = self.administrators()
        for code in ("welfare", "police"):
            self.authority(*self.administrators_, code)
        self.head = self.officer(*self.administrators_, ["supervisor"])
        other = self.officer(*self.administrators_, ["supervisor"])
        both = self.head, other
        self.people: dict[str, Human] = {
            "a person": self.human(),
            "an officer": self.officer(*both, ["officer"]),
            "a publisher": self.officer(*both, ["publisher"]),
            "an auditor": self.officer(*both, ["auditor"]),
            "a supervisor": other,
            "a supervisor elsewhere": self.officer(*self.administrators_, ["supervisor"], "police"),
            "an auditor of the platform": self.officer(
                *self.administrators_, ["auditor"], "panjareh"
            ),
            "an administrator": self.administrators_[1],
        }

    def asked_authority(self) -> str:
        code = next(_codes)
        self.staff.onboarding.ask(
            AskAuthority(code, WELFARE, REASON), self.asking(self.administrators_[0])
        )
        return code

    def asked_change(self) -> UUID:
        return self.ask(self.head, self.human(), ["officer"])

    def client(self) -> UUID:
        registered = self.staff.clients.register(SYSTEM, {}, self.asking(self.head))
        return UUID(registered["client_id"])

    def looking(self, human: Human) -> dict[str, Any]:
        caller = self.caller(human)
        return {"caller": caller, "cause": caller.cause("web")}


Call = Callable[[Cast, Human], Any]
PAGE = {"after": None, "limit": 5}
_welfare = replace(SYSTEM, details=replace(SYSTEM.details, authority="welfare"))

CALLS: dict[str, Call] = {
    "ask_authority": lambda cast, by: cast.staff.onboarding.ask(
        AskAuthority(next(_codes), WELFARE, REASON), cast.asking(by)
    ),
    "confirm_authority": lambda cast, by: cast.staff.onboarding.confirm(
        cast.asked_authority(), cast.asking(by)
    ),
    "refuse_authority": lambda cast, by: cast.staff.onboarding.refuse(
        cast.asked_authority(), REASON, cast.asking(by)
    ),
    "list_authorities": lambda cast, by: cast.staff.onboarding.all(**cast.looking(by)),
    "change_office": lambda cast, by: cast.ask(by, cast.human(), ["officer"], authority="welfare"),
    "change_office of the platform": lambda cast, by: cast.ask(
        by, cast.human(), ["auditor"], authority="panjareh"
    ),
    "change_office, taking": lambda cast, by: cast.ask(
        by,
        cast.officer(*cast.administrators_, ["officer"]),
        takes=["officer"],
        authority="welfare",
    ),
    "confirm_office_change": lambda cast, by: cast.confirm(by, cast.asked_change()),
    "refuse_office_change": lambda cast, by: cast.staff.offices.refuse(
        cast.asked_change(), REASON, cast.asking(by)
    ),
    "list_office_changes": lambda cast, by: cast.staff.lists.changes(
        "welfare", **PAGE, **cast.looking(by)
    ),
    "list_officers": lambda cast, by: cast.staff.lists.officers(
        "welfare", **PAGE, **cast.looking(by)
    ),
    "register_client": lambda cast, by: cast.staff.clients.register(_welfare, {}, cast.asking(by)),
    "rotate_client_secret": lambda cast, by: cast.staff.clients.rotate_secret(
        cast.client(), REASON, cast.asking(by)
    ),
    "suspend_client": lambda cast, by: cast.staff.clients.suspend(
        cast.client(), REASON, cast.asking(by)
    ),
    "resume_client": lambda cast, by: cast.staff.clients.resume(
        cast.client(), REASON, cast.asking(by)
    ),
    "list_clients": lambda cast, by: cast.staff.clients.all("welfare", **cast.looking(by)),
    "list_acts": lambda cast, by: cast.staff.lists.acts(
        "welfare", None, **PAGE, **cast.looking(by)
    ),
    "list_acts of the platform": lambda cast, by: cast.staff.lists.acts(
        "panjareh", None, **PAGE, **cast.looking(by)
    ),
}

HEADS = {"a supervisor", "an administrator"}
PLATFORM = {"an administrator"}
MAY: dict[str, set[str]] = dict.fromkeys(CALLS, HEADS) | {
    "ask_authority": PLATFORM,
    "confirm_authority": PLATFORM,
    "refuse_authority": PLATFORM,
    "list_authorities": PLATFORM | {"an auditor of the platform"},
    "change_office of the platform": PLATFORM,
    # Whoever has no office sees what was asked for them, which here is nothing.
    "list_office_changes": HEADS | {"a person"},
    "list_acts": {"an auditor", "an auditor of the platform"},
    "list_acts of the platform": {"an auditor of the platform"},
}


@pytest.fixture(scope="module")
def cast(servers: LocalServers) -> Any:
    with new_databases(servers) as make:
        database = Database(make("identity"), size=8)
        database.open()
        made = Cast(database)
        made.assemble()
        yield made
        database.close()


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("call", CALLS)
def test_who_may(cast: Cast, call: str, who: str) -> None:
    human = cast.people[who]

    try:
        CALLS[call](cast, human)
        done = True
    except (NotAllowed, NotFound):
        done = False

    assert done is (who in MAY[call])
