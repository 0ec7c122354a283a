"""The few calls of Kubernetes' API that operating needs, as plain JSON.

The client library finds and renews credentials and speaks TLS; its two thousand model classes are not
used, because what is read here are labels and a handful of numbers.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from panjareh_cli.local.faults import LocalFault

_NAMESPACE_OF_POD = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
_SECONDS = 20.0
_LOOK_SECONDS = 1.0
Json = dict[str, Any]


class ClusterFault(LocalFault):
    """Kubernetes did not do or tell what was asked; `status` is its HTTP status, 0 without an answer."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class Cluster:
    """One release in one namespace."""

    def __init__(self, client: Any, namespace: str, release: str) -> None:
        self._client = client
        self.namespace = namespace
        self.release = release

    @classmethod
    def reach(cls, context: str | None, namespace: str | None, release: str) -> Cluster:
        """By the kubeconfig, or from inside a pod. Raises ClusterFault where neither is there."""
        # Half a second that only these commands pay for.
        from kubernetes import client  # noqa: PLC0415
        from kubernetes import config as _config  # noqa: PLC0415

        config: Any = _config  # its functions have no types

        settings = client.Configuration()
        settings.retries = 1
        try:
            if context is None and _NAMESPACE_OF_POD.is_file():
                config.load_incluster_config(settings)
                own = _NAMESPACE_OF_POD.read_text(encoding="utf-8").strip()
            else:
                config.load_kube_config(context=context, client_configuration=settings)
                contexts, current = config.list_kube_config_contexts()
                chosen = next((c for c in contexts if c["name"] == context), current)
                own = chosen["context"].get("namespace", "default")
        except config.ConfigException as cause:
            raise ClusterFault(f"no way to Kubernetes is known: {cause}") from cause
        return cls(client.ApiClient(settings), namespace or own, release)

    # -- calls

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        content_type: str = "application/json",
        seconds: float = _SECONDS,
        also: tuple[int, ...] = (),
    ) -> Any:
        """The answer as the library has it, body unread. Raises ClusterFault, but not for a status in `also`."""
        import urllib3  # noqa: PLC0415

        headers = {"Accept": "application/json, */*"}
        if body is not None:
            headers["Content-Type"] = content_type
        parameters = self._client.param_serialize(
            method,
            path,
            query_params=list((query or {}).items()),
            header_params=headers,
            body=body,
            auth_settings=["BearerToken"],
        )
        try:
            answer = self._client.call_api(*parameters, _request_timeout=seconds)
        except (urllib3.exceptions.HTTPError, OSError) as cause:
            raise ClusterFault(f"Kubernetes does not answer ({type(cause).__name__})") from cause
        if answer.status >= 400 and answer.status not in also:
            raise _fault(method, path, answer)
        return answer

    def json(self, method: str, path: str, **more: Any) -> Json:
        return cast(Json, json.loads(self.call(method, path, **more).read() or b"{}"))

    def get(self, path: str, **query: str) -> Json:
        return self.json("GET", path, query=query)

    def find(self, path: str) -> Json | None:
        """What is there, or None: neither this object nor its kind has to be."""
        try:
            return self.get(path)
        except ClusterFault as fault:
            if fault.status == 404:
                return None
            raise

    def items(self, path: str, labels: str = "") -> list[Json]:
        query = {"labelSelector": labels} if labels else {}
        return list(self.get(path, **query)["items"])

    def items_if_known(self, path: str, labels: str = "") -> list[Json]:
        """Nothing where the cluster does not know the kind, or does not let us look."""
        try:
            return self.items(path, labels)
        except ClusterFault as fault:
            if fault.status in (403, 404):
                return []
            raise

    def merge(self, path: str, change: Json) -> Json:
        return self.json("PATCH", path, body=change, content_type="application/merge-patch+json")

    def post(self, path: str, body: Json) -> Json:
        return self.json("POST", path, body=body)

    def lines(self, path: str, **query: str) -> Iterator[str]:
        """A text that grows, line by line, until its writer ends."""
        answer = self.call("GET", path, query=query, seconds=24 * 3600).response
        rest = b""
        for piece in answer.stream(1024, decode_content=True):
            *whole, rest = (rest + piece).split(b"\n")
            for line in whole:
                yield line.decode("utf-8", "replace")
        if rest:
            yield rest.decode("utf-8", "replace")

    # -- names

    def core(self, kind: str) -> str:
        return f"/api/v1/namespaces/{self.namespace}/{kind}"

    def of(self, group: str, kind: str) -> str:
        return f"/apis/{group}/namespaces/{self.namespace}/{kind}"

    @property
    def labels(self) -> str:
        """Selects everything of the release."""
        return f"app.kubernetes.io/instance={self.release},app.kubernetes.io/part-of=panjareh"

    # -- what the chart makes

    def deployments(self, service: str | None = None) -> list[Json]:
        """Deployments of the platform's own processes. Raises ClusterFault when there are none."""
        found = [
            each
            for each in self.items(self.of("apps/v1", "deployments"), self.labels)
            if service is None or labels_of(each).get("panjareh/service") == service
        ]
        if not found:
            what = f"no Deployment of {service}" if service else "no Deployment"
            raise ClusterFault(
                f"there is {what} of the release {self.release} in the namespace {self.namespace}"
            )
        return sorted(found, key=lambda each: str(each["metadata"]["name"]))

    def pods(self) -> list[Json]:
        return self.items(self.core("pods"), self.labels)

    def look_at_door(self, pod: str, port: int, path: str) -> tuple[int, str]:
        """Status and body of a health door, by way of the API server. Raises ClusterFault without any."""
        # A process that cannot work answers 503 and says why; so does the API server that cannot reach it.
        answer = self.call(
            "GET", self.core(f"pods/{pod}:{port}/proxy{path}"), seconds=5, also=(503,)
        )
        said = answer.read().decode("utf-8", "replace")
        if answer.status == 503 and '"kind":"Status"' in said:
            raise ClusterFault("the API server does not reach it", 503)
        return int(answer.status), said

    def restart(self, deployment: Json, why: str) -> None:
        """Rolls a Deployment, as `kubectl rollout restart` does."""
        stamp = {
            "kubectl.kubernetes.io/restartedAt": datetime.now(UTC).isoformat(),
            "panjareh/restarted-for": why,
        }
        self.merge(
            self.of("apps/v1", f"deployments/{deployment['metadata']['name']}"),
            {"spec": {"template": {"metadata": {"annotations": stamp}}}},
        )

    def wait_for_rollout(
        self, names: list[str], seconds: float, tell: Callable[[str], None]
    ) -> None:
        """Returns when all pods of these Deployments are new and ready. Raises ClusterFault."""
        for name in names:
            self.wait_until(
                lambda name=name: rolled_out(  # type: ignore[misc]
                    self.get(self.of("apps/v1", f"deployments/{name}"))
                ),
                seconds,
                f"{name} is not rolled out",
            )
            tell(name)

    def wait_until(self, holds: Callable[[], bool], seconds: float, otherwise: str) -> None:
        """Asks again and again. Raises ClusterFault after the given time."""
        deadline = time.monotonic() + seconds
        pause = threading.Event()
        while not holds():
            if time.monotonic() > deadline:
                raise ClusterFault(f"{otherwise} within {seconds:.0f} s")
            pause.wait(_LOOK_SECONDS)  # the API tells no end of a wait, only states


