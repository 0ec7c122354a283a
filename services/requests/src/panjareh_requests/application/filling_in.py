"""What is filled in goes into a request: the form is checked, and its files become part of the request in the same commit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from panjareh_common.event_store import UnitOfWork
from panjareh_common.refusals import InvalidInput
from panjareh_common.texts import text
from panjareh_requests.application.files import FileRows
from panjareh_requests.application.forms import FormsInUse
from panjareh_requests.domain.file import faults_of
from panjareh_requests.domain.values import ServiceTerms

if TYPE_CHECKING:
    from panjareh_common.forms import FileWanted, Unfinished


class FillingIn:
    def __init__(self, files: FileRows) -> None:
        self._files = files
        self._forms = FormsInUse()

    def look(self, terms: ServiceTerms, form: Mapping[str, Any], language: str) -> Unfinished:
        """What is still to be done on a form. Raises InvalidInput for what no form can hold."""
        return self._forms.of(terms).look(form, language)

    def take(
        self,
        unit: UnitOfWork,
        *,
        request_id: UUID,
        owner_id: UUID,
        terms: ServiceTerms,
        form: Mapping[str, Any],
        language: str,
        party: str | None = None,
    ) -> None:
        """Checks a form, the first applicant's or a party's, and takes its files into the request; those that are part of it already stay.

        Raises InvalidInput naming every field that does not fit, then every file that is not the owner's, not
        whole, not clean, or not what the form takes there; and FileBeingChecked.
        """
        validator = self._forms.of(terms, party)
        validator.check(form, language)
        wanted = validator.files(form)
        if not wanted:
            return
        named = _ids(wanted)
        held = {file.id: file for file in self._files.hold(unit, named)}
        own = {file_id: file for file_id, file in held.items() if file.owner_id == owner_id}
        errors = [
            {
                "pointer": each.pointer,
                "detail": text("panjareh_requests", sentence, language, **values),
            }
            for each in wanted
            for sentence, values in faults_of(
                own.get(UUID(each.file_id)), request_id, each.types, each.max_bytes
            )
        ]
        if errors:
            raise InvalidInput(errors)
        self._files.attach(unit, request_id, named)

    def keep(
        self,
        unit: UnitOfWork,
        *,
        owner_id: UUID,
        terms: ServiceTerms,
        form: Mapping[str, Any],
        until: datetime,
    ) -> None:
        """Keeps the files that a form which is not finished names, as long as that form is kept."""
        try:
            wanted = self._forms.of(terms).files(form)
        except InvalidInput:  # too much to be looked at, as its faults say
            return
        if named := _ids(wanted):
            self._files.keep_until(unit, owner_id, named, until)


def _ids(wanted: list[FileWanted]) -> list[UUID]:
    """In an order that all keep, so that two who name the same files do not wait for each other."""
    return sorted(set(_readable(wanted)))


def _readable(wanted: list[FileWanted]) -> Iterator[UUID]:
    for each in wanted:
        try:
            yield UUID(each.file_id)
        except ValueError:
            continue  # in a form that is not finished
