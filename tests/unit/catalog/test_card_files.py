"""Files that authorities publish from: every fault has its line, and nothing in a file can hurt who reads it."""

import json
import time

import pytest
import yaml

from panjareh_catalog.adapters.card_files import LARGEST, gather, read_body, read_file, read_files
from panjareh_catalog.application.bulk import Outcome, PlacedFault, RunRefused
from panjareh_catalog.domain.values import Fault, Publication
from panjareh_catalog.entrypoints.publish import publish
from panjareh_sandbox.demo import authorities_file, services_dir

SERVICES = sorted(file.name for file in services_dir().glob("*.yaml"))
MEDIA = sorted(file.name for file in (services_dir() / "media").iterdir())
CARD = (services_dir() / "INET-001.yaml").read_text(encoding="utf-8")


@pytest.fixture
def services(tmp_path):
    """A folder with one good service, beside its authorities."""
    folder = tmp_path / "services"
    folder.mkdir()
    (tmp_path / "authorities.yaml").write_bytes(authorities_file().read_bytes())
    (folder / "INET-001.yaml").write_text(CARD, encoding="utf-8")
    return folder


def the_fault(text, name="card.yaml"):
    """The line and sentence of the one fault of a text."""
    [part] = read_body(name, text if isinstance(text, bytes) else text.encode())
    [fault] = part.faults
    return part.source.line_of(fault.pointer), fault.detail


def test_a_folder_stands_for_its_files_and_what_they_name_beside_it():
    names = [file.name for file in gather([services_dir()])]

    assert names == ["life_events.yaml", "authorities.yaml", *SERVICES, *MEDIA]


def test_a_file_is_read_once_however_often_it_is_named(services):
    file = services / "INET-001.yaml"

    assert len(gather([file, services, file])) == 2


def test_a_medium_comes_as_what_it_shows_and_nothing_else():
    [part] = read_file(services_dir() / "media" / MEDIA[0])

    assert (part.medium.kind, part.medium.type, part.faults) == ("image", "image/png", ())


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<svg/>", "Send a picture"),
        (b"\x89PNG\r\n\x1a\n", "This file is broken"),
        (b"\x89PNG" + bytes(LARGEST), "at most 1 MB"),
    ],
)
def test_a_medium_that_cannot_be_shown_is_a_fault_of_its_file(tmp_path, body, said):
    file = tmp_path / "step.png"
    file.write_bytes(body)

    [part] = read_file(file)

    assert part.medium is None
    assert said in part.faults[0].detail


def test_a_file_that_is_not_there_is_a_fault(tmp_path):
    [part] = read_file(tmp_path / "nowhere.yaml")

    assert "cannot be read: No such file" in part.faults[0].detail


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("name: x\ncode: [}\n", 2, "This is no YAML"),
        ("a: 1\nb: 2\na: 3\n", 3, "The key a is there twice"),
        ("a: 1\non: true\n", 2, "Write the key True in quotes"),
        ("a: 1\nsince: 2026-01-01\n", 2, "Write 2026-01-01 in quotes"),
        ("a: 1\nshare: .nan\n", 2, "Write .nan in quotes"),
        ("a: 1\nraw: !!binary aGk=\n", 2, "in quotes"),
        ("a: &x [1]\nb: *x\n", 2, "Aliases (*x) are not taken"),
        ("a: !!python/object:os.system {}\n", 1, "Leave the tag"),
        ("a: !!python/name:os.system x\n", 1, "could not determine a constructor"),
        ("- one\n", 1, "Write a mapping"),
        ("", 1, "Write a mapping"),
        ("a: 1\n---\nb: 2\n", 2, "This is no YAML"),
        (b"a: 1\nb: \xff\xfe\n", 2, "not UTF-8"),
    ],
)
def test_what_is_no_card_is_a_fault_at_its_line(text, line, said):
    where, detail = the_fault(text)

    assert (where, said in detail) == (line, True), detail


def test_aliases_that_would_stand_for_a_billion_words_cost_nothing():
    levels = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 12)]
    began = time.perf_counter()

    line, detail = the_fault("l0: &l0 ha\n" + "\n".join(levels))

    assert (line, "Aliases" in detail) == (2, True)
    assert time.perf_counter() - began < 0.5


