"""Structured logs: one JSON object a line on stderr, with the trace in it and no personal data."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog

from panjareh_common import telemetry


def _in_trace(_: Any, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    entry.update(telemetry.ids())
    return entry


def _where(_: Any, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Exceptions by class and place only: what an exception says may hold what a person typed."""
    told = entry.pop("exc_info", None)
    if told is True:
        told = sys.exc_info()
    failure = told[1] if isinstance(told, tuple) else told
    if isinstance(failure, BaseException):
        frames = traceback.extract_tb(failure.__traceback__)
        entry["exception"] = f"{type(failure).__module__}.{type(failure).__qualname__}"
        entry["at"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        cause = failure.__cause__ or failure.__context__
        if cause is not None:
            entry["because"] = f"{type(cause).__module__}.{type(cause).__qualname__}"
    return entry


def _renamed(_: Any, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """By the names that log stores know, the message first."""
    return {"message": entry.pop("event"), "severity": entry.pop("level"), **entry}


def set_up(service: str, level: str = "INFO", *, process: str = "") -> None:
    """Sends structlog's and the standard library's records through one JSON formatter: to stderr, because
    stdout is for what a command answers, and to the collector that OTEL_EXPORTER_OTLP_ENDPOINT names.
    """

    def name(_: Any, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        entry["service.name"] = service
        return entry

    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="timestamp"),
        _where,
        name,
        _in_trace,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _renamed,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.root.handlers = [handler, *telemetry.log_handlers(service, process, formatter)]
    logging.root.setLevel(level)
    # These speak of every frame or connection at INFO; their warnings still come through.
    for chatty in ("amqp", "kombu", "aiormq", "aio_pika", "httpx", "httpcore", "psycopg.pool"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    # Nameko tells every refusal with a traceback; our own doors log what is a fault.
    logging.getLogger("nameko.containers").setLevel(logging.CRITICAL)
