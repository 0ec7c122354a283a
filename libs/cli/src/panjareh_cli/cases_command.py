"""`panjareh import-cases`: bring an authority's past cases into the platform."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from panjareh_cli.cases import log as logs
from panjareh_cli.cases import mapping as mappings
from panjareh_cli.cases import timeline as timelines
from panjareh_cli.cases.folder import cases_folder
from panjareh_cli.cases.importer import Importer, Outcome
from panjareh_cli.client import Client, NotSet, ProblemError, Unreachable, officer_client
from panjareh_cli.output import (
    Options,
    console,
    document,
    fail,
    options_of,
    say,
    say_aside,
    table,
)

_SAMPLE = "sample"
_TELL_SECONDS = 5.0
_SHOWN = 20  # problems on a screen; --json gives them all


def register(app: typer.Typer) -> None:
    app.command("import-cases")(import_cases)


def import_cases(
    ctx: typer.Context,
    file: Annotated[
        str | None,
        typer.Argument(
            help="The log: a CSV or XES file, plain or gzipped. A name alone is looked for in "
            "$PANJAREH_CASES_DIR too; the word sample means the sample log.",
        ),
    ] = None,
    mapping: Annotated[
        str | None,
        typer.Option(help="Which mapping reads it: a name or a YAML file of your own."),
    ] = None,
    show: Annotated[
        str | None,
        typer.Option(metavar="CASE", help="Whose timeline to show; without it the longest."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer with JSON.")] = False,
) -> None:
    """Import past cases. Importing again adds only what is new.

    Exit 0 when everything went in, 1 when rows or cases stayed out or the import stopped,
    2 when the file or the mapping cannot be used.
    """
    options = options_of(ctx, as_json=as_json)
    path = _locate(file)
    if path is None:
        fail(_not_there(file), options=options, exit_code=2)
    try:
        chosen = mappings.find(mapping) if mapping else mappings.for_log(path)
        log = logs.read(path, chosen, on_progress=_reading_told(options))
    except (mappings.MappingUnknown, mappings.MappingUnusable, logs.LogUnreadable) as error:
        fail(str(error), options=options, exit_code=2)
    except OSError as error:
        fail(f"{path} cannot be read: {error.strerror}.", options=options, exit_code=2)
    if show is not None and all(case["case"] != show for case in log.cases):
        fail(f"{log.file} has no case {show}.", options=options, exit_code=2)

    outcome, shown = Outcome(), None
    if log.cases:
        try:
            with officer_client(options.lang) as client:
                outcome = _send(client, chosen, log, options)
                shown = _shown(client, log, outcome, show)
        except ProblemError as problem:
            fail(problem.sentence(), options=options, error=problem.as_json())
        except (Unreachable, NotSet) as error:
            fail(str(error), options=options)

    if options.json:
        document(_summary(log, chosen, outcome) | {"shown": shown})
    else:
        _print(log, chosen, outcome, shown, options)
    clean = bool(log.cases) and not (log.problems or outcome.refused or outcome.stopped)
    raise typer.Exit(0 if clean else 1)


def _locate(file: str | None) -> Path | None:
    if file is None:
        return None
    path = Path(file)
    if path.is_file():
        return path
    if file == _SAMPLE:
        # the package is installed as files, never run from an archive
        sample = resources.files("panjareh_cli.cases.sample").joinpath("permits-sample.csv")
        return Path(str(sample))
    if not path.is_absolute():
        for candidate in (cases_folder() / path, cases_folder() / f"{file}.csv"):
            if candidate.is_file():
                return candidate
    return None


def _not_there(file: str | None) -> str:
    where = f"in the folder {cases_folder()} (PANJAREH_CASES_DIR names another)"
    first = f"There is no file {file}." if file else "Say which log to import."
    return (
        f"{first} Real logs, such as permit-receipts.csv, are expected {where}; they are not part "
        "of the project. To try the import without one, use the sample: "
        "panjareh import-cases sample"
    )


def _send(client: Client, mapping: mappings.LogMapping, log: logs.Log, options: Options) -> Outcome:
    with _progress(len(log.cases), options) as advance:
        importer = Importer(
            client,
            source=mapping.source,
            service_code=mapping.service_code,
            on_progress=advance,
        )
        return importer.send(log.cases)


@contextmanager
def _progress(total: int, options: Options) -> Iterator[Any]:
    screen = console(to_stderr=True)
    if options.json:
        yield lambda cases: None
        return
    if not screen.is_terminal:
        yield _told_now_and_then(total)
        return
    columns = (
        TextColumn("importing cases"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=screen, transient=True) as bar:
        task = bar.add_task("cases", total=total)
        yield lambda cases: bar.advance(task, cases)


def _told_now_and_then(total: int) -> Callable[[int], None]:
    """For logs of a machine: how far the import is, every few seconds."""
    done, tell = 0, _every_few_seconds()

    def advance(cases: int) -> None:
        nonlocal done
        done += cases
        tell(f"{done} of {total} cases")

    return advance


def _reading_told(options: Options) -> Callable[[int], None]:
    tell = _every_few_seconds()
    return lambda rows: None if options.json else tell(f"{rows} rows read")


def _every_few_seconds() -> Callable[[str], None]:
    """Says what it is given, where nothing was said for a while; a short run says nothing."""
    last = time.monotonic()

    def tell(text: str) -> None:
        nonlocal last
        if time.monotonic() >= last + _TELL_SECONDS:
            last = time.monotonic()
            say_aside(text)

    return tell


def _shown(
    client: Client, log: logs.Log, outcome: Outcome, asked: str | None
) -> dict[str, Any] | None:
    """The timeline of the case asked for, or of the longest that went in."""
    inside = (case for case in log.cases if case["case"] in outcome.results)
    if asked is not None:
        inside = (case for case in inside if case["case"] == asked)
    longest = max(inside, key=lambda one: len(one["steps"]), default=None)
    if longest is None:
        return None
    case = longest["case"]
    result = outcome.results[case]
    shown = {
        "case": case,
        "request_id": result.get("request_id"),
        "reference": result.get("reference"),
    }
    try:
        return shown | timelines.fetch(client, str(result["request_id"]), door="/agency/v1")
    except (ProblemError, Unreachable) as error:
        # the cases are in: that their timeline cannot be shown now must not hide it
        return shown | {"request": None, "timeline": None, "error": str(error)}


def _summary(log: logs.Log, mapping: mappings.LogMapping, outcome: Outcome) -> dict[str, Any]:
    closed = sum(case["ended_at"] is not None for case in log.cases)
    return {
        "file": log.file,
        "mapping": mapping.name,
        "source": mapping.source,
        "service_code": mapping.service_code,
        "rows": log.rows,
        "cases": len(log.cases),
        "events": log.events,
        "problems": [problem.as_json() for problem in log.problems],
        "refused": [refused.as_json() for refused in outcome.refused],
        "created": outcome.changes["created"],
        "extended": outcome.changes["extended"],
        "unchanged": outcome.changes["unchanged"],
        "steps_added": outcome.steps_added,
        "channels": dict(Counter(case["channel"] for case in log.cases).most_common()),
        "states": {"open": len(log.cases) - closed, "closed": closed},
        "seconds": round(outcome.seconds, 3),
        "cases_per_second": round(outcome.cases_per_second, 1),
        "stopped": outcome.stopped.as_json() if outcome.stopped else None,
    }


def _print(
    log: logs.Log,
    mapping: mappings.LogMapping,
    outcome: Outcome,
    shown: dict[str, Any] | None,
    options: Options,
) -> None:
    summary = _summary(log, mapping, outcome)
    counted = {
        key: summary[key] for key in ("file", "mapping", "service_code", "rows", "cases", "events")
    }
    counted |= {
        "problems": len(log.problems),
        "refused": len(outcome.refused),
        "created": summary["created"],
        "extended": summary["extended"],
        "unchanged": summary["unchanged"],
        "steps added": summary["steps_added"],
        "channels": _listed(summary["channels"]),
        "states": _listed(summary["states"]),
        "cases per second": summary["cases_per_second"],
    }
    table(("what", "value"), counted.items(), lang=options.lang, title="Import of past cases")
    if log.problems:
        table(
            ("file", "line", "column", "problem"),
            ((one.file, one.line, one.column, one.text) for one in log.problems[:_SHOWN]),
            lang=options.lang,
            title="Left out of the import",
        )
        _say_rest(len(log.problems))
    if outcome.refused:
        table(
            ("case", "problem"),
            ((one.case, one.text) for one in outcome.refused[:_SHOWN]),
            lang=options.lang,
            title="Refused by the platform",
        )
        _say_rest(len(outcome.refused))
    if outcome.stopped:
        say_aside(f"The import stopped. {outcome.stopped.text}")
    if shown is not None and shown["timeline"] is not None:
        timelines.show(shown, lang=options.lang, title=f"Case {shown['case']}")
    elif shown is not None:
        say_aside(f"The timeline of case {shown['case']} cannot be shown: {shown['error']}")


def _say_rest(count: int) -> None:
    if count > _SHOWN:
        say(f"… and {count - _SHOWN} more; --json gives them all.")


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{key} {count}" for key, count in counts.items())
