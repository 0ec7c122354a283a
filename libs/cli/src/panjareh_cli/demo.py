"""`panjareh demo`: the platform does its job on real input, and says so as it goes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Annotated

import typer

from panjareh_cli.client import Client, NotSet, Place, ProblemError, Unreachable, place
from panjareh_cli.demo_acts import Stage, play
from panjareh_cli.demo_words import said
from panjareh_cli.local.faults import LocalFault
from panjareh_cli.local.platform import Platform, find_home
from panjareh_cli.output import document, fail, options_of, say_aside


def register(app: typer.Typer) -> None:
    app.command("demo")(demo)


def demo(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Answer with JSON.")] = False,
) -> None:
    """Show the whole job: a smart service, an officer's decision, a refusal, an outage, real cases.

    Uses the platform that runs here, or starts one for as long as the demo takes.
    """
    options = options_of(ctx, as_json=as_json)
    try:
        with _somewhere(options.lang) as where:
            told = play(Stage(where, options))
    except ProblemError as problem:
        fail(problem.sentence(), options=options, error=problem.as_json())
    except (Unreachable, NotSet, LocalFault) as fault:
        fail(str(fault), options=options)
    if options.json:
        document(told)


@contextmanager
def _somewhere(language: str) -> Iterator[Place]:
    """Where the platform runs; started here, with its own data, when it runs nowhere."""
    running = _running()
    if running is not None:
        say_aside(said("The platform runs at {url}.", language, url=running.url))
        yield running
        return
    say_aside(said("The platform does not run here; it is started for the demo.", language))
    with ExitStack() as stack:
        platform = Platform(find_home(), announce=say_aside)
        platform.start(say_aside)
        stack.callback(platform.stop, say_aside)
        yield Place(platform.url, platform.sandbox_url)


def _running() -> Place | None:
    try:
        found = place()
        with Client(found.url, timeout=5) as client:
            client.get("/api/v1/healthz")
    except (NotSet, Unreachable, ProblemError):
        return None
    if found.sandbox_url is None:
        raise NotSet(
            f"The platform at {found.url} has no sandbox, and the demo must not play with real "
            "authorities. Name the sandbox in PANJAREH_SANDBOX_URL."
        )
    return found
