"""Where an operator works: a release on Kubernetes, or the platform that runs on this machine."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Annotated, NoReturn

import typer

from panjareh_cli.local.faults import LocalFault
from panjareh_cli.local.home import find_home, holder_of, read_json
from panjareh_cli.ops.cluster import Cluster, ClusterFault
from panjareh_cli.ops.texts import text
from panjareh_cli.output import Options, fail, say_aside

AMQP_URL = "PANJAREH_AMQP_URL"


@dataclass
class Place(Options):
    """What was asked of `ops` before its subcommand: it travels in ``ctx.obj``."""

    local: bool = False
    context: str | None = None
    namespace: str | None = None
    release: str = "panjareh"

    def cluster(self) -> Cluster:
        """Raises ClusterFault where nothing says how to reach Kubernetes."""
        return Cluster.reach(self.context, self.namespace, self.release)

    def environment(self) -> dict[str, str]:
        """What the processes of the local platform were told. Raises LocalFault when it is not up."""
        env = read_json(find_home() / "env.json")
        if not env:
            raise LocalFault(text("not_up", self.lang))
        return {str(name): str(value) for name, value in env.items()}

    def amqp_url(self) -> str | None:
        """The broker: locally the platform's, else what PANJAREH_AMQP_URL names."""
        if self.local:
            return self.environment().get(AMQP_URL)
        return os.environ.get(AMQP_URL)

    def told(self) -> dict[str, str]:
        """For answers in JSON: where this was."""
        if self.local:
            return {"kind": "local", "home": str(find_home())}
        return {"kind": "kubernetes", "namespace": self.namespace or "", "release": self.release}


def choose(
    ctx: typer.Context,
    *,
    local: Annotated[
        bool, typer.Option("--local", help="The platform of this machine (panjareh up).")
    ] = False,
    context: Annotated[
        str | None, typer.Option(help="Context of the kubeconfig.", metavar="NAME")
    ] = None,
    namespace: Annotated[
        str | None,
        typer.Option("--namespace", "-n", help="Namespace of the release.", metavar="NAME"),
    ] = None,
    release: Annotated[str, typer.Option(help="Helm's release.", metavar="NAME")] = "panjareh",
    as_json: Annotated[bool, typer.Option("--json", help="Answer with JSON.")] = False,
) -> None:
    """Look after a running platform: on Kubernetes with a kubeconfig or inside a pod, or --local.

    Without --local it is the platform of this machine where one is up and neither a context nor a
    namespace is named. Only looks, except for what asks (--yes).
    """
    given = ctx.obj or Options()
    if local and (context or namespace):
        fail(text("local_or_cluster", given.lang), options=given, exit_code=2)
    named = bool(context or namespace or os.environ.get("KUBERNETES_SERVICE_HOST"))
    ctx.obj = Place(
        json=given.json or as_json,
        lang=given.lang,
        local=local or (not named and holder_of(find_home()) is not None),
        context=context,
        namespace=namespace,
        release=release,
    )


def place_of(ctx: typer.Context, as_json: bool = False) -> Place:
    """The place of this call; ``--json`` counts before and after the subcommand."""
    place: Place = ctx.obj
    place.json = place.json or as_json
    return place


def confirm(place: Place, what: str, yes: bool) -> None:
    """Say what will be done, and go on only when somebody wants it. Ends the command with 1 if not."""
    say_aside(what)
    if yes:
        return
    if place.json:
        fail(text("say_yes", place.lang), options=place, exit_code=2)
    if not typer.confirm(text("go_on", place.lang), err=True):
        fail(text("nothing_done", place.lang), options=place)


def only_on_kubernetes(place: Place, why: str) -> None:
    if place.local:
        fail(text(why, place.lang), options=place, exit_code=2)


def give_up(place: Place, fault: Exception) -> NoReturn:
    """End the command with what went wrong, and what may help where it is known."""
    extra = {"status": fault.status} if isinstance(fault, ClusterFault) and fault.status else None
    fail(str(fault), options=place, error=extra)
