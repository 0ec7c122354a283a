"""`panjareh ops doctor`: is this namespace, or this machine, as the platform needs it; and how to mend what is not."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from panjareh_cli.local.faults import LocalFault
from panjareh_cli.ops import doctor_here, doctor_there
from panjareh_cli.ops.findings import Finding, State
from panjareh_cli.ops.place import give_up, place_of
from panjareh_cli.ops.texts import text
from panjareh_cli.output import document, fail, say, table


def register(ops: typer.Typer) -> None:
    ops.command("doctor")(doctor)


def doctor(
    ctx: typer.Context,
    values: Annotated[
        list[Path] | None,
        typer.Option("--values", "-f", help="Your values for Helm: which variants are wanted."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer with JSON.")] = False,
) -> None:
    """Check what the platform needs and say how to mend each finding; exit 1 when something is missing."""
    import yaml  # noqa: PLC0415 - only for this command

    place = place_of(ctx, as_json)
    try:
        wanted: dict[str, Any] = {}
        for file in values or []:
            wanted = _over(wanted, yaml.safe_load(file.read_text(encoding="utf-8")) or {})
    except (OSError, yaml.YAMLError) as cause:
        fail(f"The values cannot be read: {cause}", options=place, exit_code=2)
    try:
        if place.local:
            found = doctor_here.look()
        else:
            cluster = place.cluster()
            place.namespace = cluster.namespace
            found = doctor_there.look(cluster, wanted)
    except LocalFault as fault:
        give_up(place, fault)
    sick = any(each.state is State.FAULT for each in found)
    if place.json:
        findings = [each.as_json() for each in found]
        document({"place": place.told(), "well": not sick, "findings": findings})
    else:
        _tell(found, place.lang)
    raise typer.Exit(1 if sick else 0)


def _tell(found: list[Finding], lang: str) -> None:
    rows = [(each.state.value, each.check, each.what) for each in found]
    table(("state", "check", "what"), rows, lang=lang, title=text("findings", lang))
    mends = [each for each in found if each.mend]
    if mends:
        say(text("mend", lang))
    for each in mends:
        say(f"  {each.check}: {each.mend}")
    if all(each.state is State.OK for each in found):
        say(text("all_fits", lang))


def _over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """As Helm lays one values file over another."""
    result = dict(below)
    for key, value in above.items():
        kept = result.get(key)
        both = isinstance(kept, dict) and isinstance(value, dict)
        result[key] = _over(kept, value) if both else value  # type: ignore[arg-type]
    return result
