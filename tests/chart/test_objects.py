"""What no schema sees: objects that name one another do so rightly, and pods would be admitted and survive."""

from __future__ import annotations

import re
from typing import Any

import yaml

from panjareh_cli.local.plan import MIGRATIONS, PROCESSES
from tests.chart import restricted
from tests.chart.rendering import CHART, PodOf, Rendered, helm, render

SELECTOR = {f"app.kubernetes.io/{name}" for name in ("name", "instance", "component")}
STANDARD = {
    *SELECTOR,
    *(f"app.kubernetes.io/{name}" for name in ("version", "managed-by", "part-of")),
    "helm.sh/chart",
}
CANARY = "canary-5f1d7c"


def _workloads(rendered: Rendered) -> list[dict[str, Any]]:
    return rendered.of("Deployment", "StatefulSet")


def test_the_platforms_processes_run_and_migrate() -> None:
    rendered = render("ci")

    running = {
        f"{pod.labels['panjareh/service']}.{pod.labels['panjareh/process']}"
        for pod in rendered.processes
    }
    migrated = {
        pod.labels["panjareh/service"]
        for pod in rendered.pods
        if pod.labels.get("panjareh/process") == "migrate"
    }
    assert running == {program.name for program in PROCESSES if program.service != "sandbox"}
    assert migrated == {program.service for program in MIGRATIONS}


def test_names_fit_where_they_become_labels(rendered: Rendered) -> None:
    for each in rendered.objects:
        name = each["metadata"]["name"]
        # A StatefulSet's name gets a revision of eleven characters behind it, in a label of its pods.
        most = 52 if each["kind"] == "StatefulSet" else 63
        assert len(name) <= most, f"{each['kind']} {name}"
        assert re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", name), f"{each['kind']} {name}"
        for label, value in each["metadata"].get("labels", {}).items():
            assert re.fullmatch(r"([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?", value), label
            assert len(value) <= 63


def test_every_object_bears_the_usual_labels(rendered: Rendered) -> None:
    for each in rendered.objects:
        assert each["metadata"].get("labels", {}).keys() >= STANDARD, each["metadata"]["name"]


def test_a_workload_selects_its_own_pods_and_no_others(rendered: Rendered) -> None:
    for each in _workloads(rendered):
        selector = each["spec"]["selector"]["matchLabels"]
        selected = [pod.name for pod in rendered.pods if selector.items() <= pod.labels.items()]

        assert set(selector) == SELECTOR
        assert selected == [f"{each['kind']} {each['metadata']['name']}"]


def test_a_service_leads_to_a_port_that_its_pods_open(rendered: Rendered) -> None:
    for service in rendered.of("Service"):
        selector = service["spec"]["selector"]
        selected = [
            pod
            for pod in rendered.pods
            if selector.items() <= pod.labels.items()
            and pod.owner["kind"] in {"Deployment", "StatefulSet"}
        ]
        assert selected, service["metadata"]["name"]
        for port in service["spec"]["ports"]:
            opened = [
                name
                for pod in selected
                for container in pod.containers
                for name in (each["name"] for each in container.get("ports", []))
            ]
            assert port["targetPort"] in opened, f"{service['metadata']['name']} {port}"


def test_what_is_referred_to_is_there(
    rendered: Rendered, secrets: dict[str, dict[str, str]]
) -> None:
    made = {(each["kind"], each["metadata"]["name"]) for each in rendered.objects}
    for pod in rendered.pods:
        account = pod.spec.get("serviceAccountName")
        assert account is None or ("ServiceAccount", account) in made, pod.name
        for volume in pod.spec["volumes"]:
            if "configMap" in volume:
                assert ("ConfigMap", volume["configMap"]["name"]) in made, pod.name
            if "persistentVolumeClaim" in volume:
                claim = volume["persistentVolumeClaim"]["claimName"]
                assert ("PersistentVolumeClaim", claim) in made, pod.name
            if "secret" in volume:
                held = secrets[volume["secret"]["secretName"]]
                assert {each["key"] for each in volume["secret"].get("items", [])} <= held.keys()
    for ingress in rendered.of("Ingress"):
        for rule in ingress["spec"]["rules"]:
            for path in rule["http"]["paths"]:
                assert ("Service", path["backend"]["service"]["name"]) in made
    for target in rendered.of("HorizontalPodAutoscaler", "ScaledObject"):
        assert ("Deployment", target["spec"]["scaleTargetRef"]["name"]) in made
    for binding in rendered.of("RoleBinding"):
        assert ("Role", binding["roleRef"]["name"]) in made


