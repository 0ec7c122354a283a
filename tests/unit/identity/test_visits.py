"""Places and times are offered, appointments are booked, moved, cancelled, kept or missed (I7)."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from tests.unit.identity.lives_fakes import LivesOf, keyed

from panjareh_common.refusals import NotAllowed, NotFound
from panjareh_identity.application.lives.appointments import KeepAppointment
from panjareh_identity.application.lives.places import OfferTimes, OpenPlace
from panjareh_identity.domain.assurance import Proofing
from panjareh_identity.domain.persons_refusals import (
    AppointmentOpen,
    AppointmentOver,
    NotYourself,
    PlaceKnown,
    TimeTaken,
)

QUARTER = timedelta(minutes=15)


@pytest.fixture
def lives(identity):
    return LivesOf(identity)


@pytest.fixture
def officer(lives):
    return lives.officer()


@pytest.fixture
def leila(identity):
    return identity.signed_in()


def asked(caller):
    return {"caller": caller, "cause": caller.cause("web")}


@pytest.fixture
def start(lives, officer):
    """The first of four times at Tehran, each for one person."""
    place = OpenPlace("tehran", {"fa": "تهران", "en": "Tehran"}, {"fa": "خ", "en": "St"})
    lives.offered.open(place, keyed(officer))
    begin = lives.log.now + timedelta(days=1)
    lives.offered.offer(OfferTimes("tehran", begin, 15, 4, 1), keyed(officer))
    return begin


def book(lives, caller, at):
    return lives.visits.book("tehran", at, keyed(caller))


def free(lives):
    return [time["starts_at"] for time in lives.offered.times("tehran")["items"]]


def keep(lives, booked, caller):
    command = KeepAppointment(UUID(booked["appointment_id"]), "identity card 123")
    return lives.visits.keep(command, keyed(caller))


def test_only_the_civil_registry_offers_places(lives, officer):
    police = lives.officer("police", "9900000031")
    place = OpenPlace("police_post", {"fa": "پ", "en": "P"}, {"fa": "خ", "en": "St"})

    with pytest.raises(NotAllowed):
        lives.offered.open(place, keyed(police))
    with pytest.raises(NotAllowed):
        lives.offered.open(place, keyed(replace(officer, roles=("publisher",))))

    assert lives.offered.list() == {"items": []}


def test_a_place_is_opened_once_and_by_an_event(lives, officer, start):
    place = OpenPlace("tehran", {"fa": "ت", "en": "T"}, {"fa": "خ", "en": "St"})

    with pytest.raises(PlaceKnown):
        lives.offered.open(place, keyed(officer))

    assert lives.log.kinds().count("Place.Opened") == 1
    assert lives.log.kinds().count("Place.TimesOffered") == 1


def test_a_time_is_taken_by_one_and_free_for_nobody_else(lives, officer, leila, start):
    assert len(free(lives)) == 4
    booked = book(lives, leila, start)

    assert booked["status"] == "booked"
    assert len(free(lives)) == 3
    with pytest.raises(TimeTaken):
        book(lives, officer, start)


@pytest.mark.parametrize("late", [timedelta(minutes=7), timedelta(days=30)])
def test_a_time_that_was_never_offered_is_not_booked(lives, leila, start, late):
    with pytest.raises(TimeTaken):
        book(lives, leila, start + late)


def test_a_time_that_is_over_is_not_booked(lives, leila, start):
    lives.log.now = start

    with pytest.raises(TimeTaken):
        book(lives, leila, start)


def test_a_person_has_one_appointment_at_a_time(lives, leila, start):
    book(lives, leila, start)

    with pytest.raises(AppointmentOpen):
        book(lives, leila, start + QUARTER)


def test_moving_takes_the_new_time_and_gives_the_old_one_back(lives, leila, start):
    booked = book(lives, leila, start)

    moved = lives.visits.move(
        UUID(booked["appointment_id"]), "tehran", start + QUARTER, keyed(leila)
    )

    assert moved["appointment_id"] == booked["appointment_id"]
    assert booked["starts_at"] in free(lives)
    assert moved["starts_at"] not in free(lives)


def test_moving_to_a_taken_time_leaves_everything_as_it_was(lives, officer, leila, start):
    booked = book(lives, leila, start)
    book(lives, officer, start + QUARTER)

    with pytest.raises(TimeTaken):
        lives.visits.move(UUID(booked["appointment_id"]), "tehran", start + QUARTER, keyed(leila))

    assert booked["starts_at"] not in free(lives)


def test_a_cancelled_appointment_gives_its_time_back_once(lives, leila, start):
    which = UUID(book(lives, leila, start)["appointment_id"])

    for _ in range(2):
        assert lives.visits.cancel(which, **asked(leila))["status"] == "cancelled"

    assert len(free(lives)) == 4
    assert book(lives, leila, start)["status"] == "booked"


def test_an_appointment_is_its_persons_alone(lives, identity, officer, leila, start):
    which = UUID(book(lives, leila, start)["appointment_id"])

    for change in (
        lambda: lives.visits.cancel(which, **asked(officer)),
        lambda: lives.visits.move(which, "tehran", start + QUARTER, keyed(officer)),
    ):
        with pytest.raises(NotFound):
            change()
    assert lives.visits.mine(**asked(officer)) == {"items": []}
    assert len(lives.visits.mine(**asked(leila))["items"]) == 1


def test_who_was_seen_with_their_document_is_known_at_level_four(lives, officer, leila, start):
    booked = book(lives, leila, start)
    lives.log.now = start

    assert keep(lives, booked, officer)["status"] == "kept"

    assert lives.person(leila.person).proofing is Proofing.IN_PERSON
    proved = next(e for e in lives.log.events if e.TOPIC == "Person.ProvedInPerson")
    assert (proved.officer, str(proved.appointment)) == (officer.person, booked["appointment_id"])


def test_every_look_at_who_comes_is_on_record(lives, identity, officer, leila, start):
    book(lives, leila, start)

    shown = lives.visits.at_place("tehran", start, **asked(officer))

    assert [row["name"] for row in shown["items"]] == ["لیلا کریمی"]
    [(person_id, look)] = identity.looks.recorded
    assert person_id == leila.person
    assert (look["reader"], look["purpose"]) == (str(officer.person), "identity_proofing")


def test_an_officer_does_not_prove_themself(lives, officer, start):
    booked = book(lives, officer, start)
    lives.log.now = start

    with pytest.raises(NotYourself):
        keep(lives, booked, officer)

    assert lives.person(officer.person).proofing is Proofing.CIVIL_REGISTRY


def test_an_officer_of_another_authority_proves_nobody(lives, leila, start):
    booked = book(lives, leila, start)
    police = lives.officer("police", "9900000031")
    lives.log.now = start

    with pytest.raises(NotAllowed):
        keep(lives, booked, police)
    with pytest.raises(NotAllowed):
        keep(lives, booked, leila)


def test_who_did_not_come_is_not_proved_and_may_book_again(lives, officer, leila, start):
    booked = book(lives, leila, start)
    lives.log.now = start
    missed = lives.visits.miss(UUID(booked["appointment_id"]), keyed(officer))
    assert missed["status"] == "missed"

    with pytest.raises(AppointmentOver):
        keep(lives, booked, officer)

    assert lives.person(leila.person).proofing is Proofing.SELF_ASSERTED
    assert book(lives, leila, start + QUARTER)["status"] == "booked"


def test_what_nobody_booked_is_not_found(lives, officer, leila):
    with pytest.raises(NotFound):
        lives.visits.cancel(uuid4(), **asked(leila))
    with pytest.raises(NotFound):
        lives.visits.at_place("nowhere", lives.log.now, **asked(officer))


def test_whoever_goes_leaves_no_time_taken(lives, leila, start):
    book(lives, leila, start)

    with lives.log.unit_of_work(leila.cause("web")) as unit:
        lives.visits.leave(unit, leila.person)

    assert len(free(lives)) == 4
    assert lives.log.kinds()[-1] == "Appointment.Cancelled"


def test_a_clerk_books_for_whom_they_assist_and_each_look_is_on_record(
    lives, identity, officer, leila, start
):
    clerk = replace(officer, assisting=leila.person)
    booked = book(lives, clerk, start)

    assert lives.visits.mine(**asked(clerk)) == lives.visits.mine(**asked(leila))

    assert lives.visits.mine(**asked(leila))["items"] == [booked]
    assert [look["purpose"] for _, look in identity.looks.recorded] == ["assistance"]
    assert lives.log.causes[-1].represented == str(leila.person)
