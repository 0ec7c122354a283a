"""Whatever anybody is refused is said in Persian too, and says the same."""

import importlib
import pkgutil
import re
import string
from pathlib import Path

import pytest

from panjareh_common.refusals import Kind, Refusal, RemoteRefusal
from panjareh_common.texts import catalogue
from tests.inventory import PACKAGES

# Nameko's classes are looked at nowhere here: no refusal lives in a door.
DOORS = re.compile(r"\.(entrypoints|rpc\.(runner|server)|messaging\.listening|green)\b")


def _refusals():
    for package in PACKAGES:
        home = importlib.import_module(package)
        for module in pkgutil.walk_packages(home.__path__, f"{package}."):
            if not DOORS.search(module.name) and not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    found, waiting = set(), [Refusal]
    while waiting:
        below = waiting.pop().__subclasses__()
        found |= {kind for kind in below if kind.__module__.startswith(PACKAGES)}
        waiting += below
    return sorted(found - {RemoteRefusal}, key=lambda kind: (kind.__module__, kind.__name__))


REFUSALS = _refusals()


def places(message):
    return sorted(name for _, name, _, _ in string.Formatter().parse(message) if name)


def test_there_are_refusals_to_look_at():
    assert len(REFUSALS) > 30


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_a_refusal_has_a_persian_sentence_with_the_same_places(refusal):
    package = refusal.__module__.partition(".")[0]

    persian = catalogue(package, "fa").get(refusal.message, "")

    assert re.search("[\u0600-\u06ff]", persian), f"{package}/locale/fa.po lacks: {refusal.message}"
    assert places(persian) == places(refusal.message)


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_a_refusal_has_a_code_a_kind_and_a_whole_sentence(refusal):
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", refusal.code)
    assert isinstance(refusal.kind, Kind)
    assert refusal.message.endswith("."), refusal.message


def test_one_code_is_one_refusal():
    """Two services may say the same (unknown_service), but then in the same words and kind."""
    said = {}
    for refusal in REFUSALS:
        said.setdefault(refusal.code, set()).add((refusal.kind, refusal.message))

    assert {code: len(ways) for code, ways in said.items() if len(ways) > 1} == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_nothing_is_translated_that_nobody_says(package):
    home = Path(importlib.import_module(package).__file__).parent
    if not (home / "locale").is_dir():
        return
    said = "".join(_plain(file) for file in home.rglob("*") if file.suffix in {".py", ".html"})

    for message in catalogue(package, "fa"):
        if package != "panjareh_common":  # which also translates the sentences of marshmallow
            assert _squeezed(message) in said, message


def _squeezed(text):
    return re.sub(r"[\s\"']+", "", text)


def _plain(file):
    """A source without quotes and line breaks, so that a sentence over several lines is found."""
    return _squeezed(re.sub(r'"\s*\n\s*f?"', "", file.read_text(encoding="utf-8")))
