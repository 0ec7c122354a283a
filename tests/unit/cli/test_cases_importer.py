"""The importer sends every case once, goes on after a fault, and stops where going on is no use."""

import json
import threading

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from panjareh_cli.cases.importer import Importer, batches_of
from panjareh_cli.client import Client


def cases(count: int, steps: int = 2) -> list[dict]:
    return [
        {
            "case": f"plan-{number}",
            "channel": "web",
            "steps": [{"instance": f"{number}-{step}"} for step in range(steps)],
        }
        for number in range(count)
    ]


class FakeAgencyDoor:
    """Takes cases as the platform does: a step it knows is no news, a key it knows neither."""

    def __init__(self) -> None:
        self.steps: dict[str, set[str]] = {}
        self.calls: list[tuple[str, int]] = []
        self.answers: list[httpx.Response | Exception] = []
        self.bad: set[str] = set()
        self._guard = threading.Lock()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        with self._guard:
            self.calls.append((request.headers["Idempotency-Key"], len(body["cases"])))
            if self.answers:
                answer = self.answers.pop(0)
                if isinstance(answer, Exception):
                    raise answer
                return answer
            if any(case["case"] in self.bad for case in body["cases"]):
                error = {"pointer": "/cases/0/channel", "detail": "unknown"}
                return problem(422, errors=[error])
            return httpx.Response(200, json={"items": [self._take(one) for one in body["cases"]]})

    def _take(self, case: dict) -> dict:
        known = case["case"] in self.steps
        held = self.steps.setdefault(case["case"], set())
        new = {step["instance"] for step in case["steps"]} - held
        held |= new
        change = "created" if not known else "extended" if new else "unchanged"
        return {
            "case": case["case"],
            "request_id": f"id-{case['case']}",
            "reference": "1",
            "change": change,
            "steps_added": len(new),
        }


def problem(status: int, headers: dict | None = None, **extra) -> httpx.Response:
    body = {"title": "No", "code": f"code_{status}", "detail": "because"} | extra
    return httpx.Response(status, json=body, headers=headers)


@pytest.fixture
def door() -> FakeAgencyDoor:
    return FakeAgencyDoor()


def send(door, some_cases, waited=None, on_progress=lambda cases: None):
    def pause(seconds: float) -> bool:
        if waited is not None:
            waited.append(seconds)
        return False

    with Client("http://window.test", "token", transport=httpx.MockTransport(door)) as client:
        importer = Importer(
            client,
            source="demo",
            service_code="MUN-010",
            pause=pause,
            on_progress=on_progress,
        )
        return importer.send(some_cases)


@given(sizes=st.lists(st.integers(0, 900), max_size=150))
def test_batches_hold_every_case_once_and_are_never_too_large(sizes):
    some = [{"case": str(n), "steps": [{}] * size} for n, size in enumerate(sizes)]

    batches = list(batches_of(some))

    assert [case for batch in batches for case in batch] == some
    assert all(1 <= len(batch) <= 50 for batch in batches)
    assert all(
        len(batch) == 1 or sum(len(case["steps"]) for case in batch) <= 2000 for batch in batches
    )


def test_a_first_import_creates_and_a_second_changes_nothing(door):
    first = send(door, cases(120))
    second = send(door, cases(120))

    assert first.changes == {"created": 120}
    assert first.steps_added == 240
    assert second.changes == {"unchanged": 120}
    assert second.steps_added == 0


def test_a_longer_log_adds_only_its_new_steps(door):
    send(door, cases(10, steps=2))

    outcome = send(door, cases(10, steps=3))

    assert outcome.changes == {"extended": 10}
    assert outcome.steps_added == 10


def test_progress_is_told_for_every_case(door):
    told: list[int] = []

    send(door, cases(120), on_progress=told.append)

    assert sum(told) == 120


@pytest.mark.parametrize(
    "fault",
    [
        problem(503),
        problem(502),
        problem(504),
        problem(429),
        problem(409),
        httpx.ReadTimeout("late"),
        httpx.ConnectError("refused"),
        httpx.RemoteProtocolError("hung up"),
    ],
    ids=lambda fault: getattr(fault, "status_code", None) or type(fault).__name__,
)
def test_a_batch_that_met_a_passing_fault_is_sent_again_under_the_same_key(door, fault):
    door.answers = [fault]
    waited: list[float] = []

    outcome = send(door, cases(3), waited)

    assert outcome.changes == {"created": 3}
    assert len({key for key, _ in door.calls}) == 1
    assert len(door.calls) == 2
    assert len(waited) == 1


def test_the_wait_is_the_one_the_platform_asked_for(door):
    door.answers = [problem(503, {"Retry-After": "7"})]
    waited: list[float] = []

    send(door, cases(1), waited)

    assert waited == [7.0]


def test_waits_grow_where_the_platform_names_none_and_end_in_a_clear_stop(door):
    door.answers = [problem(503) for _ in range(8)]
    waited: list[float] = []

    outcome = send(door, cases(1), waited)

    assert outcome.stopped is not None
    assert "run the same command again" in outcome.stopped.text
    assert len(waited) == 7
    assert waited[0] <= 0.5 < waited[-1] <= 20


@pytest.mark.parametrize(
    ("status", "text"),
    [(401, "Sign in again"), (403, "may not import"), (404, "offers no service"), (500, "refused")],
)
def test_the_import_stops_where_going_on_is_no_use(door, status, text):
    door.answers = [problem(status), problem(status)]

    outcome = send(door, cases(500))

    assert outcome.stopped is not None
    assert outcome.stopped.status == status
    assert text in outcome.stopped.text
    assert len(door.calls) <= 3  # what was in flight, and nothing new


def test_what_went_in_before_a_stop_is_counted():
    class DoorThatForgetsWhoAsks(FakeAgencyDoor):
        def __call__(self, request):
            answer = super().__call__(request)
            return problem(401) if len(self.calls) > 2 else answer

    outcome = send(DoorThatForgetsWhoAsks(), cases(300))

    assert outcome.stopped is not None
    assert outcome.changes == {"created": 100}


@settings(max_examples=20)
@given(bad=st.sets(st.integers(0, 59), max_size=5))
def test_a_case_the_platform_refuses_is_named_and_the_others_go_in(bad):
    door = FakeAgencyDoor()
    door.bad = {f"plan-{number}" for number in bad}

    outcome = send(door, cases(60))

    assert {refused.case for refused in outcome.refused} == door.bad
    assert all("unknown" in refused.text for refused in outcome.refused)
    assert set(outcome.results) == {f"plan-{n}" for n in range(60)} - door.bad


def test_a_case_the_answer_says_nothing_of_is_told(door):
    door.answers = [httpx.Response(200, json={"items": []})]

    outcome = send(door, cases(1))

    assert [(one.case, one.code) for one in outcome.refused] == [("plan-0", "no_result")]


def test_at_most_two_batches_are_on_their_way_at_once(door):
    both = threading.Barrier(2, timeout=10)
    now, most = 0, 0
    guard = threading.Lock()

    def watched(request: httpx.Request) -> httpx.Response:
        nonlocal now, most
        with guard:
            now += 1
            most = max(most, now)
        both.wait()  # passes only when two are here together
        with guard:
            now -= 1
        return door(request)

    outcome = send(watched, cases(200))

    assert most == 2
    assert outcome.changes == {"created": 200}
