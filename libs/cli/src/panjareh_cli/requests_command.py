"""`panjareh request …`: follow one service request from a terminal."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from panjareh_cli.cases import timeline as timelines
from panjareh_cli.client import NotSet, ProblemError, Unreachable, officer_client, person_client
from panjareh_cli.output import document, fail, options_of


def register(app: typer.Typer) -> None:
    requests = typer.Typer(help="Follow service requests.", no_args_is_help=True)
    requests.command("timeline")(timeline)
    app.add_typer(requests, name="request")


def timeline(
    ctx: typer.Context,
    request_id: Annotated[str, typer.Argument(metavar="ID", help="The id of the request.")],
    at: Annotated[
        str | None,
        typer.Option(help="As it stood at this moment: ISO 8601 with a zone."),
    ] = None,
    as_person: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="NATIONAL_ID",
            help="As this person; the password is asked for, or taken from PANJAREH_PASSWORD. "
            "Without it, as an officer.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer with JSON.")] = False,
) -> None:
    """Every step of a request: when, what, and who did it."""
    options = options_of(ctx, as_json=as_json)
    moment = _moment(at) if at else None
    if at and moment is None:
        fail(
            f"{at} is not a moment. Write it as ISO 8601 with its zone: 2024-05-01T09:00:00+03:30.",
            options=options,
            exit_code=2,
        )
    door = "/api/v1" if as_person else "/agency/v1"
    try:
        client = (
            person_client(as_person, options.lang) if as_person else officer_client(options.lang)
        )
        with client:
            found = timelines.fetch(client, request_id, door=door, at=moment)
    except ProblemError as problem:
        fail(problem.sentence(), options=options, error=problem.as_json())
    except (Unreachable, NotSet) as error:
        fail(str(error), options=options)
    if options.json:
        document({"request_id": request_id, **found})
    else:
        timelines.show(found, lang=options.lang, title=f"Request {request_id}")


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
