"""Every administrative act is on record: who, when, about whom, and why; for auditors, and for nobody else."""

from dataclasses import replace
from uuid import UUID

import pytest

from panjareh_common.following import catch_up
from panjareh_common.refusals import NotAllowed
from panjareh_identity.application.clients import RegisterClient
from panjareh_identity.domain.client import AuthMethod, ClientDetails, GrantType
from panjareh_identity.domain.person import Person
from panjareh_identity.read_model.acts import ADMINISTRATIVE, ActsFollower
from tests.integration.identity.staffing import OPERATOR, REASON, WELFARE

SYSTEM = RegisterClient(
    ClientDetails(
        name=WELFARE,
        authority=None,
        redirect_uris=(),
        post_logout_redirect_uris=(),
        scopes=("requests",),
        grant_types=(GrantType.CLIENT_CREDENTIALS,),
        auth_method=AuthMethod.SECRET_BASIC,
    ),
    REASON,
)


@pytest.fixture
def staff(house):
    """Administrators, supervisors and an auditor of an authority, and an auditor of the platform."""
    administrators = house.administrators()
    house.authority(*administrators)
    supervisors = [house.officer(*administrators, ["supervisor"]) for _ in range(2)]
    return {
        "administrators": administrators,
        "supervisors": supervisors,
        "auditor": house.officer(*supervisors, ["auditor"]),
        "of the platform": house.officer(*administrators, ["auditor"], "panjareh"),
    }


def test_from_the_first_step_on(house, staff):
    first, second = staff["administrators"]

    acts = house.acts(staff["of the platform"])[::-1]

    assert [act["kind"] for act in acts][:8] == [
        "administration_begun",
        "office_changed",
        "roles_asked",
        "roles_confirmed",
        "office_changed",
        "authority_asked",
        "authority_confirmed",
        "roles_asked",
    ]
    begun, _, asked, confirmed, changed = acts[:5]
    assert (begun["actor"], begun["actor_role"], begun["officer"]) == (
        "identity",
        "service",
        str(first.id),
    )
    assert (asked["actor"], asked["officer"]) == (str(first.id), str(second.id))
    assert (asked["because"], asked["details"]["gives"]) == (REASON, ["administrator"])
    assert confirmed["actor"] == str(second.id)
    assert (changed["details"]["roles"], changed["authority"]) == (["administrator"], "panjareh")


def test_an_act_names_the_channel_and_the_moment(house, staff):
    house.later(days=1)
    sara = staff["supervisors"][0]
    fresh = type(sara)(sara.id, sara.national_id, house.sign_in(sara.id))
    house.ask(fresh, house.human(), ["officer"])

    (act,) = house.acts(staff["auditor"], limit=1)

    assert (act["kind"], act["channel"], act["actor_role"]) == ("roles_asked", "web", "officer")
    assert act["at"].startswith("2026-03-22T08:00:00")


def test_an_authoritys_auditor_reads_what_concerns_the_authority(house, staff):
    acts = house.acts(staff["auditor"])

    assert {act["authority"] for act in acts} == {"welfare"}
    assert {act["kind"] for act in acts} == {
        "authority_asked",
        "authority_confirmed",
        "roles_asked",
        "roles_confirmed",
        "office_changed",
    }
    with pytest.raises(NotAllowed):
        house.acts(staff["auditor"], "panjareh")


@pytest.mark.parametrize("who", ["administrators", "supervisors"])
def test_whoever_acts_does_not_audit(house, staff, who):
    with pytest.raises(NotAllowed):
        house.acts(staff[who][0])


def test_nor_does_anybody_else(house, staff):
    with pytest.raises(NotAllowed):
        house.acts(house.human())


def test_clients_of_agencies_are_on_record_too(house, staff):
    sara = staff["supervisors"][0]
    client = UUID(house.staff.clients.register(SYSTEM, {}, house.asking(sara))["client_id"])
    house.staff.clients.rotate_secret(client, REASON, house.asking(sara))
    house.staff.clients.suspend(client, REASON, house.asking(sara))
    house.staff.clients.resume(client, REASON, house.asking(sara))

    acts = house.acts(staff["auditor"], limit=4)

    assert [act["kind"] for act in acts] == [
        "client_resumed",
        "client_suspended",
        "client_secret_rotated",
        "client_registered",
    ]
    assert {(act["actor"], act["subject"], act["because"]) for act in acts} == {
        (str(sara.id), str(client), REASON)
    }


