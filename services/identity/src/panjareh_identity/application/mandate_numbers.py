"""By which number somebody is asked for, and whether it is theirs; and that a child gives no mandate."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from panjareh_common.event_store import UnitOfWork
from panjareh_identity.application.represented import grown_up_at
from panjareh_identity.domain.assurance import Proofing
from panjareh_identity.domain.identifiers import read_identifier
from panjareh_identity.domain.mandate_refusals import UnderAge
from panjareh_identity.domain.mandate_values import MandateKind, read_company_id
from panjareh_identity.domain.person import Person
from panjareh_identity.domain.values import read_national_id

READERS: dict[MandateKind, Callable[[str], str]] = {
    MandateKind.CHILD: read_national_id,
    MandateKind.ADULT: lambda typed: read_identifier(typed).text,
    MandateKind.ORGANISATION: read_company_id,
}


def number_of(person: Person) -> str | None:
    """What the person is found by; None once they were erased."""
    return None if person.identifier is None else person.identifier.text


def proved_number_of(unit: UnitOfWork, person_id: UUID) -> str | None:
    """The number under which others ask for the person; None where they have not proved that it is theirs.

    Whoever signed up with a stranger's number must not learn who asks for that stranger.
    """
    person = unit.load(Person, person_id)
    return number_of(person) if person.proofing >= Proofing.MOBILE_MATCHED else None


def check_of_age(unit: UnitOfWork, represented: UUID | None) -> None:
    """Raises UnderAge: a child gives no mandate, whoever asks for it."""
    person = represented and unit.find(Person, represented)
    if person and person.birth_date and grown_up_at(person) > unit.now:
        raise UnderAge()
