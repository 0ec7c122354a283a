"""The mapping file says which column says what, and is checked whole when it is loaded."""

from pathlib import Path

import pytest
import yaml

from panjareh_cli.cases import mapping as mappings

SHIPPED = {mapping.name: mapping for mapping in mappings.shipped()}


def a_mapping() -> dict:
    return {
        "source": "demo",
        "service_code": "MUN-010",
        "files": ["demo"],
        "delimiter": "auto",
        "time_format": "iso8601-with-zone",
        "columns": {
            "case": "case",
            "activity": "activity",
            "time": "time",
            "officer": "officer",
            "unit": "unit",
            "channel": "channel",
            "department": None,
            "responsible": None,
            "start": "start",
            "planned_end": None,
            "end": "end",
            "instance": "instance",
        },
        "channels": {"Internet": "web"},
        "meaningless": ["EMPTY"],
    }


def faults_of(body: object) -> tuple[str, ...]:
    with pytest.raises(mappings.MappingUnusable) as refusal:
        mappings.load(yaml.safe_dump(body), "demo")
    return refusal.value.faults


def test_the_shipped_mappings_load_and_bear_their_names():
    assert set(SHIPPED) == {"permit-receipts", "permits-sample", "traffic-fines"}


def test_the_sample_reads_the_same_columns_and_words_as_the_real_log():
    real, sample = SHIPPED["permit-receipts"], SHIPPED["permits-sample"]

    assert real.columns == sample.columns
    assert real.channels == sample.channels
    assert real.source != sample.source


@pytest.mark.parametrize(
    ("name", "mapping"),
    [
        ("permit-receipts.csv", "permit-receipts"),
        ("permit-receipts.csv.gz", "permit-receipts"),
        ("permits-sample-with-faults.csv", "permits-sample"),
        ("traffic-fines.csv", "traffic-fines"),
    ],
)
def test_a_log_finds_its_mapping_by_its_name(name, mapping):
    assert mappings.for_log(Path("somewhere") / name).name == mapping


def test_a_log_nobody_knows_is_told_which_mappings_there_are():
    with pytest.raises(mappings.MappingUnknown, match=r"--mapping.*permit-receipts"):
        mappings.for_log(Path("strange.csv"))


def test_a_mapping_of_ones_own_is_read_from_its_file(tmp_path):
    own = tmp_path / "own.yaml"
    own.write_text(yaml.safe_dump(a_mapping()), encoding="utf-8")

    assert mappings.find(str(own)).source == "demo"


def test_every_missing_and_unknown_key_is_named_at_once():
    body = a_mapping()
    del body["source"], body["columns"]["end"]
    body["sauce"] = "demo"
    body["columns"]["finish"] = "end"

    assert set(faults_of(body)) == {
        "source is missing",
        "sauce is not known",
        "columns.end is missing",
        "columns.finish is not known",
    }


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"channels": {"Internet": "pigeon"}}, "not pigeon"),
        ({"channels": {False: "web"}}, "put the word in quotes"),
        ({"channels": {}}, "names no word"),
        ({"channels": ["web"]}, "must be a table"),
        ({"time_format": "dd/mm/yyyy"}, "not dd/mm/yyyy"),
        ({"delimiter": "hash"}, "not hash"),
        ({"files": "demo"}, "files must be a list of texts"),
        ({"meaningless": [None]}, "meaningless must be a list of texts"),
        ({"source": "  "}, "source must be a text"),
        ({"service_code": 10}, "service_code must be a text"),
        ({"columns": None}, "columns must be a table"),
    ],
)
def test_a_value_that_makes_no_sense_is_named(change, fault):
    assert any(fault in told for told in faults_of(a_mapping() | change))


@pytest.mark.parametrize(
    ("columns", "fault"),
    [
        ({"case": None}, "columns.case must name a column"),
        ({"unit": 3}, "columns.unit must be the name of a column or null"),
        ({"unit": "officer"}, "the column officer is named for two things"),
        ({"channel": None}, "channels.otherwise must say"),
    ],
)
def test_a_column_that_makes_no_sense_is_named(columns, fault):
    body = a_mapping()
    body["columns"] |= columns

    assert any(fault in told for told in faults_of(body))


def test_a_key_that_stands_twice_is_an_error_and_not_the_last_one():
    text = yaml.safe_dump(a_mapping()) + "source: other\n"

    with pytest.raises(mappings.MappingUnusable, match="'source' stands twice"):
        mappings.load(text, "demo")


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "a: [", "? [x]\n: y\n"])
def test_what_is_no_mapping_is_refused(text):
    with pytest.raises(mappings.MappingUnusable):
        mappings.load(text, "demo")
