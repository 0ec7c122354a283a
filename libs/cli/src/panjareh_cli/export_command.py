"""`panjareh export-cases`: take an authority's cases out, as a log that tools of process mining read."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn

from panjareh_cli.cases.exporter import CannotExport, Counts, Exporter, Interrupted
from panjareh_cli.client import NotSet, ProblemError, Unreachable, officer_client
from panjareh_cli.output import Options, console, document, fail, options_of, say, say_aside

_TELL_SECONDS = 5.0
_SENTENCES = {
    "en": {
        "done": "{path}: {cases} cases with {events} events, as {format}.",
        "resumed": "An export that was stopped goes on: {cases} cases are in the file already.",
        "progress": "{cases} cases, {events} events",
        "sources": "The cases came from several logs ({sources}), in which numbers may be the same; "
        "the attribute identity:id tells them apart. Name one service with --service to have them alone.",
        "disk": "{path} cannot be written: {why}. What was written is kept: run the same command again to go on.",
        "interrupted": "Stopped. What was written is kept: run the same command again to go on.",
        "kept": "{why} What was written is kept: run the same command again to go on.",
        "exists": "{path} is there already. Name another file with --output, or move that one away.",
        "foreign": "{path} is the beginning of another export, or is damaged. Remove it and what lies beside it, or name another file with --output.",
        "no_time": "{name} must be a day or a time with its zone, such as 2026-03-21 or 2026-03-21T08:00:00Z, not {text}.",
    },
    "fa": {
        "done": "{path}: {cases} پرونده با {events} رویداد، به شکل {format}.",
        "resumed": "خروجی ناتمام ادامه می‌یابد: {cases} پرونده از پیش در فایل است.",
        "progress": "{cases} پرونده، {events} رویداد",
        "sources": "پرونده‌ها از چند دفتر آمده‌اند ({sources}) و شماره‌هایشان ممکن است یکی باشد؛ "
        "ویژگی identity:id آن‌ها را از هم جدا می‌کند. با --service تنها یک خدمت را بگیرید.",
        "disk": "{path} نوشته نشد: {why}. آنچه نوشته شده می‌ماند؛ همین فرمان را دوباره اجرا کنید تا ادامه یابد.",
        "interrupted": "متوقف شد. آنچه نوشته شده می‌ماند؛ همین فرمان را دوباره اجرا کنید تا ادامه یابد.",
        "kept": "{why} آنچه نوشته شده می‌ماند؛ همین فرمان را دوباره اجرا کنید تا ادامه یابد.",
        "exists": "{path} از پیش هست. با --output فایل دیگری نام ببرید یا آن را جابه‌جا کنید.",
        "foreign": "{path} آغاز یک خروجی دیگر است یا آسیب دیده است. آن و آنچه کنارش هست را پاک کنید یا با --output فایل دیگری نام ببرید.",
        "no_time": "{name} باید روز یا زمانی با منطقهٔ زمانی باشد، مانند 2026-03-21 یا 2026-03-21T08:00:00Z، نه {text}.",
    },
}


class Format(StrEnum):
    XES = "xes"
    OCEL = "ocel"


class Origin(StrEnum):
    WINDOW = "window"
    IMPORTED = "imported"


def register(app: typer.Typer) -> None:
    app.command("export-cases")(export_cases)


def export_cases(
    ctx: typer.Context,
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The file to make.")
    ],
    form: Annotated[
        Format, typer.Option("--format", help="XES, or OCEL 2.0 in JSON.")
    ] = Format.XES,
    service: Annotated[
        str | None, typer.Option(metavar="CODE", help="Only cases of this public service.")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="Cases that began then or later.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Cases that began before.")
    ] = None,
    status: Annotated[str | None, typer.Option(help="Only cases that stand so now.")] = None,
    outcome: Annotated[str | None, typer.Option(help="granted or refused.")] = None,
    channel: Annotated[
        str | None, typer.Option(help="Only cases that came in this way: web, counter, post …")
    ] = None,
    origin: Annotated[
        Origin | None,
        typer.Option(help="window: asked for here; imported: brought in from a log."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer with JSON.")] = False,
) -> None:
    """Export cases of the officer's authority with their events; no applicant is named. A stopped export goes on.

    Exit 0 when the file is whole, 1 when the export stopped, 2 when it cannot be made as asked.
    """
    options = options_of(ctx, as_json=as_json)
    wanted = {
        "service_code": service,
        "submitted_from": _moment("--from", since, options),
        "submitted_until": _moment("--until", until, options),
        "status": status,
        "outcome": outcome,
        "channel": channel,
        "imported": None if origin is None else str(origin is Origin.IMPORTED).lower(),
    }
    asked = {name: value for name, value in wanted.items() if value is not None}
    counts = _export(asked, output, form, options)
    _tell(counts, output, form, options)


def _export(asked: dict[str, str], output: Path, form: Format, options: Options) -> Counts:
    try:
        with officer_client(options.lang) as client, _progress(options) as advance:
            exporter = Exporter(client, asked, output, form.value, on_progress=advance)
            if exporter.counts.resumed and not options.json:
                say_aside(_say("resumed", options, cases=exporter.counts.cases))
            return exporter.run()
    except CannotExport as error:
        fail(_say(error.why, options, path=error.path), options=options, exit_code=2)
    except Interrupted as error:
        said = _say("kept", options, why=error.stop.text)
        fail(said, options=options, error={"status": error.stop.status})
    except ProblemError as problem:
        fail(problem.sentence(), options=options, error=problem.as_json())
    except (Unreachable, NotSet) as error:
        fail(str(error), options=options)
    except OSError as error:
        fail(_say("disk", options, path=output, why=error.strerror), options=options)
    except KeyboardInterrupt:
        fail(_say("interrupted", options), options=options)


def _tell(counts: Counts, output: Path, form: Format, options: Options) -> None:
    if options.json:
        told = {"file": str(output), "format": form.value, "cases": counts.cases}
        document(told | {"events": counts.events, "sources": list(counts.sources)})
        return
    numbers = {"cases": counts.cases, "events": counts.events}
    say(_say("done", options, path=output, format=form.value, **numbers))
    if len(counts.sources) > 1:
        say_aside(_say("sources", options, sources=", ".join(counts.sources)))


def _moment(name: str, text: str | None, options: Options) -> str | None:
    """A day begins at midnight in UTC, as times are told over HTTP."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is not None and moment.tzinfo is None and len(text) == len("2026-03-21"):
        moment = moment.replace(tzinfo=UTC)
    if moment is None or moment.tzinfo is None:
        fail(_say("no_time", options, name=name, text=text), options=options, exit_code=2)
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


@contextmanager
def _progress(options: Options) -> Iterator[Callable[[Counts], None]]:
    """How far it is: a line that moves on a terminal, now and then one in a log, nothing for programs."""
    screen = console(to_stderr=True)
    if options.json:
        yield lambda counts: None
        return
    if not screen.is_terminal:
        last = time.monotonic()

        def tell(counts: Counts) -> None:
            nonlocal last
            if time.monotonic() >= last + _TELL_SECONDS:
                last = time.monotonic()
                say_aside(_so_far(counts, options))

        yield tell
        return
    with Progress(SpinnerColumn(), TextColumn("{task.description}"), console=screen) as line:
        task = line.add_task(_so_far(Counts(), options), total=None)
        yield lambda counts: line.update(task, description=_so_far(counts, options))


def _so_far(counts: Counts, options: Options) -> str:
    return _say("progress", options, cases=counts.cases, events=counts.events)


def _say(key: str, options: Options, **values: Any) -> str:
    return _SENTENCES.get(options.lang, _SENTENCES["en"])[key].format(**values)
