"""Those who are represented without having signed up: children and companies that a registry vouches for."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID, uuid4

from panjareh_common.event_store import UnitOfWork
from panjareh_common.refusals import ChangedMeanwhile
from panjareh_common.texts import DEFAULT_LANGUAGE
from panjareh_identity.application.ports import Credential, Credentials
from panjareh_identity.domain.assurance import Proofing
from panjareh_identity.domain.contacts import majority
from panjareh_identity.domain.identifiers import Identifier, IdentifierKind, PersonDetails
from panjareh_identity.domain.mandate_refusals import DetailsMissing, NumberTaken, OfAge
from panjareh_identity.domain.mandate_values import Company, Ward, organisation_id
from panjareh_identity.domain.organisation import Organisation
from panjareh_identity.domain.person import Person
from panjareh_identity.domain.values import RegistryRecord

_NO_MOBILE = ""  # nobody can sign in as them, so nothing is ever sent


class Represented:
    """Finds them, or opens a record of them that nobody can sign in to."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def child(self, unit: UnitOfWork, number: str, ward: Ward | None) -> Person:
        """The child with this national id; `ward` is who they are, where they may not be known here.

        Raises OfAge, NumberTaken, DetailsMissing, and ChangedMeanwhile when they signed up just now.
        """
        known = self._credentials.find(number)
        if known is None:
            person = self._open(unit, ward)
        else:
            person = unit.load(Person, known.person_id)
            if person.proofing < Proofing.MOBILE_MATCHED:
                raise NumberTaken()
        if grown_up_at(person) <= unit.now:
            raise OfAge()
        unit.save(person)
        return person

    def company(
        self, unit: UnitOfWork, company_id: str, company: Company | None, confirmed_by: str
    ) -> UUID:
        """The organisation's id. Raises DetailsMissing for one that is not known here and has no name."""
        known = unit.find(Organisation, organisation_id(company_id))
        if known is None:
            if company is None:
                raise DetailsMissing()
            known = Organisation.register(
                company_id=company_id, name=company.name, confirmed_by=confirmed_by, at=unit.now
            )
        elif company is not None:
            known.rename(company.name, confirmed_by, unit.now)
        unit.save(known)
        return known.id

    def _open(self, unit: UnitOfWork, ward: Ward | None) -> Person:
        if ward is None:
            raise DetailsMissing()
        person_id = uuid4()
        if not self._credentials.add(unit, ward.national_id, Credential(person_id, None)):
            raise ChangedMeanwhile()
        details = PersonDetails(
            identifier=Identifier(IdentifierKind.NATIONAL_ID, ward.national_id),
            mobile=_NO_MOBILE,
            given_name=ward.given_name,
            family_name=ward.family_name,
            birth_date=ward.born,
            language=DEFAULT_LANGUAGE,
        )
        person = Person.register(person_id=person_id, details=details, at=unit.now)
        record = RegistryRecord(
            given_name=ward.given_name,
            family_name=ward.family_name,
            birth_date=ward.born.isoformat(),
            alive=True,
        )
        person.match(person.inquiry_id, record, unit.now)
        return person


def grown_up_at(person: Person) -> datetime:
    """When guardians' mandates of this person end. Raises OfAge for one who was erased."""
    if person.birth_date is None:
        raise OfAge()
    return majority(date.fromisoformat(person.birth_date))
