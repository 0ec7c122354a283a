"""An authority's head registers its windows and systems, and takes their credentials away again."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from panjareh_common.refusals import NotAllowed, NotFound, Refusal, SignInTooOld
from panjareh_identity.domain.staff_refusals import AuthorityUnknown, ReasonNeeded
from tests.integration.identity.staffing import REASON
from tests.integration.identity.test_acts import SYSTEM


@pytest.fixture
def administrators(house):
    return house.administrators()


@pytest.fixture
def supervisor(house, administrators):
    house.authority(*administrators)
    return house.officer(*administrators, ["supervisor"])


def named(authority, **details):
    return replace(SYSTEM, details=replace(SYSTEM.details, authority=authority, **details))


def clients_of(house, human, authority=None):
    caller = house.caller(human)
    return house.staff.clients.all(authority, caller=caller, cause=caller.cause("web"))["items"]


def test_a_system_gets_credentials_of_its_own(house, supervisor):
    registered = house.staff.clients.register(SYSTEM, {}, house.asking(supervisor))

    (client,) = clients_of(house, supervisor)
    assert client["client_id"] == registered["client_id"]
    assert (client["authority"], client["suspended"]) == ("welfare", False)
    assert len(registered["client_secret"]) > 40
    assert registered["client_secret"] not in str(client)


def test_the_secret_is_nowhere_in_the_clear(house, supervisor):
    secret = house.staff.clients.register(SYSTEM, {}, house.asking(supervisor))["client_secret"]

    for table in ("event", "client", "idempotency"):
        (found,) = house.rows(
            f"SELECT count(*) FROM {table} AS row WHERE row::text LIKE %s "
            "OR row::text LIKE '%%' || encode(%s::bytea, 'hex') || '%%'",
            f"%{secret}%",
            secret.encode(),
        )
        assert found == (0,), table


def test_a_repeat_registers_once_and_gets_the_secret_again(house, supervisor):
    asking = house.asking(supervisor, key="one")

    answers = [house.staff.clients.register(SYSTEM, {"a": 1}, asking) for _ in range(2)]

    assert answers[0] == answers[1]
    assert len(clients_of(house, supervisor)) == 1


def test_a_supervisor_registers_none_for_another_authority(house, administrators, supervisor):
    house.authority(*administrators, "police")

    with pytest.raises(NotAllowed):
        house.staff.clients.register(named("police"), {}, house.asking(supervisor))

    house.staff.clients.register(named("police"), {}, house.asking(administrators[0]))
    assert clients_of(house, supervisor) == []
    assert len(clients_of(house, administrators[0])) == 1
    assert len(clients_of(house, administrators[0], "police")) == 1
    assert clients_of(house, administrators[0], "welfare") == []
    with pytest.raises(NotAllowed):
        clients_of(house, supervisor, "police")


def test_nor_anybody_for_one_that_is_not_on_board(house, administrators):
    with pytest.raises(Refusal) as refusal:
        house.staff.clients.register(named("nowhere"), {}, house.asking(administrators[0]))

    assert refusal.value.code == AuthorityUnknown.code


def test_only_the_platform_registers_clients_that_ask_nobody_for_consent(
    house, administrators, supervisor
):
    with pytest.raises(NotAllowed):
        house.staff.clients.register(named(None, first_party=True), {}, house.asking(supervisor))

    house.staff.clients.register(
        named("welfare", first_party=True), {}, house.asking(administrators[0])
    )
    (client,) = clients_of(house, supervisor)
    assert client["first_party"]


@pytest.mark.parametrize("change", ["rotate_secret", "suspend", "resume"])
def test_a_client_of_another_authority_is_not_there(house, administrators, supervisor, change):
    house.authority(*administrators, "police")
    theirs = house.staff.clients.register(named("police"), {}, house.asking(administrators[0]))

    for client in (UUID(theirs["client_id"]), uuid4()):
        with pytest.raises(NotFound):
            getattr(house.staff.clients, change)(client, REASON, house.asking(supervisor))


def test_a_new_secret_takes_the_place_of_the_old_one(house, supervisor):
    registered = house.staff.clients.register(SYSTEM, {}, house.asking(supervisor))
    client = UUID(registered["client_id"])

    rotated = house.staff.clients.rotate_secret(client, REASON, house.asking(supervisor))

    assert rotated["client_secret"] not in (None, registered["client_secret"])


def test_a_suspended_client_shows_as_such_until_it_may_ask_again(house, supervisor):
    registered = house.staff.clients.register(SYSTEM, {}, house.asking(supervisor))
    client = UUID(registered["client_id"])

    house.staff.clients.suspend(client, REASON, house.asking(supervisor))
    assert clients_of(house, supervisor)[0]["suspended"]
    house.staff.clients.resume(client, REASON, house.asking(supervisor))
    assert not clients_of(house, supervisor)[0]["suspended"]


def test_no_step_without_a_reason_and_a_fresh_sign_in(house, supervisor):
    asking = house.asking(supervisor)
    client = UUID(house.staff.clients.register(SYSTEM, {}, asking)["client_id"])

    with pytest.raises(ReasonNeeded):
        house.staff.clients.register(replace(SYSTEM, because="so"), {}, house.asking(supervisor))
    with pytest.raises(ReasonNeeded):
        house.staff.clients.suspend(client, "", house.asking(supervisor))
    house.later(minutes=31)
    with pytest.raises(SignInTooOld):
        house.staff.clients.suspend(client, REASON, house.asking(supervisor))


@pytest.mark.parametrize("roles", [["officer"], ["publisher"], ["auditor"]])
def test_no_other_role_touches_clients(house, administrators, supervisor, roles):
    human = house.officer(supervisor, administrators[0], roles)

    with pytest.raises(NotAllowed):
        house.staff.clients.register(SYSTEM, {}, house.asking(human))
    with pytest.raises(NotAllowed):
        clients_of(house, human)
