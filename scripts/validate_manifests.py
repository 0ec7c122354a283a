"""Holds rendered manifests against the schemas of Kubernetes and of the operators; run by .tools/chart/checks.

    python validate_manifests.py MINOR… < rendered.yaml     1.35 1.37

Prints one fault a line and ends with 1 when there is one. A kind that nobody knows is a fault, unless
it is in OTHERS: then somebody else checks it.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import Any

import cloudcoil.models.keda.v1alpha1 as keda
import cloudcoil.models.prometheus_operator.v1 as prometheus
import kubernetes_validate
import yaml
from kubernetes_validate import utils

# Kinds of operators for which no schema can be had here, or which the tests hold against the operators' own.
OTHERS = {
    "postgresql.cnpg.io/v1",
    "rabbitmq.com/v1beta1",
    "external-secrets.io/v1",
    "gateway.networking.k8s.io/v1",
}


def faults_of(manifest: dict[str, Any], minors: list[str]) -> list[str]:
    """What is wrong with one object; only the first fault of each minor is told."""
    version, kind = manifest["apiVersion"], manifest["kind"]
    if version in OTHERS:
        return []
    models = {"keda.sh/v1alpha1": keda, "monitoring.coreos.com/v1": prometheus}
    if version in models:
        try:
            getattr(models[version], kind).model_validate(manifest)
        except (AttributeError, ValueError) as cause:
            return [str(cause)]
        return []
    found = []
    for minor in minors:
        try:
            kubernetes_validate.validate(manifest, minor, strict=True)
        except Exception as cause:  # the package's faults have no common class
            said = getattr(cause, "message", str(cause)).partition("\n")[0]
            found.append(f"{minor}: {type(cause).__name__}: {said}")
    return found


def main() -> int:
    # It reads the same two megabytes of definitions for each object.
    utils.schema_contents = lru_cache(maxsize=None)(utils.schema_contents)
    found = [
        f"{manifest['kind']} {manifest['metadata']['name']}: {fault}"
        for manifest in yaml.load_all(sys.stdin, Loader=yaml.CSafeLoader)
        if manifest
        for fault in faults_of(manifest, sys.argv[1:])
    ]
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
