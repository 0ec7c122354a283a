"""What no schema sees: objects that name one another do so rightly, and pods would be admitted and survive."""

from __future__ import annotations

import inspect
import json
import re
from collections import Counter
from typing import Any

import pytest
import yaml

from panjareh_cli.local.plan import MIGRATIONS, PROCESSES
from panjareh_common.database import Database
from tests.chart import restricted
from tests.chart.rendering import CHART, PodOf, Rendered, helm, render, template

SELECTOR = {f"app.kubernetes.io/{name}" for name in ("name", "instance", "component")}
STANDARD = {
    *SELECTOR,
    *(f"app.kubernetes.io/{name}" for name in ("version", "managed-by", "part-of")),
    "helm.sh/chart",
}
CANARY = "canary-5f1d7c"
KEYS = 4  # connections of a process for persons' keys (panjareh_common.foundation)
ADMINISTRATORS = 5


def _name(thing: dict[str, Any]) -> tuple[str, str]:
    return thing["kind"], thing["metadata"]["name"]


def _hook(thing: dict[str, Any]) -> str | None:
    """When Helm runs it; None for what is part of the release."""
    annotations: dict[str, str] = thing["metadata"].get("annotations") or {}
    return annotations.get("helm.sh/hook")


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
        # A StatefulSet's name gets a revision of eleven characters behind it, in a label of its pods;
        # a CronJob's the time of each Job.
        most = 52 if each["kind"] in {"StatefulSet", "CronJob"} else 63
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


def test_a_process_listens_where_its_pod_says(rendered: Rendered) -> None:
    doors = {
        "gateway-http": "PANJAREH_HTTP_PORT",
        "identity-http": "PANJAREH_IDENTITY_HTTP_PORT",
        "requests-http": "PANJAREH_REQUESTS_HTTP_PORT",
    }
    for pod in rendered.processes:
        variables = {
            "health": "PANJAREH_HEALTH_PORT",
            "http": doors.get(pod.component, "none of its own"),
        }
        (container,) = pod.spec["containers"]
        config = container["envFrom"][0]["configMapRef"]["name"]
        told = rendered.named("ConfigMap", config)["data"]
        opened = {each["name"]: str(each["containerPort"]) for each in container["ports"]}
        assert opened == {name: told[variables[name]] for name in opened}, pod.name
        assert ("http" in opened) == (pod.component in doors)


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


def test_what_one_process_needs_otherwise_is_said_for_it_alone() -> None:
    """Each key of `process` reaches its pod, over what holds for the kind and for all."""
    own = "services.requests.processes.rpc"
    given = {
        "global.imagePullSecrets": ["all"],
        "services.requests.image": {"pullPolicy": "Always", "pullSecrets": ["mine"]},
        "processes.rpc": {"podSecurityContext": {"runAsUser": 20_001}},
        own: {
            "containerSecurityContext": {"procMount": "Default"},
            "podLabels": {"team": "a"},
            "podAnnotations": {"note": "b"},
            "nodeSelector": {"disk": "ssd"},
            "tolerations": [{"key": "t", "operator": "Exists"}],
            "affinity": {"nodeAffinity": {}},
            "priorityClassName": "first",
            "terminationGracePeriodSeconds": 90,
            "topologySpreadConstraints": [],
            "extraEnvVars": [{"name": "A", "value": "1"}],
            "extraEnvVarsCM": "more",
            "extraEnvVarsSecret": "secret-more",
            "extraVolumes": [{"name": "v", "emptyDir": {}}],
            "extraVolumeMounts": [{"name": "v", "mountPath": "/v"}],
            "replicaCount": 4,
        },
    }
    sets = [
        each
        for path, value in given.items()
        for each in ("--set-json", f"{path}={json.dumps(value)}")
    ]
    text = template("external", *sets)
    rendered = Rendered("own", text, tuple(filter(None, yaml.safe_load_all(text))))
    pods = {pod.owner["metadata"]["name"]: pod for pod in rendered.processes}
    mine, other = pods["panjareh-requests-rpc"], pods["panjareh-catalog-rpc"]
    (container,), (common,) = mine.spec["containers"], other.spec["containers"]

    assert (mine.spec["imagePullSecrets"], other.spec["imagePullSecrets"]) == (
        [{"name": "all"}, {"name": "mine"}],
        [{"name": "all"}],
    )
    assert (container["imagePullPolicy"], common["imagePullPolicy"]) == ("Always", "IfNotPresent")
    for pod, user in ((mine, 20_001), (other, 20_001), (pods["panjareh-gateway-http"], 10_001)):
        assert pod.spec["securityContext"]["runAsUser"] == user
    assert container["securityContext"] == common["securityContext"] | {"procMount": "Default"}
    assert mine.labels["team"] == "a" and "team" not in other.labels
    assert mine.metadata["annotations"]["note"] == "b"
    for key in ("nodeSelector", "tolerations", "affinity", "priorityClassName"):
        assert mine.spec[key] == given[own][key]
    assert mine.spec["terminationGracePeriodSeconds"] == 90
    assert container["env"][-1] == {"name": "A", "value": "1"}
    assert [each for source in container["envFrom"] for each in source.values()][1:] == [
        {"name": "more"},
        {"name": "secret-more"},
    ]
    assert mine.spec["volumes"][-1] == {"name": "v", "emptyDir": {}}
    assert container["volumeMounts"][-1] == {"name": "v", "mountPath": "/v"}
    assert mine.owner["spec"]["replicas"] == 4


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


