"""The file from which an operator publishes a version of the privacy statement."""

import ast
import inspect
import re

import pytest
import yaml

from panjareh_common.texts import catalogue
from panjareh_identity.application.mandate_showing import _SAID
from panjareh_identity.domain import mandate_values
from panjareh_identity.entrypoints.publish_statement import read
from panjareh_sandbox.demo import officers_file

DEMO = officers_file().parent / "privacy_statement.yaml"


def test_the_demos_statement_is_whole_in_both_languages():
    statement = read(DEMO)

    assert statement.version == 1
    for texts in (statement.title, statement.text):
        assert set(texts) == {"fa", "en"}
        assert re.search("[\u0600-\u06ff]", texts["fa"])


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"version": 0}, "/version"),
        ({"version": "1"}, "/version"),
        ({"text": {"de": "Was wir behalten"}}, "/text"),
        ({"title": None}, "/title"),
        ({"surprise": 1}, "/surprise"),
    ],
)
def test_a_file_that_cannot_be_meant_is_told_apart(tmp_path, changes, named):
    content = yaml.safe_load(DEMO.read_text(encoding="utf-8")) | changes
    path = tmp_path / "statement.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")

    with pytest.raises(SystemExit) as said:
        read(path)

    assert named in str(said.value)


def test_a_file_that_is_not_there_or_no_yaml_is_told_apart(tmp_path):
    with pytest.raises(SystemExit, match="cannot be read"):
        read(tmp_path / "nothing.yaml")
    broken = tmp_path / "broken.yaml"
    broken.write_text("a: [", encoding="utf-8")
    with pytest.raises(SystemExit, match="no YAML"):
        read(broken)


@pytest.mark.parametrize("sentence", sorted(set(_SAID.values())))
def test_why_a_mandate_ended_is_said_in_persian(sentence):
    assert re.search("[\u0600-\u06ff]", catalogue("panjareh_identity", "fa")[sentence])


def test_what_does_not_fit_about_a_mandate_is_said_in_persian():
    calls = [
        node
        for node in ast.walk(ast.parse(inspect.getsource(mandate_values)))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Unfit"
    ]

    assert calls
    for call in calls:
        sentence = ast.literal_eval(call.args[0])
        assert re.search("[\u0600-\u06ff]", catalogue("panjareh_identity", "fa")[sentence])
