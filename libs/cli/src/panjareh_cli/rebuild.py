"""`panjareh rebuild`: the operator's door to making a view again from the stored events."""

from __future__ import annotations

from typing import Annotated

import typer

from panjareh_cli.doors import run_door
from panjareh_cli.output import document, options_of


def register(app: typer.Typer) -> None:
    app.command("rebuild")(rebuild)


def rebuild(
    ctx: typer.Context,
    view: Annotated[str, typer.Argument(help="The view to make again.")],
    as_json: Annotated[bool, typer.Option("--json", help="Answer with JSON.")] = False,
) -> None:
    """Make a view of the requests again from all events; the service keeps running."""
    options = options_of(ctx, as_json=as_json)
    done = run_door("requests", ["rebuild", view], options, quiet=options.json)
    if options.json:
        document({"view": view, "exit_code": done.returncode, "output": done.stdout})
    # a process ended by a signal has a negative code, which no shell can take over
    raise typer.Exit(done.returncode if done.returncode >= 0 else 1)
