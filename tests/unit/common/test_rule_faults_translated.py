"""Whatever is wrong with rules is said in Persian too, with the same places."""

import ast
import re
import string
from pathlib import Path

import pytest

import panjareh_catalog.domain.checks.rules as of_cards
from panjareh_common import rules
from panjareh_common.rules import reading
from panjareh_common.texts import catalogue

FILES = [*sorted(Path(rules.__file__).parent.glob("*.py")), Path(of_cards.__file__)]
SAYING = {"RuleFault": 1, "Fault": 1, "FormulaInvalid": 0}


def _messages():
    found = set(reading._WANTED.values())
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id=name), args=args) if len(args) > SAYING.get(name, 9):
                    said = args[SAYING[name]]
                case ast.Assign(targets=[ast.Name(id="message")], value=said):
                    pass
                case _:
                    continue
            if isinstance(said, ast.Constant):
                found.add(said.value)
    return sorted(found)


MESSAGES = _messages()


def places(message):
    return sorted({name for _, name, _, _ in string.Formatter().parse(message) if name})


def test_there_are_messages_to_look_at():
    assert len(MESSAGES) > 60


@pytest.mark.parametrize("message", MESSAGES)
def test_a_fault_has_a_persian_sentence_with_the_same_places(message):
    known = catalogue("panjareh_common", "fa") | catalogue("panjareh_catalog", "fa")
    persian = known.get(message, "")

    assert re.search("[\u0600-\u06ff]", persian), message
    assert places(persian) == places(message)
