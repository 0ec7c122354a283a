"""The `panjareh` command: what holds for every subcommand, and the list of them.

Exit codes: 0 done, 1 it did not work, 2 asked in a way that makes no sense.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from panjareh_cli import (
    cases_command,
    demo,
    doors,
    export_command,
    rebuild,
    requests_command,
    secrets_command,
    status,
    up,
    verify,
)
from panjareh_cli.ops import command as ops
from panjareh_cli.output import Options


class Language(StrEnum):
    EN = "en"
    FA = "fa"


app = typer.Typer(
    name="panjareh",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,  # they would show keys and passwords
)


@app.callback()
def panjareh(
    ctx: typer.Context,
    as_json: Annotated[
        bool, typer.Option("--json", help="Answer with JSON on stdout, for programs.")
    ] = False,
    lang: Annotated[
        Language, typer.Option(help="Language of what is said to people.")
    ] = Language.EN,
) -> None:
    """Panjareh, one window to public services: run it, watch it, try it."""
    ctx.obj = Options(json=as_json, lang=lang.value)


# Each module adds its commands; a new one joins this list.
for module in (
    up,
    demo,
    status,
    cases_command,
    export_command,
    requests_command,
    verify,
    doors,
    rebuild,
    secrets_command,
    ops,
):
    module.register(app)


if __name__ == "__main__":
    app()
