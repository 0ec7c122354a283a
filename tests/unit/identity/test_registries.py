"""What registries say about whoever wants to act for another, asked through the exchange."""

from datetime import date
from uuid import uuid4

from panjareh_identity.adapters.registries import InquiryRegistries
from panjareh_identity.domain.mandate_values import Company, Ward
from panjareh_identity.domain.values import NoRecord

PERSON, INQUIRY = uuid4(), uuid4()


class FakeExchange:
    def __init__(self, answer) -> None:
        self.answer, self.asked = answer, []

    def ask(self, person_id, inquiry_id, *, evidence_type, purpose):
        self.asked.append((person_id, inquiry_id, evidence_type, purpose))
        return self.answer


def test_the_civil_registry_tells_whose_guardian_the_asker_is():
    held = {
        "national_id": "1900000015",
        "given_name": "نیما",
        "family_name": "کریمی",
        "birth_date": "2016-06-15",
        "alive": True,
    }
    exchange = FakeExchange({"wards": [held]})

    wards = InquiryRegistries(exchange).wards_of(PERSON, INQUIRY)

    assert wards == [Ward("1900000015", "نیما", "کریمی", date(2016, 6, 15), alive=True)]
    assert exchange.asked == [(PERSON, INQUIRY, "guardianship", "mandate")]


def test_the_companies_registry_tells_whom_the_asker_represents():
    exchange = FakeExchange({"companies": [{"company_id": "10380284790", "name": "نمونه"}]})

    companies = InquiryRegistries(exchange).companies_of(PERSON, INQUIRY)

    assert companies == [Company("10380284790", "نمونه")]
    assert exchange.asked == [(PERSON, INQUIRY, "represented_companies", "mandate")]


def test_a_registry_that_holds_nothing_or_refuses_has_answered():
    for answer in NoRecord:
        registries = InquiryRegistries(FakeExchange(answer))
        assert registries.wards_of(PERSON, INQUIRY) is answer
        assert registries.companies_of(PERSON, INQUIRY) is answer
