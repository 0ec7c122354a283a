"""Mandates for children and companies: proved by a registry, or by its officer from papers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from panjareh_common.refusals import InvalidInput, MandateTooNarrow, NotAllowed, NotFound
from panjareh_common.security import CallerKind
from panjareh_identity.application.mandate_commands import DecideMandate, EndMandate
from panjareh_identity.application.mandate_ports import Page
from panjareh_identity.domain.assurance import Proofing
from panjareh_identity.domain.contacts import majority
from panjareh_identity.domain.mandate_refusals import DetailsMissing, MandateNotActive, WhyMissing
from panjareh_identity.domain.mandate_values import organisation_id
from panjareh_identity.domain.organisation import Organisation
from panjareh_identity.domain.person import Person
from tests.integration.identity.representing import COMPANY, OPERATOR, House, Human, refused

PAPERS = {"given_name": "نیما", "family_name": "کریمی", "birth_date": "2016-06-15"}


def decide(scene: House, officer: Human, mandate, accept=True, **written):
    command = DecideMandate(UUID(mandate["mandate_id"]), accept, **written)
    return scene.parts.mandate_officers.decide(command, scene.asking(officer))


def waiting(scene: House, officer: Human):
    return scene.parts.mandate_officers.waiting(Page(), scene.asking(officer))["items"]


def proved_child(scene: House, mother: Human, **ward):
    child = scene.ward(**ward)
    scene.registries.wards = [child]
    mandate = scene.ask(mother, "child", child.national_id)
    scene.worker.run_due()
    return mandate, child


def with_officers(scene: House, mother: Human, number: str | None = None):
    mandate = scene.ask(mother, "child", number or scene.ward().national_id)
    scene.worker.run_due()
    return mandate


@pytest.fixture
def mother(scene: House) -> Human:
    return scene.human("مادر")


@pytest.fixture
def officer(scene: House) -> Human:
    return scene.human("کارشناس").as_officer_of("civil_registry")


def test_a_guardian_whom_the_registry_shows_acts_for_the_child(scene, mother):
    mandate, child = proved_child(scene, mother)

    told = scene.look(mother, mandate)
    assert (told["status"], told["accepted_by"]) == ("active", "civil_registry")
    assert told["represented"] == "نیما کریمی"
    claims = scene.act(mother, mandate)
    with scene.log.unit_of_work(OPERATOR) as unit:
        person = unit.load(Person, UUID(claims["sub"]))
    assert person.identifier.text == child.national_id
    assert person.proofing is Proofing.CIVIL_REGISTRY


def test_the_registry_is_asked_about_the_guardian_and_under_one_id(scene, mother):
    scene.registries.away = True
    mandate = scene.ask(mother, "child", scene.ward().national_id)
    scene.worker.run_due()
    assert scene.look(mother, mandate)["status"] == "asked"

    scene.registries.away, scene.registries.wards = False, [scene.ward()]
    scene.pass_time(days=1)

    assert scene.look(mother, mandate)["status"] == "active"
    assert len(scene.registries.asked) == 2
    assert len(set(scene.registries.asked)) == 1
    assert scene.registries.asked[0][0] == mother.id


def test_both_parents_act_for_one_and_the_same_child(scene, mother):
    father = scene.human("پدر")
    first, child = proved_child(scene, mother)
    second = scene.ask(father, "child", child.national_id)
    scene.worker.run_due()

    assert scene.act(mother, first)["sub"] == scene.act(father, second)["sub"]


def test_nobody_signs_in_as_a_child_that_was_only_proved(scene, mother):
    _, child = proved_child(scene, mother)

    known = scene.credentials.find(child.national_id)

    assert known is not None
    assert known.password_hash is None


def test_a_child_who_has_an_account_keeps_it(scene, mother):
    child = scene.ward()
    teenager = scene.human("نیما", born=child.born, national_id=child.national_id)
    mandate, _ = proved_child(scene, mother)

    assert scene.act(mother, mandate)["sub"] == str(teenager.id)
    (seen,) = scene.list_of(teenager)
    assert seen["role"] == "represented"


def test_no_guardian_acts_for_an_account_that_a_stranger_may_have_opened(scene, mother):
    child = scene.ward()
    scene.human("کسی", national_id=child.national_id, matched=False)

    mandate, _ = proved_child(scene, mother)

    told = scene.look(mother, mandate)
    assert (told["status"], told["because"]) == ("refused", "number_taken")


def test_a_child_sees_and_answers_no_asking_before_it_is_proved(scene, mother):
    child = scene.ward()
    teenager = scene.human("نیما", born=child.born, national_id=child.national_id)
    mandate = with_officers(scene, mother)

    assert scene.list_of(teenager) == []
    for deed in (scene.answer, scene.look):
        with pytest.raises(NotFound):
            deed(teenager, mandate)


def test_whoever_has_grown_up_gets_no_guardian(scene, mother):
    grown = scene.now.date() - timedelta(days=19 * 366)
    mandate, _ = proved_child(scene, mother, born=grown)

    assert scene.look(mother, mandate)["because"] == "of_age"


def test_a_child_grows_up_and_the_guardians_mandate_ends(scene, mother):
    born = date(2008, 6, 15)
    mandate, _ = proved_child(scene, mother, born=born)
    birthday = majority(born)
    scene.now = birthday - timedelta(minutes=2)
    mother = replace(mother, session=_again(scene, mother))

    claims = scene.act(mother, mandate)
    assert claims["exp"] <= int(birthday.timestamp())
    scene.until(birthday)

    assert scene.look(mother, mandate)["because"] == "of_age"
    assert claims["sid"] in scene.ended_sids()
    with pytest.raises(MandateNotActive):
        scene.act(mother, mandate)


def _again(scene: House, human: Human):
    """Signed in anew, where the clock has gone on."""
    session = replace(
        human.session,
        sid=f"again-{scene.now.timestamp()}",
        auth_time=scene.now,
        created_at=scene.now,
        last_seen=scene.now,
        expires_at=scene.now + timedelta(hours=1),
    )
    with scene.log.unit_of_work(OPERATOR) as unit:
        scene.sessions.start(unit, session)
    return session


def test_growing_up_ends_nothing_but_guardianship(scene, mother):
    mandate, _ = proved_child(scene, mother)
    friend = scene.human()
    other = scene.given(mother, friend)
    child_id = UUID(scene.act(mother, mandate)["sub"])

    with scene.log.unit_of_work(OPERATOR) as unit:
        assert scene.parts.mandates.end_all_of(unit, child_id, "of_age") == 1
        assert scene.parts.mandates.end_all_of(unit, mother.id, "of_age") == 0

    assert scene.look(mother, other)["status"] == "active"


@pytest.mark.parametrize("shown", ["nothing", "another_child", "a_dead_child"])
def test_what_the_registry_does_not_show_waits_for_its_officers(scene, mother, officer, shown):
    child = scene.ward()
    if shown == "another_child":
        scene.registries.wards = [scene.ward(7002)]
    if shown == "a_dead_child":
        scene.registries.wards = [replace(child, alive=False)]

    mandate = with_officers(scene, mother, child.national_id)

    (seen,) = waiting(scene, officer)
    assert seen["mandate_id"] == mandate["mandate_id"]
    assert (seen["representative"], seen["representative_number"]) == (
        mother.name,
        mother.national_id,
    )
    assert seen["number"] == child.national_id
    assert (str(officer.id), "officer", "mandate", UUID(mandate["mandate_id"])) in scene.looks(
        mother.id
    )


def test_an_officer_accepts_from_papers(scene, mother, officer):
    mandate = with_officers(scene, mother)

    with pytest.raises(DetailsMissing):
        decide(scene, officer, mandate)
    assert decide(scene, officer, mandate, **PAPERS)["status"] == "active"

    told = scene.look(mother, mandate)
    assert (told["accepted_by"], told["represented"]) == ("civil_registry", "نیما کریمی")
    event = scene.log.history(UUID(mandate["mandate_id"]))[-1]
    assert event.event.officer_id == officer.id
    assert event.metadata["actor"] == str(officer.id)
    assert scene.act(mother, mandate)["act"] == {"sub": str(mother.id)}


def test_an_officer_says_why_not(scene, mother, officer):
    mandate = with_officers(scene, mother)

    with pytest.raises(WhyMissing):
        decide(scene, officer, mandate, accept=False, reason="  ")
    decide(scene, officer, mandate, accept=False, reason="قیم‌نامه دیده نشد")

    told = scene.look(mother, mandate)
    assert (told["status"], told["reason"]) == ("refused", "قیم‌نامه دیده نشد")
    assert waiting(scene, officer) == []
    with refused("mandate_answered"):
        decide(scene, officer, mandate, **PAPERS)


def test_papers_are_read_as_strictly_as_a_registration(scene, mother, officer):
    mandate = with_officers(scene, mother)

    with pytest.raises(InvalidInput) as said:
        decide(scene, officer, mandate, **PAPERS | {"birth_date": "yesterday"})

    assert said.value.errors[0]["pointer"] == "/birth_date"


def test_officers_of_other_authorities_and_other_roles_see_and_decide_nothing(
    scene, mother, officer
):
    mandate = with_officers(scene, mother)
    companies = scene.human().as_officer_of("companies_registry")

    assert waiting(scene, companies) == []
    with pytest.raises(NotFound):
        decide(scene, companies, mandate, **PAPERS)
    for nobody in (
        scene.human().as_officer_of("police"),
        scene.human().as_officer_of("civil_registry", role="publisher"),
    ):
        with pytest.raises(NotAllowed):
            waiting(scene, nobody)
        with pytest.raises(NotAllowed):
            decide(scene, nobody, mandate, **PAPERS)


def test_nobody_decides_their_own(scene, officer):
    mandate = with_officers(scene, replace(officer, roles=(), authority=None))

    with refused("no_mandate_needed"):
        decide(scene, officer, mandate, **PAPERS)


def test_an_officer_ends_a_guardianship_that_is_over(scene, mother, officer):
    mandate, _ = proved_child(scene, mother)
    sid = scene.act(mother, mandate)["sid"]

    command = EndMandate(UUID(mandate["mandate_id"]), "قیم دیگری گمارده شد")
    scene.parts.mandate_officers.end(command, scene.asking(officer))

    told = scene.look(mother, mandate)
    assert (told["because"], told["reason"]) == ("officer", "قیم دیگری گمارده شد")
    assert scene.ended_sids() == [sid]


def test_no_officer_ends_what_one_adult_gave_another(scene, officer):
    daughter, father = scene.human(), scene.human()
    mandate = scene.given(daughter, father)

    with pytest.raises(NotFound):
        command = EndMandate(UUID(mandate["mandate_id"]), "چون")
        scene.parts.mandate_officers.end(command, scene.asking(officer))


def test_somebody_whom_the_register_shows_acts_for_the_company(scene, mother):
    scene.registries.companies = [COMPANY]
    mandate = scene.ask(mother, "organisation", COMPANY.company_id)
    scene.worker.run_due()

    claims = scene.act(mother, mandate)
    assert claims["sub"] == str(organisation_id(COMPANY.company_id))
    assert claims["act"] == {"sub": str(mother.id)}
    told = scene.look(mother, mandate)
    assert (told["represented"], told["accepted_by"]) == (COMPANY.name, "companies_registry")


def test_several_people_represent_one_company_and_it_bears_its_newest_name(scene, mother):
    scene.registries.companies = [COMPANY]
    scene.ask(mother, "organisation", COMPANY.company_id)
    scene.worker.run_due()
    partner = scene.human("شریک")
    scene.registries.companies = [replace(COMPANY, name="شرکت نمونهٔ نو")]
    scene.ask(partner, "organisation", COMPANY.company_id)
    scene.worker.run_due()

    with scene.log.unit_of_work(OPERATOR) as unit:
        company = unit.load(Organisation, organisation_id(COMPANY.company_id))
    assert (company.name, company.company_id) == ("شرکت نمونهٔ نو", COMPANY.company_id)
    assert scene.list_of(partner)[0]["represented"] == "شرکت نمونهٔ نو"


def test_who_acts_for_a_company_sees_who_else_does_and_that_is_on_record(scene, mother):
    scene.registries.companies = [COMPANY]
    partner = scene.human("شریک")
    mandates = [scene.ask(each, "organisation", COMPANY.company_id) for each in (mother, partner)]
    scene.worker.run_due()
    company = organisation_id(COMPANY.company_id)
    acting = replace(
        mother.caller,
        kind=CallerKind.REPRESENTATIVE,
        subject=company,
        actor=mother.id,
        mandate=UUID(mandates[0]["mandate_id"]),
        mandate_scope=("*",),
    )
    asking = replace(scene.asking(mother), caller=acting)

    told = scene.parts.mandates.representatives(Page(), asking)

    assert (told["company_id"], told["name"]) == (COMPANY.company_id, COMPANY.name)
    assert {each["representative"] for each in told["items"]} == {mother.name, partner.name}
    look = (str(mother.id), "representative", "mandate", UUID(mandates[1]["mandate_id"]))
    assert look in scene.looks(partner.id)
    with pytest.raises(MandateTooNarrow):
        narrow = replace(acting, mandate_scope=("BIZ-005",))
        scene.parts.mandates.representatives(Page(), replace(asking, caller=narrow))
    with pytest.raises(NotFound):
        of_a_person = replace(acting, subject=partner.id)
        scene.parts.mandates.representatives(Page(), replace(asking, caller=of_a_person))


def test_an_officer_of_the_companies_registry_accepts_from_papers(scene, mother):
    officer = scene.human().as_officer_of("companies_registry")
    mandate = scene.ask(mother, "organisation", COMPANY.company_id)
    scene.worker.run_due()

    with pytest.raises(DetailsMissing):
        decide(scene, officer, mandate)
    assert decide(scene, officer, mandate, name="شرکت آزمون نمونه")["status"] == "active"
    assert scene.act(mother, mandate)["sub"] == str(organisation_id(COMPANY.company_id))


def test_a_repeated_wait_proves_nothing_twice(scene, mother):
    mandate, _ = proved_child(scene, mother)
    with scene.log.unit_of_work(OPERATOR) as unit:
        unit.wait_until(scene.now, "prove_mandate", UUID(mandate["mandate_id"]))

    scene.worker.run_due()

    assert scene.topics(mandate) == ["Mandate.Asked", "Mandate.Accepted"]
    assert len(scene.registries.asked) == 1


def test_a_proof_grows_old_after_a_year(scene, mother):
    mandate, _ = proved_child(scene, mother)

    scene.pass_time(days=366)

    assert scene.look(mother, mandate)["because"] == "time_over"
