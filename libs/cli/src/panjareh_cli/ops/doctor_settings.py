"""Of a check-up: variables that begin like the platform's and that nobody reads, mostly misspelt ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from panjareh_cli.ops.cluster import Cluster
from panjareh_cli.ops.findings import Finding, State
from panjareh_common.settings_door import unknown


def of_release(cluster: Cluster) -> Iterator[Finding]:
    """What the processes of a release are told, by name, in ConfigMaps and in themselves. Raises ClusterFault."""
    names: dict[str, str] = {}  # variable → where it stands
    for deployment in cluster.items(cluster.of("apps/v1", "deployments"), cluster.labels):
        name = str(deployment["metadata"]["name"])
        for container in deployment["spec"]["template"]["spec"]["containers"]:
            names |= {each["name"]: name for each in container.get("env", [])}
            for source in container.get("envFrom", []):
                config = source.get("configMapRef", {}).get("name")
                found = cluster.find(cluster.core(f"configmaps/{config}")) if config else None
                names |= dict.fromkeys((found or {}).get("data") or {}, str(config))
    if names:
        yield from findings(names, names)


def findings(names: Iterable[str], places: dict[str, str]) -> Iterator[Finding]:
    """A warning and no fault, because this command may be older than what it looks at."""
    strangers = unknown(names)
    for name, meant in strangers.items():
        yield Finding(
            State.WARNING,
            "settings",
            f"{name} ({places.get(name, 'the environment')}) is read by nobody",
            f"is {meant} meant?" if meant else "docs/settings.md names all that are read",
        )
    if not strangers:
        yield Finding(State.OK, "settings", "no variable is there that nobody reads")
