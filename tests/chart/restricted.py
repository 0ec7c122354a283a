"""The rules of the Pod Security Standard "restricted", over a pod's spec.

https://kubernetes.io/docs/concepts/security/pod-security-standards/ (what the profile forbids, in its order)
"""

from __future__ import annotations

from typing import Any

_VOLUMES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
}


def faults(spec: dict[str, Any]) -> list[str]:
    """Why a pod would not be admitted; empty when it would."""
    found = [f"{each} is set" for each in ("hostNetwork", "hostPID", "hostIPC") if spec.get(each)]
    for volume in spec.get("volumes", []):
        found += [f"volume {kind}" for kind in volume if kind != "name" and kind not in _VOLUMES]
    pod = spec.get("securityContext", {})
    found += [f"{each} of the pod" for each in ("sysctls", "windowsOptions") if pod.get(each)]
    for container in [*spec.get("initContainers", []), *spec["containers"]]:
        found += [f"{container['name']}: {fault}" for fault in _container(container, pod)]
    return found


def _container(container: dict[str, Any], pod: dict[str, Any]) -> list[str]:
    own = container.get("securityContext", {})
    capabilities = own.get("capabilities", {})
    profile = own.get("seccompProfile", pod.get("seccompProfile", {})).get("type")
    user = own.get("runAsUser", pod.get("runAsUser"))
    rules = {
        "privileged": not own.get("privileged"),
        "allowPrivilegeEscalation is not false": own.get("allowPrivilegeEscalation") is False,
        "runAsNonRoot is not true": own.get("runAsNonRoot", pod.get("runAsNonRoot")) is True,
        "runs as root": user != 0,
        "no seccomp profile": profile in {"RuntimeDefault", "Localhost"},
        "does not drop ALL": "ALL" in capabilities.get("drop", []),
        "adds capabilities": set(capabilities.get("add", [])) <= {"NET_BIND_SERVICE"},
        "procMount": own.get("procMount", "Default") == "Default",
        "host ports": not any(port.get("hostPort") for port in container.get("ports", [])),
        "SELinux options": not own.get("seLinuxOptions"),
    }
    return [said for said, holds in rules.items() if not holds]
