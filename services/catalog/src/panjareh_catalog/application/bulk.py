"""Bringing in many cards at once, with the authorities and life events that they name: all, or nothing.

A run is one unit of work. Of everything that is wrong with any part of it each point is named, with file, line
and place; then nothing of it was stored.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from panjareh_catalog.application.authorities import AuthorityRegister
from panjareh_catalog.application.media import MediaRows, Medium
from panjareh_catalog.application.ports import Knowledge, LifeEvents, Shape
from panjareh_catalog.application.powers import PLATFORM
from panjareh_catalog.application.public_services import PublicServices
from panjareh_catalog.application.publishing import authority_faults, office_of
from panjareh_catalog.application.telling import told
from panjareh_catalog.domain.authority import AuthorityEntry
from panjareh_catalog.domain.checks import Known, faults_of
from panjareh_catalog.domain.life_event import LifeEvent
from panjareh_catalog.domain.values import Card, Fault, Publication
from panjareh_common.asking import Asking
from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_common.idempotency import Answer
from panjareh_common.refusals import InvalidInput, Refusal


@dataclass(frozen=True)
class Source:
    """Where something was written: its file and, by JSON pointer, the lines. `line` where it begins."""

    file: str
    line: int | None = None
    lines: Mapping[str, int] = field(default_factory=dict)

    def line_of(self, pointer: str) -> int | None:
        """The line of that place, or of the nearest one above that was written."""
        while pointer and pointer not in self.lines:
            pointer = pointer.rpartition("/")[0]
        return self.lines.get(pointer, self.line)


@dataclass(frozen=True)
class Incoming:
    """One part of a run: authorities, life events, one medium or one card; or nothing but faults."""

    source: Source
    authorities: tuple[AuthorityEntry, ...] = ()
    life_events: tuple[LifeEvent, ...] = ()
    medium: Medium | None = None
    card: Mapping[str, Any] | None = None
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class PlacedFault:
    """A fault and where it was written. `line` is None where nothing was."""

    file: str
    line: int | None
    fault: Fault


class RunRefused(Exception):
    """Nothing of a run was stored. `faults` names every point, in the order of what came."""

    def __init__(self, faults: Sequence[PlacedFault]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults


@dataclass(frozen=True)
class Outcome:
    """What a run came to: each code, and whether anything of it changed."""

    authorities: Sequence[tuple[str, bool]] = ()
    life_events: Sequence[tuple[str, bool]] = ()
    services: Sequence[Publication] = ()


@dataclass(frozen=True)
class _Run:
    """One run under way; `faults` is what was found so far."""

    unit: UnitOfWork
    known: Known
    authority: str | None
    only_check: bool
    faults: list[PlacedFault]


MOST_FAULTS = 1000
"""So many points of a run are named: a table of nonsense has more than anybody reads, or an answer holds."""

ReadBody = Callable[[str, bytes], Sequence[Incoming]]
"""What a file brings, by its name and content."""


class BulkImport:
    def __init__(
        self,
        *,
        log: EventLog,
        read_body: ReadBody,
        services: PublicServices,
        knowledge: Knowledge,
        shape: Shape,
        register: AuthorityRegister,
        life_events: LifeEvents,
        media: MediaRows,
    ) -> None:
        self._log = log
        self._read_body = read_body
        self._services = services
        self._knowledge = knowledge
        self._shape = shape
        self._register = register
        self._life_events = life_events
        self._media = media

    def bring_in(
        self, incoming: Sequence[Incoming], cause: Cause, *, only_check: bool = False
    ) -> Outcome:
        """Stores everything, or with `only_check` says what would come of it. Raises RunRefused."""

        def work(unit: UnitOfWork) -> Outcome:
            outcome = self.within(unit, incoming, only_check=only_check)
            if only_check:
                unit.discard()
            return outcome

        return self._log.run(cause, work)

    def import_files(
        self, files: Sequence[Mapping[str, str]], only_check: bool, asking: Asking
    ) -> Answer:
        """A run of a publisher's own cards, files as `{name, content}`.

        Raises InvalidInput naming every point with file and line; then nothing was stored.
        """
        authority = office_of(asking.caller)
        names = [file["name"] for file in files]
        incoming = [
            part
            for file in files
            for part in self._read_body(file["name"], file["content"].encode())
        ]
        incoming = [_only_cards(part) for part in incoming]

        def work(unit: UnitOfWork) -> Answer:
            try:
                outcome = self.within(unit, incoming, authority, only_check=only_check)
            except RunRefused as run:
                raise _refused(run, names, asking.language) from run
            if only_check:
                unit.discard()
            return {
                "only_check": only_check,
                "items": [
                    {"code": done.service_code, "version": done.version, "is_new": done.is_new}
                    for done in outcome.services
                ],
            }

        request = {"files": [dict(file) for file in files], "only_check": only_check}
        return asking.once(self._log, "import_services", request, work)

    def within(
        self,
        unit: UnitOfWork,
        incoming: Sequence[Incoming],
        authority: str | None = None,
        *,
        only_check: bool = False,
    ) -> Outcome:
        """As part of somebody else's unit; `authority` is the one whose services alone may come.

        A card that says what its newest version says is let be, however much stricter the checks have become
        since; `only_check` looks at it all the same. Raises RunRefused.
        """
        for medium in (part.medium for part in incoming if part.medium is not None):
            medium_id = hashlib.sha256(medium.content).hexdigest()
            self._media.keep(unit, medium_id, medium, authority or PLATFORM)
        known = self._knowledge.read(unit, alone=not only_check)
        entries = tuple(entry for part in incoming for entry in part.authorities)
        words = tuple(word for part in incoming for word in part.life_events)
        faults = [_placed(part, fault) for part in incoming for fault in part.faults]
        authorities, refusals = self._authorities(unit, incoming, entries)
        cards, wrong = self._shaped(incoming)
        faults += refusals + wrong
        known = replace(
            known.with_cards([card for _, card in cards]),
            authorities={*known.authorities, *(entry.code for entry in entries)},
            life_events={**known.life_events, **{word.code: word.name for word in words}},
        )
        run = _Run(unit, known, authority, only_check, faults)
        published: list[Publication] = []
        for part, card in cards:
            if len(faults) > MOST_FAULTS:
                break
            published += self._publish(run, part, card)
        if faults:
            raise RunRefused(_not_too_many(faults))
        life_events = self._life_events.keep(unit, words) if words else []
        return Outcome(authorities, life_events, published)

    def _authorities(
        self, unit: UnitOfWork, incoming: Sequence[Incoming], entries: Sequence[AuthorityEntry]
    ) -> tuple[list[tuple[str, bool]], list[PlacedFault]]:
        try:
            return (self._register.keep(unit, entries) if entries else []), []
        except Refusal as refusal:
            first = next(part for part in incoming if part.authorities)
            return [], [_placed(first, _of_refusal(refusal, "/authorities"))]

    def _shaped(
        self, incoming: Sequence[Incoming]
    ) -> tuple[list[tuple[Incoming, Card]], list[PlacedFault]]:
        """The cards whose shape is right, each service once, and what is wrong with the others."""
        faults: list[PlacedFault] = []
        shaped: list[tuple[Incoming, Card]] = []
        first: dict[str, Incoming] = {}
        for part in incoming:
            if part.card is None:
                continue
            if len(faults) > MOST_FAULTS:
                break
            card, wrong = self._shape(part.card)
            faults += [_placed(part, fault) for fault in wrong]
            if wrong:
                continue
            earlier = first.setdefault(card["code"], part)
            if earlier is part:
                shaped.append((part, card))
            else:
                faults.append(_placed(part, _twice(card["code"], earlier.source)))
        return shaped, faults

    def _publish(self, run: _Run, part: Incoming, card: Card) -> Iterator[Publication]:
        """What a service makes of its card; what is wrong with it becomes a fault of the run."""
        wrong = [] if run.authority is None else list(authority_faults(card, run.authority))
        try:
            service = self._services.found_or_new(run.unit, card["code"], card["authority"])
            if run.only_check or not service.says(card):
                wrong += faults_of(card, run.known)
            is_new = service.publish(card, run.unit.now)
        except Refusal as refusal:
            wrong.append(_of_refusal(refusal, "/code"))
        run.faults.extend(_placed(part, fault) for fault in wrong)
        if wrong:
            return
        if not run.faults:
            self._services.save(run.unit, service)
        yield Publication(service.code, service.number, is_new)


def _only_cards(part: Incoming) -> Incoming:
    """Authorities and the vocabulary are for the platform's operators."""
    if not part.authorities and not part.life_events:
        return part
    fault = Fault("", "Authorities and life events are brought in by the platform's operators.")
    return Incoming(part.source, faults=(fault,))