def rolled_out(deployment: Json) -> bool:
    status, wanted = deployment.get("status", {}), deployment["spec"].get("replicas", 1)
    return bool(
        status.get("observedGeneration", 0) >= deployment["metadata"].get("generation", 0)
        and status.get("updatedReplicas", 0) == wanted
        and status.get("readyReplicas", 0) == wanted
        and status.get("replicas", 0) == wanted
    )


def labels_of(deployment: Json) -> dict[str, str]:
    """The labels of its pods, which say service and process."""
    return dict(deployment["spec"]["template"]["metadata"].get("labels") or {})


def age_days(timestamp: str) -> float:
    """Of an RFC 3339 time, in days from now; negative for one to come."""
    then = datetime.fromisoformat(timestamp.replace("Z", "+00:00"))
    return (datetime.now(UTC) - then).total_seconds() / 86400


def _fault(method: str, path: str, answer: Any) -> ClusterFault:
    said = answer.read().decode("utf-8", "replace")
    try:
        message = str(json.loads(said)["message"])
    except (ValueError, KeyError, TypeError):
        message = said.strip() or str(answer.reason)
    if answer.status == 403 and method != "GET":
        message += " (what acts needs ops.write: docs/operations/ops.md)"
    return ClusterFault(f"Kubernetes says to {method} {path}: {message}", int(answer.status))
