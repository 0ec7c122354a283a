"""What publishers are told of their cards is told in Persian, too."""

import ast
import string
from pathlib import Path

import pytest

import panjareh_catalog
from panjareh_catalog.application.telling import told
from panjareh_catalog.domain.values import Fault
from panjareh_common.texts import catalogue

SOURCE = Path(panjareh_catalog.__file__).parent
_SAYING = {"Fault": 1, "_Unfit": 1, "_Misplaced": 0, "ValidationError": 0}


def sentences(tree):
    """Every sentence that becomes a fault: of a Fault, of a validator's error, of a ValidationError."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        place = _SAYING.get(name)
        said = [] if place is None else node.args[place : place + 1]
        said += [keyword.value for keyword in node.keywords if keyword.arg == "error"]
        for value in said:
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield value.value
    # A sentence that is too long for its line has a name first.
    for node in ast.walk(tree):
        named = isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "message"
        if named and isinstance(node.value, ast.Constant):
            yield node.value.value


FILES = sorted(
    [
        *SOURCE.glob("domain/checks/*.py"),
        *SOURCE.glob("adapters/*.py"),
        *SOURCE.glob("application/*.py"),
    ]
)
SAID = sorted(
    {
        said
        for file in FILES
        for said in sentences(ast.parse(file.read_text("utf-8")))
        if " " in said
    }
)


def places(sentence):
    return {name for _, name, __, ___ in string.Formatter().parse(sentence) if name}


def test_there_are_sentences_to_translate():
    assert len(SAID) > 30


@pytest.mark.parametrize("said", SAID)
def test_a_fault_has_its_persian_with_the_same_places(said):
    persian = catalogue("panjareh_catalog", "fa").get(said) or catalogue(
        "panjareh_common", "fa"
    ).get(said)

    assert persian, f"add to services/catalog/…/locale/fa.po: {said}"
    assert places(persian) == places(said)


def test_a_bound_of_the_shape_is_said_in_persian_with_persian_digits():
    fault = Fault("/steps", "Length must be between {min} and {max}.", {"min": 1, "max": 50})

    assert told(fault, "fa") == "درازای این باید میان ۱ و ۵۰ باشد."
    assert told(fault, "en") == "Length must be between 1 and 50."
