"""Drafts: saved, resumed on another channel or device, and gone when they are submitted, deleted or forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID, uuid4

from panjareh_common.asking import Asking
from panjareh_common.clock import to_wire
from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_common.idempotency import Answer
from panjareh_common.refusals import NotFound
from panjareh_common.security import Caller
from panjareh_requests.application.filling_in import FillingIn
from panjareh_requests.application.ports import Looks, Terms
from panjareh_requests.domain.draft import Draft, must_have_room
from panjareh_requests.domain.refusals_drafts import DraftGone
from panjareh_requests.domain.values import ServiceTerms

if TYPE_CHECKING:
    from panjareh_common.forms import Unfinished


class DraftRows(Protocol):
    """Where drafts are kept, sealed under their owner's key."""

    def add(self, unit: UnitOfWork, draft: Draft) -> None: ...

    def find(
        self, unit: UnitOfWork, draft_id: UUID, owner_id: UUID, *, held: bool = False
    ) -> Draft | None:
        """None also for one that has expired, or whose owner was erased. `held`: nobody else changes it meanwhile."""
        ...

    def save(self, unit: UnitOfWork, draft: Draft) -> None: ...

    def remove(self, unit: UnitOfWork, draft_id: UUID) -> None: ...

    def count(self, unit: UnitOfWork, owner_id: UUID) -> int: ...

    def sweep(self, now: datetime) -> int:
        """Removes what has expired; how many that were."""
        ...


@dataclass(frozen=True)
class CreateDraft:
    service_code: str
    form: Mapping[str, Any]

    def fingerprint(self) -> dict[str, Any]:
        return {"service_code": self.service_code, "form": self.form}


@dataclass(frozen=True)
class SaveDraft:
    """`version` is the one that somebody saw; None saves over whatever is there."""

    draft_id: UUID
    form: Mapping[str, Any]
    version: int | None

    def fingerprint(self) -> dict[str, Any]:
        return {"draft_id": str(self.draft_id), "form": self.form, "version": self.version}


@dataclass(frozen=True)
class DeleteDraft:
    draft_id: UUID
    version: int | None

    def fingerprint(self) -> dict[str, Any]:
        return {"draft_id": str(self.draft_id), "version": self.version}


