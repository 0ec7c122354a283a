"""Cards from a table: a row a card, a column a place in it; every fault at its line."""

import json

import pytest
import yaml

from panjareh_catalog.adapters.card_csv import read_table
from panjareh_catalog.adapters.card_files import read_body
from panjareh_catalog.adapters.card_schema import shaped
from panjareh_sandbox.demo import services_dir

HEADER = "code,authority,name.fa,name.en,life_events,fee.amount,fee.currency,steps.1.fa,steps.1.en,steps.1.minutes"
ROW = "DOG-001,municipality,شناسنامهٔ سگ,Dog licence,pets; moving,5000,IRR,بنویسید,Write,5"


def rows(*lines):
    return list(read_table("\n".join(lines)))


def test_a_row_is_a_card():
    [row] = rows(HEADER, ROW)

    assert (row.line, row.faults) == (2, [])
    assert row.card == {
        "code": "DOG-001",
        "authority": "municipality",
        "name": {"fa": "شناسنامهٔ سگ", "en": "Dog licence"},
        "life_events": ["pets", "moving"],
        "fee": {"amount": 5000, "currency": "IRR"},
        "steps": [{"fa": "بنویسید", "en": "Write", "minutes": 5}],
        "form": {"type": "object", "additionalProperties": False, "properties": {}},
        "evidence": [],
    }


@pytest.mark.parametrize("code", [file.stem for file in sorted(services_dir().glob("*.yaml"))])
def test_every_shipped_card_survives_the_way_through_a_table(code):
    card = yaml.safe_load((services_dir() / f"{code}.yaml").read_text(encoding="utf-8"))
    cells = {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in card.items()
    }
    quoted = (f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in cells.values())

    [row] = rows(",".join(cells), ",".join(quoted))

    assert shaped(row.card) == shaped(card)


def test_what_was_saved_by_a_spreadsheet_is_read():
    body = "\ufeffcode;name.fa\r\nDOG-001;سگ\r\n".encode()

    [part] = read_body("services.csv", body)

    assert part.card["name"] == {"fa": "سگ"}


def test_a_cell_with_line_breaks_moves_the_lines_after_it():
    first, second = rows("code,name.fa", 'A-001,"دو\nخط"', "A-002,یک")

    assert (first.line, second.line) == (2, 4)


@pytest.mark.parametrize(
    ("lines", "line", "said"),
    [
        (["name.fa", "سگ"], 1, "one of them is `code`"),
        (["code,code", "A-001,A-001"], 1, "The column code is there twice"),
        (["code", "A-001,more"], 2, "has 2 cells, and there are 1 columns"),
        (["code,form", "A-001,{"], 2, "The cell of form is no JSON"),
        (["code,name,name.fa", "A-001,سگ,سگ"], 2, "leads into what another column fills"),
        (["code,name.fa,name", "A-001,سگ,سگ"], 2, "says again what another column says"),
        (["code,steps.0.fa", "A-001,سگ"], 2, "counts from 1 to 50"),
        (["code,steps.9999999999.fa", "A-001,سگ"], 2, "counts from 1 to 50"),
        (["code,name.fa", 'A-001,"open'], 2, "This is no table"),
        (["", ""], 1, "one of them is `code`"),
        (["code,name.fa,name.fa", "A-001,سگ,سگ"], 1, "The column name.fa is there twice"),
        (["code,x" + ".y" * 5000, "A-001,1"], 1, "leads deeper than a card goes"),
        (["code" + ",x" * 200_000, "A-001"], 1, "at most 500 columns"),
        (["code", *["A-001"] * 3000], 2002, "at most 2000 rows"),
        (["code,form", 'A-001,"{""a"": 1, ""a"": 2}"'], 2, "The cell of form is no JSON"),
    ],
)
def test_what_is_no_row_is_a_fault_at_its_line(lines, line, said):
    faulty = [row for row in rows(*lines) if row.faults]

    assert faulty[0].line == line
    assert said in faulty[0].faults[0].detail


def test_a_part_that_is_left_out_is_named_by_the_check_of_the_card():
    [row] = rows("code,steps.2.fa", "DOG-001,بنویسید")

    pointers = {fault.pointer for fault in shaped(row.card)[1]}
    assert {"/steps/0/fa", "/steps/1/en"} <= pointers