def _refused(run: RunRefused, names: Sequence[str], language: str) -> InvalidInput:
    """Each point says the file's place in what was sent, its name, the line, and the place in the card."""
    errors = []
    for placed in run.faults:
        error = {
            "pointer": f"/files/{names.index(placed.file)}/content",
            "detail": told(placed.fault, language),
            "file": placed.file,
            "line": str(placed.line or 1),
            "place": placed.fault.pointer,
        }
        errors.append(error)
    return InvalidInput(errors)


def _twice(code: str, earlier: Source) -> Fault:
    return Fault(
        "/code",
        "The service {code} stands in {file}, line {line}, already.",
        {"code": code, "file": earlier.file, "line": earlier.line_of("/code") or 1},
    )


def _of_refusal(refusal: Refusal, pointer: str) -> Fault:
    return Fault(pointer, refusal.message, refusal.details)


def _not_too_many(faults: Sequence[PlacedFault]) -> Sequence[PlacedFault]:
    if len(faults) <= MOST_FAULTS:
        return faults
    message = (
        "There is more that does not fit than these {most} points. Mend them, and check again."
    )
    last = faults[MOST_FAULTS]
    more = PlacedFault(last.file, last.line, Fault("", message, {"most": MOST_FAULTS}))
    return [*faults[:MOST_FAULTS], more]


def _placed(part: Incoming, fault: Fault) -> PlacedFault:
    return PlacedFault(part.source.file, part.source.line_of(fault.pointer), fault)
