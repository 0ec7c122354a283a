"""What an issued document is to show is something that the service knows."""

from panjareh_catalog.domain.checks import Known, outputs
from panjareh_catalog.domain.known import OfferedEvidence
from panjareh_catalog.read_model.card_telling import in_language

TEXT = {"fa": "متن", "en": "text"}
KNOWN = Known(
    evidence={"education_record": OfferedEvidence("education_record", "x", TEXT, {"level": TEXT})}
)


def card(*names):
    form = {"type": "object", "properties": {"school": {"type": "string", "x-title": TEXT}}}
    shows = [{"from": name} | TEXT for name in names]
    output = {"kind": "certificate", "title": TEXT, "valid_days": 1, "shows": shows}
    return {"form": form, "evidence": [{"type": "education_record"}], "output": output}


def test_facts_that_are_asked_for_and_fields_of_the_form_may_be_shown():
    fitting = card("education_record.level", "form.school")

    assert list(outputs.faults(fitting, KNOWN)) == []


def test_a_document_without_lines_and_a_service_without_document_fit():
    assert list(outputs.faults(card(), KNOWN)) == []
    assert list(outputs.faults(card() | {"output": None}, KNOWN)) == []


def test_what_the_service_does_not_know_is_a_fault_at_its_place():
    faults = list(outputs.faults(card("form.school", "tax_record.debt", "form.salary"), KNOWN))

    assert [fault.pointer for fault in faults] == [
        "/output/shows/1/from",
        "/output/shows/2/from",
    ]


def test_a_line_that_stands_twice_is_a_fault():
    [fault] = outputs.faults(card("form.school", "form.school"), KNOWN)

    assert fault.pointer == "/output/shows/1/from"


def test_a_reader_is_told_the_lines_in_their_language():
    told = in_language(card("form.school")["output"], "en")

    assert told["shows"] == [{"from": "form.school", "text": "text"}]
