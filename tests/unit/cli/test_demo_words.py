"""The demo speaks Persian, too: every sentence that it says has one, with the same places."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from panjareh_cli import demo, demo_acts
from panjareh_cli.demo_words import FA, said

_SAYING = {"tell", "title", "said"}


def sentences(module: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(Path(module).read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        if getattr(node.func, "id", getattr(node.func, "attr", "")) in _SAYING:
            for part in ast.walk(node.args[0]):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value


def places(sentence: str) -> set[str]:
    return {name for _, name, __, ___ in string.Formatter().parse(sentence) if name}


SAID = sorted(
    {*sentences(demo.__file__), *sentences(demo_acts.__file__), demo_acts._EARLY, demo_acts._REASON}
)


@pytest.mark.parametrize("sentence", SAID)
def test_every_sentence_of_the_demo_has_its_persian(sentence: str) -> None:
    assert places(FA[sentence]) == places(sentence)


def test_nothing_is_translated_that_nobody_says() -> None:
    assert len(SAID) > 20
    assert {text for text in FA if not text.startswith("{name}, one of")} <= set(SAID)


def test_numbers_stand_in_the_digits_of_the_language() -> None:
    assert said("All of it took {seconds} s", "fa", seconds=1.5) == "همهٔ این‌ها ۱٫۵ ثانیه کشید"
    assert said("All of it took {seconds} s", "en", seconds=1.5) == "All of it took 1.5 s"
