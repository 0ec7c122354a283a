"""Logs: one JSON object a line, with the trace in it, and never what an exception says."""

import io
import json
import logging
import sys

import pytest
import structlog
from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

from panjareh_common import logs

SECRET = "0499370899 from Tabriz"
QUIETED = (
    "amqp",
    "kombu",
    "aiormq",
    "aio_pika",
    "httpx",
    "httpcore",
    "psycopg.pool",
    "nameko.containers",
)


@pytest.fixture
def lines_of(monkeypatch):
    """What a process that has set its logging up writes while some work is done."""

    def run(work) -> list[dict]:
        root, stderr = logging.root, io.StringIO()
        handlers, level = root.handlers, root.level
        levels = {name: logging.getLogger(name).level for name in QUIETED}
        monkeypatch.setattr(sys, "stderr", stderr)
        try:
            logs.set_up("tests", "INFO")
            structlog.configure(cache_logger_on_first_use=False)  # nothing outlives the test
            work()
        finally:
            structlog.reset_defaults()
            root.handlers = handlers
            root.setLevel(level)
            for name, was in levels.items():
                logging.getLogger(name).setLevel(was)
        return [json.loads(line) for line in stderr.getvalue().splitlines()]

    return run


def a_failure():
    try:
        raise ValueError(SECRET)
    except ValueError as cause:
        raise LookupError(f"no such person: {SECRET}") from cause


def test_a_line_is_one_json_object_that_says_when_where_and_how_severe(lines_of):
    log = structlog.get_logger("some.place")

    [line] = lines_of(lambda: log.warning("queue_is_long", length=5, unit="پیام"))

    assert line["message"] == "queue_is_long"
    assert (line["length"], line["unit"]) == (5, "پیام")
    assert (line["severity"], line["logger"]) == ("warning", "some.place")
    assert line["service.name"] == "tests"
    assert line["timestamp"].endswith("Z")


def by_structlog():
    try:
        a_failure()
    except LookupError:
        structlog.get_logger("x").exception("it_failed")


def by_structlog_with_the_exception():
    try:
        a_failure()
    except LookupError as cause:
        structlog.get_logger("x").error("it_failed", exc_info=cause)


def by_structlog_with_the_triple():
    try:
        a_failure()
    except LookupError:
        structlog.get_logger("x").error("it_failed", exc_info=sys.exc_info())


def by_the_standard_library():
    try:
        a_failure()
    except LookupError:
        logging.getLogger("x").exception("it_failed")


@pytest.mark.parametrize(
    "tell",
    [
        by_structlog,
        by_structlog_with_the_exception,
        by_structlog_with_the_triple,
        by_the_standard_library,
    ],
)
def test_an_exception_is_told_by_class_and_place_and_not_by_what_it_says(lines_of, tell):
    [line] = lines_of(tell)

    assert SECRET not in json.dumps(line, ensure_ascii=False)
    assert line["exception"] == "builtins.LookupError"
    assert line["because"] == "builtins.ValueError"
    assert any("a_failure" in place for place in line["at"])


def test_a_text_over_many_lines_stays_on_one(lines_of):
    [line] = lines_of(lambda: structlog.get_logger("x").info("said", text="one\ntwo\n"))

    assert line["text"] == "one\ntwo\n"


def test_a_line_carries_the_trace_in_which_it_was_written(lines_of):
    context = SpanContext(0xABC, 0xDEF, is_remote=False, trace_flags=TraceFlags(1))

    def work():
        with trace.use_span(NonRecordingSpan(context)):
            structlog.get_logger("x").info("inside")
        structlog.get_logger("x").info("outside")

    inside, outside = lines_of(work)
    assert inside["trace_id"] == f"{0xABC:032x}"
    assert inside["span_id"] == f"{0xDEF:016x}"
    assert "trace_id" not in outside


def test_what_is_less_severe_than_wanted_is_not_written(lines_of):
    def work():
        structlog.get_logger("x").debug("small_talk")
        logging.getLogger("kombu.connection").info("a frame came")

    assert lines_of(work) == []
