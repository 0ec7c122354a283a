"""`panjareh door`: an operators' door of a service, told what the platform that runs here is told."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer

from panjareh_cli.local.faults import LocalFault
from panjareh_cli.output import Options, fail, options_of


class Service(StrEnum):
    IDENTITY = "identity"
    CATALOG = "catalog"
    REQUESTS = "requests"
    INQUIRY = "inquiry"
    FEEDBACK = "feedback"


def register(app: typer.Typer) -> None:
    app.command("door", context_settings={"ignore_unknown_options": True})(door)


def door(
    ctx: typer.Context,
    service: Annotated[Service, typer.Argument(help="Whose door it is.")],
    words: Annotated[list[str], typer.Argument(help="The command and what it takes.")],
) -> None:
    """Run an operators' door of a service here: `panjareh door catalog publish --check FOLDER`."""
    options = options_of(ctx)
    done = run_door(service, words, options, quiet=False)
    # a process ended by a signal has a negative code, which no shell can take over
    raise typer.Exit(done.returncode if done.returncode >= 0 else 1)


def run_door(
    service: str, words: Sequence[str], options: Options, *, quiet: bool
) -> subprocess.CompletedProcess[str]:
    """Ends the command where no platform runs here. `quiet`: what it says is given back, not shown."""
    # only this needs the machinery of the local platform
    from panjareh_cli.local.platform import find_home, load_environment  # noqa: PLC0415

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
    return subprocess.run(
        [sys.executable, "-m", f"panjareh_{service}", *words],
        env={**os.environ, **environment},
        check=False,
        text=True,
        stdout=subprocess.PIPE if quiet else None,
    )
