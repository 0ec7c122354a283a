"""`panjareh ops rotate-keys`: a new signing key beside the old one, in an order in which nothing fails.

Every service checks signatures with the same set of public keys, PANJAREH_SERVICE_JWKS, which each has in
its own Secret. First the new public key is known to all, then it is used. A run that was interrupted goes on
with the key that it had made: until it is used, the private half waits in the service's Secret.
"""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from panjareh_cli.local.faults import LocalFault
from panjareh_cli.ops.cluster import Cluster, ClusterFault, Json, labels_of
from panjareh_cli.ops.place import confirm, give_up, only_on_kubernetes, place_of
from panjareh_cli.ops.status_there import secret_keys
from panjareh_cli.ops.texts import text
from panjareh_cli.output import document, fail, say, say_aside

JWKS = "PANJAREH_SERVICE_JWKS"
ROTATED_AT = "panjareh/rotated-at"


class Kind(StrEnum):
    SIGNING = "signing"
    TRANSPORT = "transport"
    SEALING = "sealing"


_REFUSED = {
    Kind.TRANSPORT: (
        "Transport keys cannot be rotated yet: a service opens with one key only, so calls would fail until all "
        "who hold it have the new one. By hand, with a short outage: docs/operations/runbooks/rotate-secrets.md."
    ),
    Kind.SEALING: (
        "Sealing keys are never replaced: each person's key is wrapped by it, and from it come the key of the "
        "service's own boxes and the hashes by which persons are found. With another one all that is unreadable. "
        "Wrapping anew is not supported yet."
    ),
}


def register(ops: typer.Typer) -> None:
    ops.command("rotate-keys")(rotate_keys)


def rotate_keys(
    ctx: typer.Context,
    *,
    service: Annotated[str, typer.Argument(help="The service that gets a new key.")],
    kind: Annotated[Kind, typer.Option(help="Which of its keys.")] = Kind.SIGNING,
    timeout: Annotated[int, typer.Option(help="Seconds for each rollout.", min=1)] = 600,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer with JSON.")] = False,
) -> None:
    """Give a service a new signing key; what it signed before stays verifiable. Needs ops.write."""
    place = place_of(ctx, as_json)
    if kind in _REFUSED:
        fail(_REFUSED[kind], options=place, exit_code=2)
    only_on_kubernetes(place, "rotate_local")
    try:
        cluster = place.cluster()
        rotation = Rotation(cluster, service)
        values = {"service": service, "kid": rotation.kid, "old": rotation.old_kid}
        secrets = ", ".join(rotation.key_sets)
        confirm(place, text("rotate_will", place.lang, secrets=secrets, **values), yes)
        rotation.run(timeout)
    except LocalFault as fault:
        give_up(place, fault)
    if place.json:
        document({"place": place.told(), **values})
    else:
        say(text("rotated", place.lang, **values))


class Rotation:
    """Everything that has to be known before, and then the steps. Raises ClusterFault."""

    def __init__(self, cluster: Cluster, service: str) -> None:
        self._cluster = cluster
        self._service = service
        self._variable = f"PANJAREH_{service.upper()}_SIGNING_KEY"
        self._next = f"{self._variable}_NEXT"
        self._deployments = cluster.deployments()
        told = {
            (secret, key): labels_of(each).get("panjareh/service")
            for each in self._deployments
            for secret, key in secret_keys(each)
        }
        holders = {secret for (secret, key) in told if key == self._variable}
        if len(holders) != 1:
            raise ClusterFault(f"no Secret of the release holds a signing key of {service}")
        [self._own] = holders
        #: Secrets with the set of public keys.
        self.key_sets = sorted({secret for (secret, key) in told if key == JWKS})
        secret = self._read(self._own)
        self._private = json.loads(_text(secret, self._variable))
        self.old_kid = str(self._private["kid"])
        waiting = self._next in secret.get("data", {})
        self._new = json.loads(_text(secret, self._next)) if waiting else self._made()
        self.kid = str(self._new["kid"])

    def run(self, seconds: float) -> None:
        self._write(self._own, {self._next: json.dumps(self._new, sort_keys=True)})
        public = [_public(self._private), _public(self._new)]
        for name in self.key_sets:
            known = json.loads(_text(self._read(name), JWKS))["keys"]
            kids = {key["kid"] for key in known}
            keys = known + [key for key in public if key["kid"] not in kids]
            if len(keys) > len(known):
                self._write(name, {JWKS: json.dumps({"keys": keys}, sort_keys=True)})
        checking = [each for each in self._deployments if self._reads(each, JWKS)]
        self._restart(checking, seconds)
        # From here on everybody knows the new key.
        self._write(
            self._own, {self._variable: json.dumps(self._new, sort_keys=True), self._next: None}
        )
        self._restart([e for e in self._deployments if self._reads(e, self._variable)], seconds)

    def _made(self) -> dict[str, Any]:
        # Half a second that looking does not need.
        from joserfc.jwk import OKPKey  # noqa: PLC0415

        stem, _, number = self.old_kid.rpartition("-")
        if stem != self._service or not number.isdigit():
            raise ClusterFault(
                f"the key {self.old_kid} is not named {self._service}-NUMBER, as checking needs it"
            )
        kid = f"{self._service}-{int(number) + 1}"
        key = OKPKey.generate_key("Ed25519", parameters={"kid": kid, "use": "sig"})
        return dict(key.as_dict(private=True))

    def _reads(self, deployment: Json, key: str) -> bool:
        return any(each == key for _, each in secret_keys(deployment))

    def _restart(self, deployments: list[Json], seconds: float) -> None:
        for each in deployments:
            self._cluster.restart(each, self.kid)
        names = [str(each["metadata"]["name"]) for each in deployments]
        self._cluster.wait_for_rollout(names, seconds, say_aside)

    def _read(self, name: str) -> Json:
        secret = self._cluster.get(self._cluster.core(f"secrets/{name}"))
        owners = secret["metadata"].get("ownerReferences") or []
        if any(each["kind"] == "ExternalSecret" for each in owners):
            raise ClusterFault(
                f"the Secret {name} comes from a store (External Secrets); what is written here would be undone. "
                "Change it there: docs/operations/runbooks/rotate-signing-keys.md"
            )
        return secret

    def _write(self, name: str, values: dict[str, str | None]) -> None:
        data = {
            k: None if v is None else base64.b64encode(v.encode()).decode()
            for k, v in values.items()
        }
        stamp = {"annotations": {ROTATED_AT: datetime.now(UTC).isoformat(timespec="seconds")}}
        self._cluster.merge(
            self._cluster.core(f"secrets/{name}"), {"metadata": stamp, "data": data}
        )


def _text(secret: Json, key: str) -> str:
    data = secret.get("data") or {}
    if key not in data:
        raise ClusterFault(f"the Secret {secret['metadata']['name']} has no key {key}")
    return base64.b64decode(data[key]).decode()


def _public(key: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in key.items() if name != "d"}
