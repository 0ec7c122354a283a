"""The operators' door `verify-decisions`: does everything that rules decided come out again, byte for byte (R5)."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any, NoReturn
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from panjareh_common.database import Connection, Database
from panjareh_common.event_store import EventLog, Keyring
from panjareh_common.event_store.log import Cause
from panjareh_common.refusals import Unavailable
from panjareh_common.settings import Settings, sealing_key, service_database_url
from panjareh_common.texts import LANGUAGES, text
from panjareh_requests.application.replaying import Fault, Replay, Replayed
from panjareh_requests.domain.refusals import UnknownService
from panjareh_requests.domain.values import ServiceTerms
from panjareh_requests.read_model.decided_streams import FIRST, OPTIONS, DecidedStreams
from panjareh_requests.read_model.terms import PublishedTerms

_SERVICE = "requests"
_PACKAGE = "panjareh_requests"
_LISTED = 1000  # findings in one JSON document
_NOT_CHECKED = 2
_TELL_SECONDS = 5.0
_KEYS_KEPT = 1_000  # persons come once, or a few times: in the order of requests, which is none
_SELF = Cause(actor=_SERVICE, role="service", channel="platform")

_SENTENCES = {
    Fault.DECIDED_OTHERWISE: "Request {request}, event {version}: decided again, it comes out otherwise in {parts}.",
    Fault.NOT_WAITING: "Request {request}, event {version}: rules acted while the request was not waiting for a decision.",
    Fault.TERMS_MISSING: "Request {request}, event {version}: the version of the service that it runs under is not here. Run catch-up, then this again.",
    Fault.RULES_CHANGED: "Request {request}, event {version}: the rules of its version are not those that decided; their hash is another.",
    Fault.RULES_UNREADABLE: "Request {request}, event {version}: this release cannot read the rules of its version. Use the release that decided, or a later one.",
    Fault.HISTORY_BROKEN: "Request {request}, up to event {version}: its history is not as it was written. Run verify-log.",
}
_ERASED = "(The person was erased, so this follows from what is left.)"
_PROGRESS = "About {percent} % looked at, {decisions} decisions, {found} findings."
_FITS = "Everything that rules decided comes out again, byte for byte: {replayed} decided anew, and {by_hash} of erased persons by their hashes ({seconds} s)."
_DIFFERS = "Not everything that rules decided comes out again: {found} do not fit; {replayed} decided anew do, and {by_hash} of erased persons by their hashes ({seconds} s)."
_UNREADABLE = "the database of requests could not be read ({cause})"
_INTERRUPTED = "it was interrupted"
_STOPPED = "Not finished: {why}. To go on from there: --after {stream}"


class Tally:
    """What came of a run: the numbers of its summary, and the findings that a JSON document holds."""

    def __init__(self) -> None:
        self.replayed = self.by_hash = self.found = 0
        self.findings: list[dict[str, Any]] = []

    def take(self, one: Replayed) -> None:
        if one.fault is not None:
            self.found += 1
            if len(self.findings) < _LISTED:
                self.findings.append(_as_json(one))
        elif one.erased:
            self.by_hash += 1
        else:
            self.replayed += 1

    @property
    def decisions(self) -> int:
        return self.replayed + self.by_hash + self.found


def main(arguments: list[str]) -> None:
    """Exit 0 when all comes out again, 1 with findings, 2 when it could not be checked to the end."""
    asked = _parser().parse_args(arguments)
    settings = Settings(sealing_key(_SERVICE))
    tally, began, reached = Tally(), time.monotonic(), asked.after
    try:
        with _reading(settings[sealing_key(_SERVICE)]) as (streams, replay):
            told_at = began
            for history in streams.after(asked.after):
                for one in replay.of(history):
                    tally.take(one)
                    if one.fault is not None and not asked.json:
                        print(_sentence(one, asked.lang), flush=True)
                reached = history.stream
                if time.monotonic() >= told_at + _TELL_SECONDS:
                    told_at = time.monotonic()
                    _tell(tally, reached, asked.lang)
    except (psycopg.Error, Unavailable) as cause:
        why = text(_PACKAGE, _UNREADABLE, asked.lang, cause=type(cause).__name__)
        _could_not(why, reached, asked.lang)
    except KeyboardInterrupt:
        _could_not(text(_PACKAGE, _INTERRUPTED, asked.lang), reached, asked.lang)
    seconds = round(time.monotonic() - began, 1)
    if asked.json:
        print(json.dumps(_summary(tally, seconds), ensure_ascii=False))
    else:
        sentence = _DIFFERS if tally.found else _FITS
        numbers = {name: getattr(tally, name) for name in ("found", "replayed", "by_hash")}
        print(text(_PACKAGE, sentence, asked.lang, seconds=seconds, **numbers))
    sys.exit(1 if tally.found else 0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m panjareh_requests verify-decisions",
        description="Decide again everything that rules decided, and compare it with what is stored.",
    )
    parser.add_argument("--json", action="store_true", help="answer with one JSON document")
    parser.add_argument("--lang", choices=LANGUAGES, default="en", help="language of the sentences")
    parser.add_argument(
        "--after",
        type=UUID,
        default=FIRST,
        metavar="REQUEST",
        help="go on after this request, which a run that was stopped has named",
    )
    return parser


@contextmanager
def _reading(key: bytes) -> Iterator[tuple[DecidedStreams, Replay]]:
    """The log read by a connection of its own; keys of persons and cards of services by others."""
    url = service_database_url(_SERVICE)
    with ExitStack() as stack:
        connection: Connection = stack.enter_context(
            psycopg.connect(
                url, autocommit=True, connect_timeout=5, row_factory=dict_row, options=OPTIONS
            )
        )
        database = Database(url, size=2)
        database.open()
        stack.callback(database.close)
        keyring = Keyring(key, database, keep=_KEYS_KEPT)
        log = EventLog(database, keyring)
        published = PublishedTerms(log)

        @cache
        def terms_of(code: str, version: int) -> ServiceTerms | None:
            with log.unit_of_work(_SELF) as unit:
                try:
                    return published.of(unit, code, version)
                except UnknownService:
                    return None

        yield DecidedStreams(connection, keyring), Replay(terms_of)


def _sentence(one: Replayed, language: str) -> str:
    assert one.fault is not None
    said = text(
        _PACKAGE,
        _SENTENCES[one.fault],
        language,
        request=one.request_id,
        version=one.version,
        parts=", ".join(one.parts),
    )
    return f"{said} {text(_PACKAGE, _ERASED, language)}" if one.erased else said


def _as_json(one: Replayed) -> dict[str, Any]:
    return {
        "request_id": str(one.request_id),
        "version": one.version,
        "fault": str(one.fault),
        "parts": list(one.parts),
        "erased": one.erased,
    }


def _summary(tally: Tally, seconds: float) -> dict[str, Any]:
    return {
        "service": _SERVICE,
        "fits": tally.found == 0,
        "replayed": tally.replayed,
        "erased_by_hash": tally.by_hash,
        "found": tally.found,
        "findings": tally.findings,
        "seconds": seconds,
    }


def _tell(tally: Tally, reached: UUID, language: str) -> None:
    """Ids of requests are spread evenly, so how far their order has come is how much was looked at."""
    percent = reached.int * 100 >> 128
    said = text(
        _PACKAGE,
        _PROGRESS,
        language,
        percent=percent,
        decisions=tally.decisions,
        found=tally.found,
    )
    print(said, file=sys.stderr, flush=True)


def _could_not(why: str, reached: UUID, language: str) -> NoReturn:
    said = text(_PACKAGE, _STOPPED, language, why=why, stream=reached)
    print(said, file=sys.stderr)
    sys.exit(_NOT_CHECKED)
