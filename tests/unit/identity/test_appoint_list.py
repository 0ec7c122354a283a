import pytest

from panjareh_identity.entrypoints.appoint import read

LINE = """
  - national_id: "9900000102"
    mobile: "09000000010"
    password: a long sentence of his
    given_name: نادر
    family_name: قاسمی
    birth_date: 1977-02-11
    authority: police
"""


def a_list(folder, text):
    path = folder / "officers.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("line", "roles"),
    [
        ("role: officer", ["officer"]),
        ("roles: [publisher, officer]", ["officer", "publisher"]),
    ],
)
def test_a_list_names_each_officer_with_one_role_or_several(tmp_path, line, roles):
    [command] = read(a_list(tmp_path, f"officers:{LINE}    {line}\n"))

    assert (command.authority, command.roles) == ("police", roles)
    assert command.person.birth_date == "1977-02-11"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"officers:{LINE}", "/officers/0/roles: An officer needs a role"),
        ("officers:\n  - national_id: 9900000102\n", "/officers/0/national_id: Not a valid string"),
        ("people: []", "/officers: Missing data"),
        ("officers: [", "is no YAML"),
    ],
)
def test_a_list_that_cannot_be_meant_is_told_with_its_place(tmp_path, text, said):
    with pytest.raises(SystemExit) as end:
        read(a_list(tmp_path, text))

    assert said in str(end.value.code)


def test_a_list_that_is_not_there_is_told(tmp_path):
    with pytest.raises(SystemExit) as end:
        read(tmp_path / "nowhere.yaml")

    assert "cannot be read" in str(end.value.code)
