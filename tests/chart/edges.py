"""Which pods may speak to which, as NetworkPolicies say it: both ends have to allow an edge."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Peer:
    """A pod, or somebody outside: its labels, its namespace's labels (None: this namespace), its ports by name."""

    name: str
    labels: dict[str, str] = field(hash=False)
    namespace: dict[str, str] | None = field(default=None, hash=False)
    pod: bool = True  # False: an address that no selector matches


def matches(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    assert set(selector) <= {"matchLabels"}, "the chart selects by matchLabels only"
    return selector.get("matchLabels", {}).items() <= labels.items()


def _is(peer: Peer, said: dict[str, Any]) -> bool:
    if "ipBlock" in said:
        return not peer.pod
    if not peer.pod:
        return False
    if "namespaceSelector" in said:
        if peer.namespace is None or not matches(said["namespaceSelector"], peer.namespace):
            return False
    elif peer.namespace is not None:
        return False
    return matches(said.get("podSelector", {}), peer.labels)


def _one_way(
    policies: Iterable[dict[str, Any]], here: Peer, there: Peer, port: int, way: str
) -> bool:
    side, word = ("ingress", "from") if way == "Ingress" else ("egress", "to")
    if here.namespace is not None or not here.pod:
        return True  # not ours to say
    selecting = [
        policy["spec"]
        for policy in policies
        if way in policy["spec"]["policyTypes"]
        and matches(policy["spec"]["podSelector"], here.labels)
    ]
    if not selecting:
        return True
    for spec in selecting:
        for rule in spec.get(side) or []:
            ports = [each["port"] for each in rule.get("ports", [])]
            peers = rule.get(word)
            if (not ports or port in ports) and (
                not peers or any(_is(there, said) for said in peers)
            ):
                return True
    return False


def allowed(policies: list[dict[str, Any]], source: Peer, target: Peer, port: int) -> bool:
    """Whether `source` may open a connection to a port of `target`."""
    return _one_way(policies, source, target, port, "Egress") and _one_way(
        policies, target, source, port, "Ingress"
    )