class Drafts:
    """Whatever is filled in is kept; what does not fit or is missing is told beside it, and refused at submitting."""

    def __init__(
        self,
        log: EventLog,
        *,
        rows: DraftRows,
        terms: Terms,
        filling_in: FillingIn,
        looks: Looks,
        kept_for: timedelta,
    ) -> None:
        self._log = log
        self._rows = rows
        self._terms = terms
        self._looks = looks
        self._kept_for = kept_for
        self._filling_in = filling_in

    def create(self, asking: Asking, command: CreateDraft) -> Answer:
        """Raises UnknownService, ServiceSuspended, ServiceEnded, ServiceReplaced, TooManyDrafts, MandateTooNarrow,
        InvalidInput for what no form can hold, KeyReused.
        """
        caller, owner_id = asking.caller, asking.caller.beneficiary
        caller.may_act_for(command.service_code)

        def work(unit: UnitOfWork) -> Answer:
            terms = self._terms.current(unit, command.service_code)
            standing = self._terms.standing(unit, command.service_code)
            standing.must_take_requests(command.service_code, asking.language)
            # Counted, and not locked: two at once may make one more, which harms nobody.
            must_have_room(self._rows.count(unit, owner_id))
            draft = Draft(
                id=uuid4(),
                owner_id=owner_id,
                service_code=terms.code,
                service_version=terms.version,
                channel=asking.cause.channel,
                version=1,
                created_at=unit.now,
                saved_at=unit.now,
                expires_at=unit.now + self._kept_for,
                form=dict(command.form),
            )
            unfinished = self._filling_in.look(terms, draft.form, asking.language)
            self._rows.add(unit, draft)
            self._keep_files(unit, terms, draft)
            return _saved(draft, unfinished)

        return asking.once(self._log, "create_draft", command.fingerprint(), work)

    def save(self, asking: Asking, command: SaveDraft) -> Answer:
        """Raises NotFound, DraftOutdated, InvalidInput for what no form can hold, KeyReused."""

        def work(unit: UnitOfWork) -> Answer:
            draft = self._own(unit, command.draft_id, asking.caller, held=True)
            draft.must_be(command.version)
            terms = self._terms.current(unit, draft.service_code)
            saved = draft.saved(
                command.form,
                service_version=terms.version,
                channel=asking.cause.channel,
                at=unit.now,
                kept_for=self._kept_for,
            )
            unfinished = self._filling_in.look(terms, saved.form, asking.language)
            self._rows.save(unit, saved)
            self._keep_files(unit, terms, saved)
            return _saved(saved, unfinished)

        return asking.once(self._log, "save_draft", command.fingerprint(), work)

    def delete(self, asking: Asking, command: DeleteDraft) -> Answer:
        """Raises NotFound, DraftOutdated, KeyReused."""

        def work(unit: UnitOfWork) -> Answer:
            draft = self._own(unit, command.draft_id, asking.caller, held=True)
            draft.must_be(command.version)
            self._rows.remove(unit, draft.id)
            return {"draft_id": str(draft.id)}

        return asking.once(self._log, "delete_draft", command.fingerprint(), work)

    def get(self, caller: Caller, cause: Cause, draft_id: UUID, language: str) -> dict[str, Any]:
        """The draft as it was saved, with what is still to be done under the form of today. Raises NotFound."""
        with self._log.unit_of_work(cause) as unit:
            draft = self._own(unit, draft_id, caller)
            terms = self._terms.current(unit, draft.service_code)
            self._record_look(unit, caller, draft.id)
        return _saved(draft, self._filling_in.look(terms, draft.form, language)) | {
            "service_name": terms.name.get(language) or terms.name["fa"],
            "form_changed": terms.version != draft.service_version,
            "channel": draft.channel,
            "form": draft.form,
        }

    def take(
        self,
        unit: UnitOfWork,
        caller: Caller,
        draft_id: UUID,
        service_code: str,
        version: int | None,
    ) -> Mapping[str, Any]:
        """The form of a draft that is submitted, which removes it in the same commit. Raises DraftGone, DraftOutdated."""
        draft = self._rows.find(unit, draft_id, caller.beneficiary, held=True)
        if draft is None or draft.service_code != service_code:
            raise DraftGone()
        draft.must_be(version)
        self._rows.remove(unit, draft.id)
        return draft.form

    def sweep(self, now: datetime) -> int:
        return self._rows.sweep(now)

    def _own(
        self, unit: UnitOfWork, draft_id: UUID, caller: Caller, *, held: bool = False
    ) -> Draft:
        draft = self._rows.find(unit, draft_id, caller.beneficiary, held=held)
        if draft is None or not caller.covers(draft.service_code):
            raise NotFound()
        return draft

    def _keep_files(self, unit: UnitOfWork, terms: ServiceTerms, draft: Draft) -> None:
        self._filling_in.keep(
            unit,
            owner_id=draft.owner_id,
            terms=terms,
            form=draft.form,
            until=draft.expires_at,
        )

    def _record_look(self, unit: UnitOfWork, caller: Caller, draft_id: UUID) -> None:
        """One's own look is none; whoever acts for another, or helps them at a counter, is on record."""
        if caller.represented is not None:
            record_look(unit, self._looks, caller, [draft_id])


def record_look(unit: UnitOfWork, looks: Looks, caller: Caller, drafts: list[UUID]) -> None:
    """Puts on record that somebody else looks at drafts of the caller's beneficiary (design rule 9)."""
    looks.record(
        unit,
        [(caller.beneficiary, draft_id) for draft_id in drafts],
        reader=str(caller.doer),
        role=str(caller.kind),
        authority=caller.authority,
        purpose="act_under_mandate" if caller.actor else "help_at_counter",
    )


def _saved(draft: Draft, unfinished: Unfinished) -> Answer:
    """What is told of a draft; nothing that was filled in stands in it."""
    return {
        "draft_id": str(draft.id),
        "service_code": draft.service_code,
        "service_version": draft.service_version,
        "version": draft.version,
        "saved_at": to_wire(draft.saved_at),
        "expires_at": to_wire(draft.expires_at),
        "complete": unfinished.complete,
        "faults": [dict(point) for point in unfinished.faults],
        "missing": [dict(point) for point in unfinished.missing],
    }
