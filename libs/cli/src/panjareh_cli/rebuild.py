"""`panjareh rebuild`: the operator's door to making a view again from the stored events."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Annotated

import typer

from panjareh_cli.local.faults import LocalFault
from panjareh_cli.output import document, fail, options_of


def register(app: typer.Typer) -> None:
    app.command("rebuild")(rebuild)


def rebuild(
    ctx: typer.Context,
    view: Annotated[str, typer.Argument(help="The view to make again.")],
    as_json: Annotated[bool, typer.Option("--json", help="Answer with JSON.")] = False,
) -> None:
    """Make a view of the requests again from all events; the service keeps running."""
    # only this command needs the machinery of the local platform
    from panjareh_cli.local.platform import find_home, load_environment  # noqa: PLC0415

    options = options_of(ctx, as_json=as_json)
    try:
        environment = load_environment(find_home())
    except FileNotFoundError as error:
        fail(
            f"The settings of the platform are not there ({error.filename}). Start it once with "
            "`panjareh up`, or name its data folder in PANJAREH_HOME.",
            options=options,
        )
    except LocalFault as fault:
        fail(str(fault), options=options)
    done = subprocess.run(
        [sys.executable, "-m", "panjareh_requests", "rebuild", view],
        env={**os.environ, **environment},
        check=False,
        text=True,
        stdout=subprocess.PIPE if options.json else None,
    )
    if options.json:
        document({"view": view, "exit_code": done.returncode, "output": done.stdout})
    # a process ended by a signal has a negative code, which no shell can take over
    raise typer.Exit(done.returncode if done.returncode >= 0 else 1)