def test_every_pod_would_be_admitted_where_restricted_is_enforced(rendered: Rendered) -> None:
    found = {pod.name: said for pod in rendered.pods if (said := restricted.faults(pod.spec))}

    assert found == {}


def test_the_check_of_admission_sees_what_it_should() -> None:
    (pod, *_) = render("ci").pods
    for path, value in (
        (("spec", "securityContext", "runAsNonRoot"), False),
        (("spec", "containers", 0, "securityContext", "capabilities"), {}),
        (("spec", "containers", 0, "securityContext", "allowPrivilegeEscalation"), True),
        (("spec", "securityContext", "seccompProfile"), {"type": "Unconfined"}),
        (("spec", "hostNetwork"), True),
        (("spec", "volumes"), [{"name": "x", "hostPath": {"path": "/"}}]),
    ):
        changed: Any = yaml.safe_load(yaml.safe_dump({"spec": pod.spec}))
        inner = changed
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] = value

        assert restricted.faults(changed["spec"]), path


def test_pods_write_only_where_they_may_and_know_no_token(rendered: Rendered) -> None:
    for pod in rendered.pods:
        assert pod.spec["automountServiceAccountToken"] is False, pod.name
        assert pod.spec["securityContext"]["runAsUser"] >= 10_001
        for container in pod.containers:
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
            assert "memory" in container["resources"]["limits"], pod.name
            assert {"cpu", "memory"} <= container["resources"]["requests"].keys()
        own = pod.spec["containers"][0]
        assert "/tmp" in {mount["mountPath"] for mount in own["volumeMounts"]}, pod.name


def test_only_operators_have_a_token(rendered: Rendered) -> None:
    with_token = [
        each["metadata"]["name"]
        for each in rendered.of("ServiceAccount")
        if each["automountServiceAccountToken"]
    ]

    assert with_token == [f"{rendered.fullname}-ops"]


def test_operators_only_look_unless_they_are_let() -> None:
    (look,) = render("trial").of("Role")
    _, act = sorted(render("ci").of("Role"), key=lambda role: str(role["metadata"]["name"]))

    verbs = {verb for rule in look["rules"] for verb in rule["verbs"]}
    resources = {resource for rule in look["rules"] for resource in rule["resources"]}
    assert verbs == {"get", "list", "watch"}
    assert "secrets" not in resources
    for rule in act["rules"]:
        assert "*" not in [*rule["verbs"], *rule["resources"], *rule["apiGroups"]]
        assert "secrets" not in rule["resources"] or rule["resourceNames"]


def _probes(pod: PodOf) -> dict[str, str]:
    container = pod.spec["containers"][0]
    return {
        kind: container[f"{kind}Probe"]["httpGet"]["path"]
        for kind in ("startup", "liveness", "readiness")
    }


def test_an_outage_of_the_broker_restarts_nobody(rendered: Rendered) -> None:
    """Liveness asks the process only; what asks for broker and database keeps a rollout back, no more."""
    for pod in rendered.processes:
        assert _probes(pod) == {"startup": "/livez", "liveness": "/livez", "readiness": "/readyz"}
        liveness = pod.spec["containers"][0]["livenessProbe"]
        assert liveness["periodSeconds"] * liveness["failureThreshold"] >= 60