@pytest.mark.parametrize("name", ["trial", "ci", "production", "bundled-database"])
def test_a_database_has_a_connection_for_every_pod_that_there_may_be(name: str) -> None:
    rendered = render(name)
    most = {
        each["spec"]["scaleTargetRef"]["name"]: each["spec"].get(
            "maxReplicas", each["spec"].get("maxReplicaCount")
        )
        for each in rendered.of("HorizontalPodAutoscaler", "ScaledObject")
    }
    pool = inspect.signature(Database).parameters["size"].default + KEYS
    wanted: Counter[str] = Counter()
    for pod in rendered.processes:
        if pod.labels["panjareh/process"] != "http":
            spec, own = pod.owner["spec"], pod.owner["metadata"]["name"]
            # And those of one more while a rollout replaces them, which also stand for leases.
            wanted[pod.labels["panjareh/service"]] += (
                most.get(own) or spec["replicas"]
            ) * pool + pool
    clusters = {
        each["metadata"]["name"]: int(each["spec"]["postgresql"]["parameters"]["max_connections"])
        for each in rendered.of("Cluster")
    }
    bundled = [
        int(argument.partition("=")[2])
        for each in rendered.of("StatefulSet")
        for argument in each["spec"]["template"]["spec"]["containers"][0].get("args", [])
        if argument.startswith("max_connections=")
    ]

    for service, connections in wanted.items():
        if clusters:
            assert connections + ADMINISTRATORS <= clusters[f"panjareh-{service}-db"]
    if bundled:
        assert sum(wanted.values()) + ADMINISTRATORS <= bundled[0]
    assert bundled or clusters


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
            _hook(job) for job in render(variant).of("Job") if "-migrate" in job["metadata"]["name"]
        }

    assert hooks("external") == {"pre-install,pre-upgrade"}
    assert hooks("ci") == hooks("production") == {None}
    assert hooks("ci-upgrade") == hooks("production-upgrade") == {"pre-install,pre-upgrade"}
    assert hooks("gateway-api") == {None}  # migrations.hooks.enabled=false


def test_argo_cd_can_be_told_when_to_migrate() -> None:
    """It maps Helm's hooks in its own way, so there are none, and its own annotations say when."""
    hook = json.dumps({"argocd.argoproj.io/hook": "Sync"})
    text = template("gateway-api", "--set-json", f"migrations.annotations={hook}")
    rendered = Rendered("argo", text, tuple(filter(None, yaml.safe_load_all(text))))

    jobs = [job for job in rendered.of("Job") if "-migrate-" in job["metadata"]["name"]]
    assert len(jobs) == 5
    for job in jobs:
        assert job["metadata"]["annotations"] == {"argocd.argoproj.io/hook": "Sync"}
    assert "helm.sh/hook: pre" not in text


