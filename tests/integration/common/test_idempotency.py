"""Commands are answered once, whatever repeats, races or is killed."""

from __future__ import annotations

import threading
from typing import Any
from uuid import UUID, uuid4

import pytest

from panjareh_common.event_store import EventLog, UnitOfWork
from panjareh_common.idempotency import answer_once
from panjareh_common.refusals import ChangedMeanwhile, KeyReused, Refusal
from tests.integration.common.notes import BECAUSE, Note


def ask(
    event_log: EventLog, caller: UUID, request: Any, work: Any, key: str = "k1"
) -> dict[str, Any]:
    return answer_once(
        event_log,
        BECAUSE,
        caller=caller,
        method="open",
        key=key,
        request=request,
        language="en",
        work=work,
    )


def opening(unit: UnitOfWork) -> dict[str, Any]:
    note = Note.open(uuid4())
    unit.save(note)
    return {"note": str(note.id)}


def stored(event_log: EventLog) -> int:
    return len(event_log.after(0, ["TestNote.Opened"], 1000))


def test_a_repeat_gets_the_identical_answer_and_changes_nothing(event_log: EventLog) -> None:
    caller = uuid4()

    first = ask(event_log, caller, {"a": 1}, opening)
    second = ask(event_log, caller, {"a": 1}, opening)

    assert first == second
    assert stored(event_log) == 1


def test_the_same_key_with_another_request_is_refused(event_log: EventLog) -> None:
    caller = uuid4()
    ask(event_log, caller, {"a": 1}, opening)

    with pytest.raises(KeyReused):
        ask(event_log, caller, {"a": 2}, opening)

    assert stored(event_log) == 1


def test_the_key_of_one_caller_says_nothing_about_another(event_log: EventLog) -> None:
    ask(event_log, uuid4(), {"a": 1}, opening)

    ask(event_log, uuid4(), {"a": 1}, opening)

    assert stored(event_log) == 2


def test_a_repeat_while_the_first_is_at_work_gets_the_identical_answer(
    event_log: EventLog,
) -> None:
    caller = uuid4()
    at_work, go_on = threading.Event(), threading.Event()
    answers: list[dict[str, Any]] = []

    def slow(unit: UnitOfWork) -> dict[str, Any]:
        at_work.set()
        assert go_on.wait(10)
        return opening(unit)

    thread = threading.Thread(
        target=lambda: answers.append(ask(event_log, caller, {}, slow)), name="first"
    )
    thread.start()
    assert at_work.wait(10)
    answers.append(ask(event_log, caller, {}, opening))  # overtakes the first
    go_on.set()
    thread.join()

    answers.append(ask(event_log, caller, {}, opening))
    assert answers[0] == answers[1] == answers[2]
    assert stored(event_log) == 1


def test_a_refusal_of_the_domain_is_kept_and_undoes_what_was_done(event_log: EventLog) -> None:
    caller = uuid4()

    def refused(unit: UnitOfWork) -> dict[str, Any]:
        opening(unit)
        raise ChangedMeanwhile()

    with pytest.raises(Refusal) as first:
        ask(event_log, caller, {}, refused)
    with pytest.raises(Refusal) as second:
        ask(event_log, caller, {}, opening)

    assert first.value.code == second.value.code == "changed_meanwhile"
    assert stored(event_log) == 0
