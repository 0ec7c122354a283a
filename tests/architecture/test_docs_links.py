"""What the documents name exists: links, paths, tests, make targets, decisions, versions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
FOLDERS = ("services", "libs", "tests", "docs", "deploy", "scripts")

_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"`([^`\n]+)`")
_MAKE = re.compile(r"\bmake ([a-z][a-z-]*)")
_PATH = re.compile(rf"(?:{'|'.join(FOLDERS)})/[^\s`]*\Z")
_PLACEHOLDER = re.compile(r"[<>…*{}]|NNNN")
_OUTSIDE = ("http://", "https://", "mailto:", "#")


def documents() -> list[Path]:
    """Every Markdown file of ours; what a test's data or an installed package brings is not ours."""
    inside = [file for folder in FOLDERS for file in (ROOT / folder).rglob("*.md")]
    ours = [file for file in inside if "node_modules" not in file.parts]
    return sorted([*ROOT.glob("*.md"), *ours])


def _said(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def _prose(file: Path) -> str:
    return _FENCE.sub("", _said(file))


def _code(file: Path) -> Iterator[str]:
    for span in _CODE.findall(_prose(file)):
        yield span.strip()


def _in(file: Path, what: str) -> str:
    return f"{file.relative_to(ROOT)}: {what}"


def test_every_relative_link_leads_somewhere() -> None:
    broken = [
        _in(file, target)
        for file in documents()
        for target in _LINK.findall(_prose(file))
        if not target.startswith(_OUTSIDE) and not (file.parent / target.partition("#")[0]).exists()
    ]

    assert broken == []


def test_every_path_that_is_named_exists() -> None:
    missing = [
        _in(file, path)
        for file in documents()
        for path in _code(file)
        if _PATH.match(path) and not _PLACEHOLDER.search(path) and not (ROOT / path).exists()
    ]

    assert missing == []


def test_every_test_that_is_named_is_a_test() -> None:
    known = {
        name
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^(?:async )?def (test_\w+)", _said(file), re.MULTILINE)
    }

    unknown = [
        _in(file, name)
        for file in documents()
        for name in _code(file)
        if re.fullmatch(r"test_\w+", name) and name not in known
    ]

    assert unknown == []


def test_every_make_target_that_is_named_can_be_made() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", _said(ROOT / "Makefile"), re.MULTILINE))

    unknown = [
        _in(file, f"make {target}")
        for file in documents()
        for text in (*_code(file), *_FENCE.findall(_said(file)))
        for target in _MAKE.findall(text)
        if target not in targets
    ]

    assert targets
    assert unknown == []


def test_decisions_are_numbered_without_gaps_and_say_where_they_stand() -> None:
    folder = ROOT / "docs/decisions"
    pages = sorted(file for file in folder.glob("*.md") if file.name != "README.md")

    assert [file.name[:4] for file in pages] == [f"{n:04d}" for n in range(1, len(pages) + 1)]
    for page in pages:
        text = _said(page)
        assert text.startswith(f"# {page.name[:4]}. "), page.name
        headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
        assert headings == ["Context", "Decision", "Consequences"], page.name
        status = re.search(r"^Status: (.+)$", text, re.MULTILINE)
        assert status, page.name
        assert status[1].startswith(("proposed", "accepted", "replaced by", "dropped")), page.name


def test_the_index_of_decisions_lists_each_with_its_title_and_status() -> None:
    folder = ROOT / "docs/decisions"
    listed = re.findall(
        r"^\| \[(\d{4})\]\((\S+)\) \| (.+) \| (\w+)", _said(folder / "README.md"), re.MULTILINE
    )

    expected = []
    for page in sorted(folder.glob("0*.md")):
        title = _said(page).partition("\n")[0].removeprefix("# ")
        status = re.search(r"^Status: (\w+)", _said(page), re.MULTILINE)
        number, _, name = title.partition(". ")
        expected.append((number, page.name, name, status[1] if status else ""))

    assert listed == expected


def test_every_page_of_the_documents_can_be_reached_from_their_index() -> None:
    start = ROOT / "docs/README.md"
    reached, to_read = {start}, [start]
    while to_read:
        page = to_read.pop()
        for target in _LINK.findall(_prose(page)):
            other = (page.parent / target.partition("#")[0]).resolve()
            if other.suffix == ".md" and other.exists() and other not in reached:
                reached.add(other)
                to_read.append(other)

    unreached = [file for file in (ROOT / "docs").rglob("*.md") if file not in reached]

    assert unreached == []


def test_the_changelog_knows_the_version_of_every_package() -> None:
    entries = re.findall(r"^## \[(.+?)\]", _said(ROOT / "CHANGELOG.md"), re.MULTILINE)
    about = yaml.safe_load(_said(ROOT / "publiccode.yml"))
    versions = {
        re.search(r'^version = "(.+)"$', _said(file), re.MULTILINE)[1]  # type: ignore[index]
        for file in [*ROOT.glob("libs/*/pyproject.toml"), *ROOT.glob("services/*/pyproject.toml")]
    }

    assert len(versions) == 1
    assert entries[0] == "Unreleased"
    assert versions <= set(entries)
    assert versions == {about["softwareVersion"]}
