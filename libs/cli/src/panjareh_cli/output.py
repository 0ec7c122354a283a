"""Say results to people as tables and sentences, and to programs as one JSON document."""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

_WIDTH_WITHOUT_TERMINAL = 160  # a pipe has no edge; rich would fold the lines at 80

#: Headings and labels in the languages the command speaks; what the platform says comes from it.
_WORDS: dict[str, dict[str, str]] = {
    "fa": {
        "at": "زمان",
        "step": "گام",
        "who": "چه کسی",
        "role": "نقش",
        "channel": "کانال",
        "file": "فایل",
        "line": "سطر",
        "column": "ستون",
        "problem": "اشکال",
        "case": "مورد",
        "what": "شرح",
        "value": "مقدار",
        "cases": "شمار",
        "state": "وضعیت",
        "open": "باز",
        "closed": "بسته",
        "person": "متقاضی",
        "officer": "کارشناس",
        "service": "سامانه",
        "web": "وب",
        "counter": "پیشخوان",
        "post": "پست",
        "email": "رایانامه",
        "phone": "تلفن",
        "internal": "درون دستگاه",
        "platform": "سامانه",
        "yes": "بله",
        "no": "خیر",
        "none": "هیچ",
        "created": "تازه",
        "extended": "ادامه‌یافته",
        "unchanged": "بی‌تغییر",
    }
}


@dataclass
class Options:
    """What was asked of the whole command before its subcommand: it travels in ``ctx.obj``."""

    json: bool = False
    lang: str = "en"


def options_of(ctx: typer.Context, *, as_json: bool = False) -> Options:
    """The options of this call; ``--json`` counts before and after the subcommand."""
    given = ctx.obj
    if given is None:
        return Options(json=as_json)
    return Options(json=as_json or bool(given.json), lang=str(given.lang))


def word(key: str, lang: str) -> str:
    return _WORDS.get(lang, {}).get(key, key)


def plain(value: object) -> str:
    """Text that cannot move the cursor: files and servers are not trusted with the terminal."""
    if value is None:
        return ""
    text = str(value)
    return "".join(
        (" " if sign in "\t\n\r" else "\N{REPLACEMENT CHARACTER}")
        if unicodedata.category(sign) in {"Cc", "Cs"}
        else sign
        for sign in text
    )


def console(*, to_stderr: bool = False) -> Console:
    """A console that colours on a terminal only, whatever FORCE_COLOR says."""
    stream = sys.stderr if to_stderr else sys.stdout
    on_terminal = stream.isatty()
    width = None if on_terminal or "COLUMNS" in os.environ else _WIDTH_WITHOUT_TERMINAL
    return Console(
        file=stream,
        force_terminal=on_terminal,
        color_system="auto" if on_terminal else None,
        width=width,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=not on_terminal,
    )


def say(text: str = "") -> None:
    console().print(plain(text))


def say_aside(text: str) -> None:
    """To stderr: for people, and never part of the result."""
    console(to_stderr=True).print(plain(text))


def table(
    headings: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    lang: str = "en",
    title: str | None = None,
) -> None:
    """Print rows under headings; every cell is shown as it is, markup and all."""
    shown = Table(box=box.SIMPLE, title=None, header_style="bold")
    for heading in headings:
        shown.add_column(Text(word(heading, lang)), overflow="fold")
    for row in rows:
        shown.add_row(*(Text(plain(cell)) for cell in row))
    out = console()
    if title:
        out.print(Text(plain(title), style="bold"))
    out.print(shown)


def document(body: Mapping[str, Any]) -> None:
    """The one JSON document of a ``--json`` call."""
    sys.stdout.write(json.dumps(body, ensure_ascii=False, indent=2) + "\n")
    sys.stdout.flush()


def fail(
    message: str,
    *,
    options: Options,
    exit_code: int = 1,
    error: Mapping[str, Any] | None = None,
) -> NoReturn:
    """End the command with a sentence on stderr, or with a JSON document that holds it."""
    if options.json:
        document({"error": {"message": message, **(error or {})}})
    else:
        say_aside(message)
    raise typer.Exit(exit_code)
