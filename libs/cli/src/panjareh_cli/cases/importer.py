"""Send past cases to the platform: a few batches at a time, again after a fault, never twice."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, MutableMapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

from panjareh_cli.cases.spool import KeptResults
from panjareh_cli.client import Client, ProblemError, Unreachable

MOST_CASES_PER_CALL = 50
_MOST_STEPS_PER_CALL = 2_000  # keeps the body of one call small whatever the cases are like
_IN_FLIGHT = 2
_ATTEMPTS = 8
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 20.0
_LONGEST_RETRY_AFTER = 120.0
#: 409: an earlier sending of this batch still runs, or met another at the same case.
AGAIN = frozenset({409, 425, 429, 502, 503, 504})
#: The body was not taken: one case of the batch may be to blame, and the others go in without it.
_NOT_TAKEN = frozenset({400, 413, 422})

Case = dict[str, Any]
#: Waits so many seconds, and says at once whether the import was stopped meanwhile.
Pause = Callable[[float], bool]


@dataclass(frozen=True)
class Refused:
    """A case the platform did not take, and why."""

    case: str
    code: str
    text: str

    def as_json(self) -> dict[str, str]:
        return {"case": self.case, "code": self.code, "text": self.text}


@dataclass(frozen=True)
class Stop:
    """Why the import ended early, in a sentence that says what to do."""

    status: int | None
    text: str

    def as_json(self) -> dict[str, Any]:
        return {"status": self.status, "text": self.text}


@dataclass
class Outcome:
    """What came of the import."""

    results: MutableMapping[str, dict[str, Any]] = field(default_factory=KeptResults)
    refused: list[Refused] = field(default_factory=list)
    stopped: Stop | None = None
    seconds: float = 0.0

    @property
    def changes(self) -> Counter[str]:
        return Counter(str(result["change"]) for result in self.results.values())

    @property
    def steps_added(self) -> int:
        return sum(int(result["steps_added"]) for result in self.results.values())

    @property
    def cases_per_second(self) -> float:
        return len(self.results) / self.seconds if self.seconds > 0 else 0.0


@dataclass
class _Part:
    """What came of one batch."""

    results: dict[str, dict[str, Any]] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    handled: int = 0


class _Stopped(Exception):
    def __init__(self, stop: Stop | None) -> None:
        super().__init__()
        self.stop = stop


class Importer:
    """Sends cases under one source and service; running it again changes nothing."""

    def __init__(
        self,
        client: Client,
        *,
        source: str,
        service_code: str,
        pause: Pause | None = None,
        on_progress: Callable[[int], None] = lambda cases: None,
    ) -> None:
        self._client = client
        self._source = source
        self._service_code = service_code
        self._ending = threading.Event()
        self._pause = pause or self._ending.wait
        self._on_progress = on_progress

    def send(self, cases: Iterable[Case]) -> Outcome:
        outcome = Outcome()
        started = time.monotonic()
        batches = batches_of(cases)
        flying: set[Future[_Part]] = set()
        with ThreadPoolExecutor(_IN_FLIGHT, thread_name_prefix="batch") as pool:
            try:
                while True:
                    while outcome.stopped is None and len(flying) < _IN_FLIGHT:
                        batch = next(batches, None)
                        if batch is None:
                            break
                        flying.add(pool.submit(self._send_batch, batch))
                    if not flying:
                        break
                    landed, flying = wait(flying, return_when=FIRST_COMPLETED)
                    for future in landed:
                        self._land(future, outcome)
            finally:
                self._ending.set()  # wakes batches that wait to be sent again
        outcome.seconds = time.monotonic() - started
        return outcome

    def _land(self, future: Future[_Part], outcome: Outcome) -> None:
        try:
            part = future.result()
        except _Stopped as stopped:
            self._ending.set()
            outcome.stopped = outcome.stopped or stopped.stop
            return
        outcome.results.update(part.results)
        outcome.refused += part.refused
        self._on_progress(part.handled)

    def _send_batch(self, batch: Sequence[Case]) -> _Part:
        part = _Part(handled=len(batch))
        self._send_into(part, batch)
        return part

    def _send_into(self, part: _Part, batch: Sequence[Case]) -> None:
        try:
            body = self._deliver(batch)
        except ProblemError as problem:
            if problem.status not in _NOT_TAKEN:
                raise _Stopped(self._why(problem)) from problem
            if len(batch) == 1:
                part.refused.append(_refused(batch[0], problem))
                return
            half = len(batch) // 2
            self._send_into(part, batch[:half])
            self._send_into(part, batch[half:])
            return
        self._collect(part, batch, body)

    def _collect(self, part: _Part, batch: Sequence[Case], body: dict[str, Any]) -> None:
        items = body.get("items")
        told = {str(item["case"]): item for item in items} if isinstance(items, list) else {}
        for case in batch:
            item = told.get(case["case"])
            if item is None or not {"change", "steps_added"} <= item.keys():
                part.refused.append(
                    Refused(case["case"], "no_result", "the platform did not say what came of it")
                )
            else:
                part.results[case["case"]] = item

    def _deliver(self, batch: Sequence[Case]) -> dict[str, Any]:
        """Send one batch until it is answered: taking a case twice changes nothing."""
        key = str(uuid.uuid4())
        body = {
            "source": self._source,
            "service_code": self._service_code,
            "cases": list(batch),
        }
        attempt = 0
        while True:
            attempt += 1
            if self._ending.is_set():
                raise _Stopped(None)
            told = None
            try:
                return self._client.post("/agency/v1/cases", body, idempotency_key=key)
            except Unreachable as error:
                last, status = str(error), None
            except ProblemError as problem:
                if problem.status not in AGAIN:
                    raise
                last, status, told = problem.sentence(), problem.status, problem.retry_after
            if attempt == _ATTEMPTS:
                raise _Stopped(
                    Stop(
                        status,
                        f"The platform did not take a batch in {_ATTEMPTS} attempts. {last} "
                        "What was taken is kept: run the same command again to go on.",
                    )
                )
            if self._pause(pause_after(attempt, told)):
                raise _Stopped(None)

    def _why(self, problem: ProblemError) -> Stop:
        if problem.status == 401:
            text = (
                "The platform does not know who is asking, or the sign-in has run out "
                f"({problem.sentence()}). Sign in again and run the same command: "
                "what was taken is kept."
            )
        elif problem.status == 403:
            text = (
                f"This officer may not import cases of {self._service_code} "
                f"({problem.sentence()}). Ask for an officer of the authority that owns the "
                "service, with the right to import."
            )
        elif problem.status == 404:
            text = (
                f"The authority of this officer offers no service {self._service_code} "
                f"({problem.sentence()}). Publish it first, sign in as an officer of its "
                "authority, or name another service in the mapping."
            )
        else:
            text = (
                f"The platform refused the import: {problem.sentence()}. What was taken before "
                "is kept."
            )
        return Stop(problem.status, text)


def batches_of(cases: Iterable[Case]) -> Iterator[list[Case]]:
    """The cases in order, at most fifty a batch, and fewer where they are long."""
    batch: list[Case] = []
    steps = 0
    for case in cases:
        longer = steps + len(case["steps"])
        if batch and (len(batch) == MOST_CASES_PER_CALL or longer > _MOST_STEPS_PER_CALL):
            yield batch
            batch, steps = [], 0
        batch.append(case)
        steps += len(case["steps"])
    if batch:
        yield batch


def pause_after(attempt: int, told: float | None) -> float:
    if told is not None:
        return min(told, _LONGEST_RETRY_AFTER)
    longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** (attempt - 1))
    return longest * random.uniform(0.5, 1.0)  # two batches must not come back in step


def _refused(case: Case, problem: ProblemError) -> Refused:
    said = [problem.sentence(), *(_error_text(error) for error in problem.errors)]
    return Refused(case["case"], problem.code, "; ".join(part for part in said if part))


def _error_text(error: object) -> str:
    if not isinstance(error, dict):
        return str(error)
    return ": ".join(str(value) for value in error.values() if isinstance(value, str))
