"""`panjareh ops dead-letters`: what was put aside, and what to do with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from panjareh_cli.local.faults import LocalFault
from panjareh_cli.ops.place import Place, confirm, give_up, place_of
from panjareh_cli.ops.texts import text
from panjareh_cli.output import document, fail, say, table

# The machinery of the broker is imported by what speaks to it: a fifth of a second.
SERVICES = ("identity", "catalog", "requests", "inquiry", "feedback")
ALL = "all"
_MOST = 10_000  # looked at for one answer; `show` and --id reach the rest once these are gone

Service = Annotated[str, typer.Argument(help="The service whose listeners put them aside.")]
Ids = Annotated[
    list[str] | None, typer.Option("--id", help="Only this message; may be said again.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer with JSON.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


def register(ops: typer.Typer) -> None:
    letters = typer.Typer(
        no_args_is_help=True,
        help="Messages that were handled five times in vain: list, show, replay, discard.",
    )
    letters.command("list")(list_)
    letters.command()(show)
    letters.command()(replay)
    letters.command()(discard)
    ops.add_typer(letters, name="dead-letters")


def list_(
    ctx: typer.Context,
    service: Annotated[str, typer.Argument(metavar="SERVICE|all")] = ALL,
    as_json: AsJson = False,
) -> None:
    """Count the dead letters of a service, or of all, by listener, type and reason."""
    place = place_of(ctx, as_json)
    wanted = SERVICES if service == ALL else (_known(place, service),)
    told: list[dict[str, Any]] = []
    with _letters_of(place) as letters_of:
        for name in wanted:
            count, found = letters_of(name).look(_MOST)
            kinds = Counter((each.listener, each.type, each.reason) for each in found)
            told.append(
                {
                    "service": name,
                    "messages": count,
                    "kinds": [
                        {
                            "listener": kind[0],
                            "type": kind[1],
                            "reason": kind[2],
                            "messages": number,
                        }
                        for kind, number in sorted(kinds.items())
                    ],
                }
            )
    if place.json:
        document({"place": place.told(), "dead_letters": told})
    elif any(each["messages"] for each in told):
        rows = [
            (each["service"], kind["messages"], kind["listener"], kind["type"], kind["reason"])
            for each in told
            for kind in each["kinds"]
        ]
        table(("service", "messages", "listener", "type", "reason"), rows, lang=place.lang)
    else:
        say(text("no_letters", place.lang))


def show(
    ctx: typer.Context,
    service: Service,
    number: Annotated[int, typer.Argument(metavar="[N]", help="How many.", min=1)] = 20,
    as_json: AsJson = False,
) -> None:
    """Show the first N: ids, type, listener, reason. Never what is in them."""
    place = place_of(ctx, as_json)
    with _letters_of(place) as letters_of:
        count, found = letters_of(_known(place, service)).look(number)
    if place.json:
        letters = [each.as_json() for each in found]
        document({"place": place.told(), "service": service, "messages": count, "letters": letters})
        return
    rows = [(e.id, e.type, e.subject, e.listener, e.reason, e.died_at) for e in found]
    table(("id", "type", "subject", "listener", "reason", "died at"), rows, lang=place.lang)


def replay(
    ctx: typer.Context,
    service: Service,
    ids: Ids = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Send them back to the queues they died in. Safe to repeat and to interrupt: none is lost."""
    _move(place_of(ctx, as_json), service, ids or [], yes, replaying=True)


def discard(
    ctx: typer.Context,
    service: Service,
    ids: Ids = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Throw messages away for good, each named with --id."""
    place = place_of(ctx, as_json)
    if not ids:
        fail("discard needs --id, once for each message.", options=place, exit_code=2)
    _move(place, service, ids, yes, replaying=False)


def _move(place: Place, service: str, ids: list[str], yes: bool, *, replaying: bool) -> None:
    from panjareh_cli.ops.queues import with_ids  # noqa: PLC0415

    with _letters_of(place) as letters_of:
        letters = letters_of(_known(place, service))
        count, found = letters.look(_MOST)
        wanted = with_ids(ids)
        matching = [each for each in found if wanted(each)]
        if ids and not matching:
            missing = text("no_such_letters", place.lang, queue=letters.queue, ids=", ".join(ids))
            fail(missing, options=place)
        number = len(matching) if ids else count
        moved = []
        if number:
            key = "replay_will" if replaying else "discard_will"
            values = {"count": number, "queue": letters.queue, "ids": ", ".join(ids)}
            confirm(place, text(key, place.lang, **values), yes)
            moved = letters.replay(wanted) if replaying else letters.discard(wanted)
    if place.json:
        moved_ids = [{"id": each.id, "listener": each.listener} for each in moved]
        document({"place": place.told(), "service": service, "found": number, "moved": moved_ids})
    else:
        key = "replayed" if replaying else "discarded"
        say(text(key, place.lang, moved=len(moved), found=number))
    raise typer.Exit(0 if len(moved) >= number else 1)


def _known(place: Place, service: str) -> str:
    if service not in SERVICES:
        known = ", ".join(SERVICES)
        fail(
            f"{service} has no dead letters; those that listen are {known}.",
            options=place,
            exit_code=2,
        )
    return service


@contextmanager
def _letters_of(place: Place) -> Iterator[Callable[[str], Any]]:
    """Dead letters by service; ends the command where the broker cannot be asked."""
    from panjareh_cli.ops.queues import DeadLetters, QueueFault, opened  # noqa: PLC0415
    from panjareh_common.messaging.message import BrokerUnavailable  # noqa: PLC0415

    try:
        url = place.amqp_url()
        if url is None:
            fail(text("no_broker", place.lang), options=place)
        with opened(url) as connection:
            yield lambda service: DeadLetters(connection, service)
    except (LocalFault, BrokerUnavailable, QueueFault) as fault:
        give_up(place, fault)