def test_a_kind_is_picked_out_and_a_long_record_leafed_through(house, staff):
    auditor = staff["of the platform"]
    asked = house.acts(auditor, kind="roles_asked")
    whole = house.acts(auditor)

    assert {act["kind"] for act in asked} == {"roles_asked"}
    caller, found, after = house.caller(auditor), [], None
    while True:
        page = house.staff.lists.acts(
            None, None, after=after, limit=3, caller=caller, cause=caller.cause("web")
        )
        assert len(page["items"]) <= 3
        found += page["items"]
        after = page["next"]
        if after is None:
            break
    assert found == whole


def test_reading_about_an_officer_is_a_look_at_them(house, staff):
    sara, auditor = staff["supervisors"][0], staff["auditor"]

    house.acts(auditor)

    (looks,) = house.rows(
        "SELECT count(*) FROM person_data_read WHERE person_id = %s AND reader = %s AND authority = %s",
        sara.id,
        str(auditor.id),
        "welfare",
    )
    assert looks == (1,)


def test_the_reason_goes_with_the_person_and_the_act_stays(house, staff):
    officer = house.officer(*staff["supervisors"], ["officer"])
    with house.log.unit_of_work(OPERATOR) as unit:
        person = unit.load(Person, officer.id)
        person.erase(unit.now)
        unit.save(person)
        house.staff.offices.leave(unit, officer.id)
    house.keyring.erase(officer.id)
    house.log.forget(officer.id)

    acts = [act for act in house.acts(staff["auditor"]) if act["officer"] == str(officer.id)]

    assert [act["kind"] for act in acts] == ["office_changed", "roles_confirmed", "roles_asked"]
    assert acts[-1]["because"] is None


@pytest.mark.parametrize(("cause", "kinds"), [("erase", ["person_erased"]), ("closing", [])])
def test_an_operators_erasure_is_an_act_and_closing_ones_own_account_is_none(
    house, staff, cause, kinds
):
    human = house.human()
    with house.log.unit_of_work(replace(OPERATOR, cause=cause)) as unit:
        person = unit.load(Person, human.id)
        person.erase(unit.now)
        unit.save(person)

    acts = house.acts(staff["of the platform"], kind="person_erased")

    assert [act["kind"] for act in acts] == kinds
    assert all(act["officer"] == str(human.id) for act in acts)


def test_the_record_is_made_again_from_the_log(house, staff):
    before = house.acts(staff["of the platform"])
    with house.database.connection() as connection:
        connection.execute("DELETE FROM administrative_act")
        connection.execute("DELETE FROM follower WHERE name = %s", (ActsFollower.name,))

    assert house.acts(staff["of the platform"]) == before


def test_following_twice_writes_once(house, staff):
    house.acts(staff["auditor"])
    (before,) = house.rows("SELECT count(*) FROM administrative_act")
    with house.database.connection() as connection:
        connection.execute("DELETE FROM follower WHERE name = %s", (ActsFollower.name,))

    catch_up(house.log, ActsFollower())

    assert house.rows("SELECT count(*) FROM administrative_act") == [before]


def test_no_topic_is_missing_of_those_that_staff_causes(house, staff):
    """Whatever an officer's command stored beside people's own affairs stands in the record."""
    sara = staff["supervisors"][0]
    house.ask(sara, staff["supervisors"][1], takes=["supervisor"])
    client = UUID(house.staff.clients.register(SYSTEM, {}, house.asking(sara))["client_id"])
    house.staff.clients.suspend(client, REASON, house.asking(sara))

    topics = house.rows(
        "SELECT DISTINCT topic FROM event WHERE metadata->>'role' = 'officer' AND topic <> 'Session.Ended'"
    )

    assert {topic for (topic,) in topics} <= {kind.TOPIC for kind in ADMINISTRATIVE}
