"""`panjareh secrets`: new keys and passwords as an environment file, for running without `up`."""

from __future__ import annotations

import sys

import typer

from panjareh_cli.local.secrets import completed, dotenv
from panjareh_cli.output import document, options_of

HEADER = """\
# Keys and passwords of one installation of Panjareh. Keep this file: what was sealed with these
# keys cannot be read with others. Nobody but the operator may read it.
"""


def secrets(ctx: typer.Context) -> None:
    """Print new keys and passwords: `umask 077; panjareh secrets > .env`. Kept nowhere else."""
    made = completed({})
    if options_of(ctx).json:
        document(made)
    else:
        sys.stdout.write(HEADER + dotenv(made))


def register(app: typer.Typer) -> None:
    app.command()(secrets)
