"""A release's life on a real cluster, in the order of this file: each test begins with what the one before has left.

Everything is asked from outside: Helm, kubectl, `panjareh ops`, and people over HTTP.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.chart.rendering import tools
from tests.cluster.people_at_work import PeopleAtWork, everything_of
from tests.cluster.release import (
    NAMESPACE,
    OURS,
    Release,
    all_ready,
    found,
    holder,
    kubectl,
    ops,
    reached,
    restarts,
    run,
    unready,
)
from tests.people import Person, internet_form, somebody, until

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1200)]


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Release]:
    keys = tmp_path_factory.mktemp("keys") / "keys.json"
    release = Release(str(tools() / "helm4"), keys)
    release.secrets()
    yield release
    run("kubectl", "delete", "namespace", NAMESPACE, "--wait=true", "--timeout=120s")


def somebody_at(window: object) -> Person:
    return Person(window, somebody(decile=2)).arrive()  # type: ignore[arg-type]


def is_served(person: Person) -> None:
    request = person.submit("INET-001", internet_form(person.about))
    assert person.wait_for(request["request_id"], "decided", 60)["outcome"] == "granted"


def test_it_installs_and_a_persons_journey_passes(release: Release) -> None:
    release.install()

    assert unready() == []
    release.test()


def test_a_rolling_upgrade_under_load_loses_nothing(release: Release) -> None:
    window = reached()
    before = {pod["metadata"]["name"] for pod in found("pods", "-l", OURS)}

    with PeopleAtWork(window) as at_work:
        until(lambda: len(at_work.found.acknowledged), lambda submitted: submitted >= 5)
        release.upgrade("environment.PANJAREH_LOG_LEVEL=WARNING")
        all_ready()

    told = at_work.found
    print(
        f"\n{len(told.acknowledged)} requests acknowledged; {dict(told.answers)}; slowest {told.slowest:.2f} s"
    )
    rolled = {pod["metadata"]["name"] for pod in found("pods", "-l", OURS)} - before
    assert len(rolled) >= len(found("deployments", "-l", "panjareh/process")), "nothing was rolled"
    assert set(told.answers) == {"POST 201", "GET 200"}
    assert len(set(told.acknowledged.values())) == len(told.acknowledged)
    kept = [item for person in at_work.people for item in everything_of(person)]
    assert sorted(item["request_id"] for item in kept) == sorted(told.acknowledged.values())
    for person in at_work.people:
        until(
            lambda person=person: [
                each for each in everything_of(person) if each["outcome"] != "granted"
            ],
            lambda waiting: waiting == [],
            120,
        )


def test_another_follower_goes_on_when_the_active_one_is_killed(release: Release) -> None:
    person = somebody_at(reached())
    active = until(lambda: holder("requests-follower"), lambda name: name is not None, 60)
    request = person.submit("INET-001", internet_form(person.about))

    kubectl("delete", "pod", active, "--grace-period=0", "--force")
    began = time.monotonic()
    until(lambda: holder("requests-follower"), lambda name: name not in (None, active), 60)
    print(f"\nanother follower was at work after {time.monotonic() - began:.1f} s")

    person.wait_for(request["request_id"], "decided", 60)
    steps = Counter(step["kind"] for step in person.timeline(request["request_id"]))
    assert (
        steps["Submitted"],
        steps["EvidenceReceived"],
        steps["Decided"],
        steps["OutputIssued"],
    ) == (1, 3, 1, 1), steps
    # What tells feedback that somebody may rate is published by the follower that took over.
    rating = {"request_id": request["request_id"], "rating": 5}
    until(
        lambda: person.post("/api/v1/services/INET-001/feedback", rating, key="rate").status_code,
        lambda status: status == 201,
        60,
    )
    all_ready()


def test_without_a_broker_nothing_is_restarted_and_everything_comes_back(release: Release) -> None:
    window = reached()
    person = somebody_at(window)
    before = restarts()

    kubectl("scale", "statefulset/panjareh-rabbitmq", "--replicas=0")
    until(lambda: person.get("/api/v1/requests").status_code, lambda status: status == 503, 60)
    outage_began = time.monotonic()
    # An outage lasts as long as it lasts; a liveness probe would end a process after a minute.
    until(lambda: time.monotonic() - outage_began, lambda seconds: seconds > 75, 120)
    kubectl("scale", "statefulset/panjareh-rabbitmq", "--replicas=1")
    all_ready(240)

    after = restarts()
    assert {name: after[name] for name in before if name in after and "rabbitmq" not in name} == {
        name: count for name, count in before.items() if name in after and "rabbitmq" not in name
    }
    is_served(person)


def test_operators_look_and_mend(release: Release) -> None:
    status = ops("status")
    assert status["well"], status["wrong"]
    assert {each["ready"] for each in status["processes"]} == {1, 2}
    assert {each["queue"] for each in status["queues"]} >= {"rpc-requests", "rpc-identity"}
    assert [each["messages"] for each in status["dead_letters"]] == [0] * len(
        status["dead_letters"]
    )
    assert status["migrations"]
    assert status["ages"]
    assert ops("dead-letters", "list")

    findings = ops("doctor", "--values", "deploy/helm/panjareh/values-ci.yaml", fine=(0, 1))
    print(json.dumps(findings, ensure_ascii=False, indent=1))

    rebuilt = ops("rebuild", "requests", "--yes")
    assert rebuilt["done"], rebuilt

    ops("drain", "feedback", "--yes")
    assert [
        each for each in found("pods", "-l", f"{OURS},panjareh/service=feedback") if not _ends(each)
    ] == []
    ops("drain", "feedback", "--undo", "--yes")
    all_ready()

    ops("rotate-keys", "catalog", "--yes")
    all_ready()
    is_served(somebody_at(reached()))


def test_it_rolls_back(release: Release) -> None:
    release.rollback(1)
    all_ready()

    release.test()


@pytest.mark.parametrize("helm", ["helm3", "helm4"])
def test_it_goes_without_a_trace_and_comes_again_with_either_helm(
    release: Release, helm: str
) -> None:
    release.uninstall()
    until(_left, lambda left: left == [], 120)

    again = Release(str(tools() / helm), release.keys)
    again.install()
    assert unready() == []
    is_served(somebody_at(reached()))
    again.upgrade("environment.PANJAREH_LOG_LEVEL=WARNING")
    again.rollback(1)
    again.uninstall()
    until(_left, lambda left: left == [], 120)
    release.install()


def _left() -> list[str]:
    """What is left of ours after an uninstall, but for claims, which hold data and are to stay."""
    kinds = "all,configmaps,serviceaccounts,roles,rolebindings,networkpolicies,poddisruptionbudgets,secrets"
    return [
        f"{each['kind']}/{each['metadata']['name']}"
        for each in found(kinds, "-l", OURS)
        if each["kind"] != "Secret" or each["metadata"]["labels"].get("owner") != "helm"
    ]


def _ends(pod: dict[str, dict[str, str]]) -> bool:
    return "deletionTimestamp" in pod["metadata"]