def test_a_rollout_takes_nothing_away_before_it_has_brought_the_next(rendered: Rendered) -> None:
    for each in rendered.of("Deployment"):
        if "panjareh/process" in each["spec"]["template"]["metadata"]["labels"]:
            update = each["spec"]["strategy"]["rollingUpdate"]
            assert (update["maxUnavailable"], update["maxSurge"]) == (0, 1)
            assert each["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] >= 20


def test_followers_stand_by_for_one_another_and_are_not_scaled() -> None:
    rendered = render("production")
    scaled = {
        each["spec"]["scaleTargetRef"]["name"]
        for each in rendered.of("HorizontalPodAutoscaler", "ScaledObject")
    }

    for each in rendered.of("Deployment"):
        name = each["metadata"]["name"]
        if name.endswith("-follower"):
            assert each["spec"]["replicas"] == 2
            assert name not in scaled
        else:
            assert name in scaled
            assert "replicas" not in each["spec"]


def test_nothing_is_scaled_by_two() -> None:
    for variant in ("production", "external"):
        rendered = render(variant)
        targets = [
            each["spec"]["scaleTargetRef"]["name"]
            for each in rendered.of("HorizontalPodAutoscaler", "ScaledObject")
        ]
        assert len(targets) == len(set(targets))


def test_a_budget_guards_pods_that_are_several_and_no_others(rendered: Rendered) -> None:
    least = {
        each["spec"]["scaleTargetRef"]["name"]: each["spec"].get(
            "minReplicas", each["spec"].get("minReplicaCount")
        )
        for each in rendered.of("HorizontalPodAutoscaler", "ScaledObject")
    }
    several = {
        each["metadata"]["name"]
        for each in rendered.of("Deployment")
        if each["spec"].get("replicas", least.get(each["metadata"]["name"])) > 1
    }

    budgets = rendered.of("PodDisruptionBudget")
    assert {each["metadata"]["name"] for each in budgets} == several
    for each in budgets:
        assert each["spec"]["maxUnavailable"] == 1
        selector = each["spec"]["selector"]["matchLabels"]
        assert [pod for pod in rendered.processes if selector.items() <= pod.labels.items()]


def test_pods_of_a_process_are_spread_over_zones_and_nodes(rendered: Rendered) -> None:
    for pod in rendered.processes:
        spread = pod.spec["topologySpreadConstraints"]
        assert [each["topologyKey"] for each in spread] == [
            "topology.kubernetes.io/zone",
            "kubernetes.io/hostname",
        ]
        for each in spread:
            assert each["labelSelector"]["matchLabels"].items() <= pod.labels.items()


def test_queues_that_scale_are_those_that_the_services_have() -> None:
    from panjareh_common.rpc.wire import queue_name

    for each in render("production").of("ScaledObject"):
        for trigger in each["spec"]["triggers"]:
            if trigger["type"] == "rabbitmq":
                service = each["metadata"]["name"].removeprefix("panjareh-").removesuffix("-rpc")
                assert trigger["metadata"]["queueName"] == queue_name(service)


def test_migrations_run_before_the_upgrade_and_beside_a_first_install_with_its_own_servers() -> (
    None
):
    def hooks(variant: str) -> set[str | None]:
        return {
            (job["metadata"].get("annotations") or {}).get("helm.sh/hook")
            for job in render(variant).of("Job")
            if "-migrate" in job["metadata"]["name"]
        }

    assert hooks("external") == {"pre-install,pre-upgrade"}
    assert hooks("ci") == hooks("production") == {None}
    assert hooks("ci-upgrade") == hooks("production-upgrade") == {"pre-install,pre-upgrade"}
    assert hooks("gateway-api") == {None}  # migrations.hooks.enabled=false


def test_what_a_hook_needs_is_there_before_it() -> None:
    """Before an install nothing of the release exists: no account, ConfigMap or claim but the hooks' own."""
    rendered = render("external")
    early = {
        each["metadata"]["name"]
        for each in rendered.objects
        if "pre-install" in (each["metadata"].get("annotations") or {}).get("helm.sh/hook", "")
    }
    for pod in rendered.pods:
        if pod.owner["metadata"]["name"] in early:
            assert pod.spec["serviceAccountName"] in early
            container = pod.spec["containers"][0]
            assert "envFrom" not in container
            assert all("emptyDir" in volume for volume in pod.spec["volumes"])


def test_a_password_given_by_mistake_is_in_no_object(secrets: dict[str, dict[str, str]]) -> None:
    """The chart makes no Secret, and takes no password: a canary in one has no way into an object."""
    for variant in ("ci", "external"):
        assert not render(variant).of("Secret")
    done = helm(
        "template", "x", ".", "-f", "values-ci.yaml", "--set", f"rabbitmq.password={CANARY}"
    )
    assert done.returncode != 0
    made = "".join(value for data in secrets.values() for value in data.values())
    assert len(made) > 1_000
    text = render("ci").text
    assert not [
        value
        for data in secrets.values()
        for key, value in data.items()
        if key != "username" and value in text
    ]


def test_the_images_for_artifact_hub_are_those_that_run() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
    annotations = chart["annotations"]
    told = {each["image"] for each in yaml.safe_load(annotations["artifacthub.io/images"])}

    run = {container["image"] for pod in render("trial").pods for container in pod.containers}
    assert told == run
    assert all(
        {"kind", "description"} == set(each)
        for each in yaml.safe_load(annotations["artifacthub.io/changes"])
    )
    assert all(
        {"name", "url"} == set(each) for each in yaml.safe_load(annotations["artifacthub.io/links"])
    )