@pytest.mark.parametrize("first", ["ci", "production", "external", "gateway-api"])
def test_nothing_is_a_hook_in_one_revision_and_an_ordinary_object_in_another(first: str) -> None:
    """Helm would delete at an upgrade what it has just made as a hook, and stop at the next install
    before what it finds and did not make.
    """
    upgrade = render(f"{first}-upgrade").objects
    before, after = (
        {_name(each) for each in objects if not _hook(each)}
        for objects in (render(first).objects, upgrade)
    )
    hooks = {_name(each) for each in (*render(first).objects, *upgrade) if _hook(each)}

    assert hooks & (before | after) == set()
    # What differs between the two is the migrations alone.
    assert {name for _, name in before ^ after if "-migrate-" not in name} == set()


def test_of_what_ran_as_a_hook_only_what_failed_stays(rendered: Rendered) -> None:
    for each in rendered.objects:
        if _hook(each):
            policies = each["metadata"]["annotations"]["helm.sh/hook-delete-policy"]
            assert policies == "before-hook-creation,hook-succeeded", _name(each)
        if _hook(each) == "pre-install,pre-upgrade" and each["kind"] == "Job":
            assert each["spec"]["ttlSecondsAfterFinished"] == 7 * 86_400


def test_a_migration_can_be_repeated_by_hand_as_it_was(rendered: Rendered) -> None:
    """A CronJob that never runs: what `panjareh ops rebuild` and `kubectl create job --from` take."""
    ran = {pod.component: pod for pod in rendered.pods if pod.owner["kind"] == "Job"}
    kept = [pod for pod in rendered.pods if pod.owner["kind"] == "CronJob"]

    assert len(kept) == 5
    for pod in kept:
        assert pod.owner["spec"]["suspend"] is True
        assert pod.labels == ran[pod.component].labels
        assert pod.spec == ran[pod.component].spec | {
            "serviceAccountName": f"{rendered.fullname}-migrate"
        }


def test_what_a_hook_needs_is_there_before_it() -> None:
    """Before an install nothing of the release exists: no account, ConfigMap or claim but the hooks' own."""
    rendered = render("external")
    early = {_name(each) for each in rendered.objects if "pre-install" in (_hook(each) or "")}
    pods = [pod for pod in rendered.pods if _name(pod.owner) in early]

    assert len(pods) == 5
    for pod in pods:
        assert ("ServiceAccount", pod.spec["serviceAccountName"]) in early
        assert "envFrom" not in pod.spec["containers"][0]
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


@pytest.mark.parametrize("variant", ["production", "gateway-api"])
def test_the_way_in_leads_to_the_sign_in_pages_under_the_windows_own_name(variant: str) -> None:
    rendered = render(variant)
    led: dict[str, str] = {}
    for ingress in rendered.of("Ingress"):
        for path in ingress["spec"]["rules"][0]["http"]["paths"]:
            led[path["path"]] = path["backend"]["service"]["name"]
    for route in rendered.of("HTTPRoute"):
        for rule in route["spec"]["rules"]:
            for match in rule["matches"]:
                led[match["path"]["value"]] = rule["backendRefs"][0]["name"]

    assert led == {
        "/id": "panjareh-identity",
        "/.well-known/oauth-authorization-server/id": "panjareh-identity",
        "/api/v1/files": "panjareh-files",
        "/": "panjareh-gateway",
    }
    for service in ("identity", "gateway"):
        told = rendered.named("ConfigMap", f"panjareh-{service}")["data"]
        assert told["PANJAREH_WINDOW_URL"] == "https://window.example.org"
        assert told["PANJAREH_ISSUER_URL"] == "https://window.example.org/id"
    # From inside, without going round by the way in.
    told = rendered.named("ConfigMap", "panjareh-catalog")["data"]
    assert told["PANJAREH_WINDOW_BACKCHANNEL_URL"] == "http://panjareh-gateway:80"
