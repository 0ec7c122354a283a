import pytest

from panjareh_catalog.adapters.card_files import gather, read, read_all
from panjareh_catalog.domain.refusals import UnknownAuthority
from panjareh_catalog.domain.values import Publication
from panjareh_catalog.entrypoints.publish import publish
from panjareh_sandbox.demo import authorities_file, services_dir

SERVICES = sorted(file.name for file in services_dir().glob("*.yaml"))


@pytest.fixture
def services(tmp_path):
    """A folder with one good service, beside its authorities."""
    folder = tmp_path / "services"
    folder.mkdir()
    (tmp_path / "authorities.yaml").write_bytes(authorities_file().read_bytes())
    (folder / "INET-001.yaml").write_bytes((services_dir() / "INET-001.yaml").read_bytes())
    return folder


class FakeCatalogue:
    """Publishes into a dict; knows the authorities it was given."""

    def __init__(self):
        self.authorities = set()
        self.cards = {}

    def keep_authorities(self, authorities, cause):
        codes = [authority.code for authority in authorities]
        self.authorities |= set(codes)
        return [(code, True) for code in codes]

    def publish(self, card, cause):
        if card["authority"] not in self.authorities:
            raise UnknownAuthority(authority=card["authority"])
        is_new = self.cards.get(card["code"]) != card
        self.cards[card["code"]] = card
        return Publication(card["code"], 1, is_new)


def faults(content):
    return [(fault.pointer, fault.detail) for fault in content.faults]


def test_a_folder_stands_for_its_files_and_the_authorities_beside_it():
    files = gather([services_dir()])

    assert [file.name for file in files] == ["authorities.yaml", *SERVICES]


def test_a_file_is_read_once_however_often_it_is_named(services):
    file = services / "INET-001.yaml"

    assert len(gather([file, services, file])) == 2


def test_a_file_that_is_not_there_is_a_fault(tmp_path):
    content = read(tmp_path / "nowhere.yaml")

    [(pointer, detail)] = faults(content)
    assert pointer == ""
    assert "cannot be read" in detail


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("code: [", "cannot be read"),
        ("code: A\ncode: B\n", "the key code is there twice"),
        ("on: true\n", "write the key True in quotes"),
        ("since: 2026-01-01\n", "cannot be read"),
        ("- one\n", "Write a mapping"),
        ("", "Write a mapping"),
    ],
)
def test_what_is_no_card_is_a_fault_of_the_file(tmp_path, text, said):
    file = tmp_path / "card.yaml"
    file.write_text(text, encoding="utf-8")

    [(_, detail)] = faults(read(file))

    assert said in detail


def test_an_authority_listed_twice_is_a_fault(tmp_path):
    file = tmp_path / "authorities.yaml"
    row = "  - {code: one, name: {fa: یک, en: One}}\n"
    file.write_text(f"authorities:\n{row}{row}", encoding="utf-8")

    assert [pointer for pointer, _ in faults(read(file))] == ["/authorities/1/code"]


def test_a_service_that_stands_in_two_files_is_a_fault_of_the_second(services):
    copied = services / "INET-002.yaml"
    copied.write_bytes((services / "INET-001.yaml").read_bytes())

    contents = read_all(gather([services]))

    assert [len(content.faults) for content in contents] == [0, 0, 1]
    assert contents[2].faults[0].pointer == "/code"


def test_publishing_says_what_came_of_each_file(services, capsys):
    catalogue = FakeCatalogue()

    first = publish(catalogue, read_all(gather([services])))
    again = publish(catalogue, read_all(gather([services])))

    assert first and again
    lines = capsys.readouterr().out.splitlines()
    assert "kept authority mcit" in lines
    assert "published INET-001 v1" in lines
    assert lines[-1] == "unchanged INET-001 v1"


def test_a_file_with_a_fault_holds_no_other_back(services, capsys):
    bad = services / "AAA-001.yaml"
    bad.write_text("code: AAA-001\n", encoding="utf-8")
    catalogue = FakeCatalogue()

    complete = publish(catalogue, read_all(gather([services])))

    assert not complete
    assert list(catalogue.cards) == ["INET-001"]
    assert f"{bad}: /name: " in capsys.readouterr().err


def test_a_service_of_an_unknown_authority_is_a_fault_of_its_file(services, capsys):
    file = services / "INET-001.yaml"

    complete = publish(FakeCatalogue(), read_all([file]))

    assert not complete
    assert f"{file}: /authority: There is no authority" in capsys.readouterr().err
