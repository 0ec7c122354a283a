"""The group `panjareh ops` and the list of its commands."""

from __future__ import annotations

import typer

from panjareh_cli.ops import (
    backup,
    dead_letters,
    doctor,
    drain,
    place,
    rebuild,
    restore,
    rotate_keys,
    status,
)


def register(app: typer.Typer) -> None:
    ops = typer.Typer(no_args_is_help=True)
    ops.callback()(place.choose)
    for module in (status, dead_letters, rebuild, drain, rotate_keys, backup, restore, doctor):
        module.register(ops)
    app.add_typer(ops, name="ops")