@pytest.mark.parametrize("opening", ["[", "{a: "])
def test_what_is_nested_without_end_is_a_fault_and_not_a_crash(opening):
    _, detail = the_fault("a: " + opening * 50_000)

    assert "nest" in detail


def test_ten_megabytes_are_refused_before_they_are_read(tmp_path):
    file = tmp_path / "huge.yaml"
    file.write_bytes(b"a: " + b"x" * 10 * LARGEST)
    began = time.perf_counter()

    [part] = read_file(file)

    assert f"larger than {LARGEST} bytes" in part.faults[0].detail
    assert time.perf_counter() - began < 0.5


def test_a_place_in_a_card_has_its_line():
    [part] = read_body("card.yaml", CARD.encode())
    lines = CARD.splitlines()

    assert lines[part.source.line_of("/required_loa") - 1].startswith("required_loa:")
    assert "mobile_number" in lines[part.source.line_of("/form/properties/mobile_number") - 1]
    # What is not written has the line of what it is missing from.
    assert part.source.line_of("/form/nowhere") == part.source.line_of("/form")
    assert part.source.line_of("/nowhere") == 1


def test_a_card_may_come_as_json():
    [part] = read_body("card.json", json.dumps(yaml.safe_load(CARD)).encode())

    assert part.card["code"] == "INET-001"


def test_json_that_is_none_is_a_fault_at_its_line():
    assert the_fault('{"a": 1,\n "b": }', "card.json")[0] == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [('{"a": 1, "a": 2}', "the name a is there twice"), ('{"a": NaN}', "it has no value NaN")],
)
def test_json_that_programs_read_differently_is_a_fault(text, said):
    assert said in the_fault(text, "card.json")[1]


def test_an_authority_listed_twice_is_a_fault_at_its_line(tmp_path):
    row = "  - {code: one, name: {fa: یک, en: One}}\n"
    file = tmp_path / "authorities.yaml"
    file.write_text(f"authorities:\n{row}{row}", encoding="utf-8")

    [part] = read_file(file)

    assert [fault.pointer for fault in part.faults] == ["/authorities/1/code"]
    assert part.source.line_of("/authorities/1/code") == 3


def test_a_name_of_an_authority_that_reads_otherwise_than_it_is_written_is_a_fault(tmp_path):
    row = '  - {code: one, name: {fa: "یک\u202e", en: One}}\n'

    [part] = read_body("authorities.yaml", f"authorities:\n{row}".encode())

    assert [fault.pointer for fault in part.faults] == ["/authorities/0/name/fa"]


def test_authorities_bring_all_that_the_register_keeps_of_them():
    [part] = read_file(authorities_file())

    police = next(entry for entry in part.authorities if entry.code == "police")
    assert police.name["en"] == "Traffic Police"


class FakeBulk:
    """Gives one outcome, or refuses with faults."""

    def __init__(self, outcome=None, faults=()):
        self.outcome, self.faults = outcome, faults

    def bring_in(self, incoming, cause, *, only_check):
        assert cause.role == "operator"
        if self.faults:
            raise RunRefused(self.faults)
        return self.outcome


def test_publishing_says_what_came_of_each_part(services, capsys):
    outcome = Outcome(
        [("mcit", True)],
        [("birth", False)],
        [Publication("INET-001", 1, True), Publication("SUB-003", 4, False)],
    )

    assert publish(FakeBulk(outcome), read_files(gather([services])))

    assert capsys.readouterr().out.splitlines() == [
        "unchanged life event birth",
        "kept authority mcit",
        "published INET-001 v1",
        "unchanged SUB-003 v4",
    ]


def test_a_check_says_that_it_was_one(capsys):
    assert publish(FakeBulk(Outcome()), [], only_check=True)

    assert capsys.readouterr().out == "this was a check: nothing was stored\n"


def test_faults_are_told_with_file_line_and_place(capsys):
    faults = [
        PlacedFault("a.yaml", 7, Fault("/fee/parts", "The sum is {sum}.", {"sum": 5})),
        PlacedFault("b.yaml", None, Fault("", "This is no YAML.")),
    ]

    assert not publish(FakeBulk(faults=faults), [])

    assert capsys.readouterr().err.splitlines() == [
        "a.yaml:7: /fee/parts: The sum is 5.",
        "b.yaml: This is no YAML.",
        "nothing was stored: 2 points to correct",
    ]
