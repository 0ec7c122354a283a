"""The one form validator: every fault of what was filled in is named, in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema.exceptions import ValidationError

from panjareh_common.forms import sentences
from panjareh_common.forms.keywords import TAKEN, Checker, FileFinder, Steps, TooLong
from panjareh_common.forms.parts import escape, walk
from panjareh_common.forms.soundness import DEEPEST, FormInvalid, check, is_plain
from panjareh_common.refusals import InvalidInput, Kind, Refusal

_PLACE = "/form"
# PostgreSQL keeps no zero character in a text, and half of a surrogate pair has no UTF-8.
_UNFIT = re.compile("[\x00\ud800-\udfff]")
_TOO_MUCH = "x-too-much"  # no keyword of a schema
_MOST_POINTS = 500  # told at once; whoever corrects so many asks again


class FormUnusable(Refusal):
    """A form that was published before forms were bounded, and is not: nobody can fill it in any more."""

    code = "form_unusable"
    kind = Kind.UNAVAILABLE
    message = (
        "The form of this service cannot be checked, so nothing can be taken with it now. "
        "Its authority has to publish it again; nothing that you sent before is lost."
    )


@dataclass(frozen=True)
class FileWanted:
    """A file in a filled-in form: where its id stands, and which files the form takes there."""

    pointer: str
    file_id: str
    types: tuple[str, ...]
    max_bytes: int


@dataclass(frozen=True)
class Unfinished:
    """What is to be done on a form that is not finished; points are `{pointer, detail}` under /form.

    `missing` is what has still to be filled in, `faults` is what is filled in and does not fit.
    """

    faults: tuple[Mapping[str, str], ...]
    missing: tuple[Mapping[str, str], ...]

    @property
    def complete(self) -> bool:
        return not self.faults and not self.missing


# What more filling in puts right.
_MORE = {
    "required",
    "dependentRequired",
    "minItems",
    "minProperties",
    "contains",
    "minContains",
}


class FormValidator:
    """Checks what people fill in against one form. It takes a bounded time, whatever both of them are."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        """Raises FormInvalid, which names every place that keeps it from being a form."""
        check(schema)
        # Without its own name: the library would look up a validator by it.
        self._schema = {name: part for name, part in schema.items() if name != "$schema"}

    def check(self, form: Any, language: str) -> None:
        """Raises InvalidInput naming every field that does not fit, as `{pointer, detail}` under /form."""
        told = list(_unfit(form)) or [_told(fault) for fault in self._errors(form)]
        if told:
            raise InvalidInput(_points(told, language))

    def look(self, form: Any, language: str) -> Unfinished:
        """What is still to be done. Raises InvalidInput only for what no form can hold."""
        if unfit := list(_unfit(form)):
            raise InvalidInput(_points(unfit, language))
        errors = self._errors(form)
        missing = [_told(error) for error in errors if _only_missing(error)]
        faults = [_told(error) for error in errors if not _only_missing(error)]
        return Unfinished(tuple(_points(faults, language)), tuple(_points(missing, language)))

    def files(self, form: Any) -> list[FileWanted]:
        """The files that a form which fits names, for whoever knows what was uploaded. Raises InvalidInput."""
        token = TAKEN.set(Steps())
        try:
            errors = FileFinder(self._schema).iter_errors(form)
            return [_file(error) for error in errors if error.validator == "x-file"]
        except TooLong as cause:
            detail = sentences.said(sentences.TOO_MUCH, "en", {})
            raise InvalidInput([{"pointer": _PLACE, "detail": detail}]) from cause
        finally:
            TAKEN.reset(token)

    def _errors(self, form: Any) -> list[ValidationError]:
        token = TAKEN.set(Steps())
        try:
            return list(Checker(self._schema).iter_errors(form))
        except TooLong:
            return [ValidationError("is too much", validator=_TOO_MUCH)]
        finally:
            TAKEN.reset(token)


def published_form(schema: Mapping[str, Any]) -> FormValidator:
    """The validator of a form that is in force. Raises FormUnusable for one from before forms were bounded."""
    try:
        return FormValidator(schema)
    except FormInvalid as cause:
        raise FormUnusable() from cause


def _points(told: Iterable[sentences.Told], language: str) -> list[dict[str, str]]:
    points = {
        (pointer, sentences.said(sentence, language, values)): None
        for pointer, sentence, values in told
    }
    errors = [{"pointer": pointer, "detail": detail} for pointer, detail in points]
    return sorted(errors, key=lambda point: point["pointer"])[:_MOST_POINTS]


def _only_missing(error: ValidationError) -> bool:
    """Whether more filling in puts it right; of alternatives it is enough that one of them can be finished."""
    if error.validator not in ("anyOf", "oneOf"):
        return error.validator in _MORE
    ways: dict[Any, list[ValidationError]] = {}
    for inner in error.context or ():
        ways.setdefault(inner.schema_path[0], []).append(inner)
    return any(all(map(_only_missing, each)) for each in ways.values())


def _told(fault: ValidationError) -> sentences.Told:
    if fault.validator == _TOO_MUCH:
        return _PLACE, sentences.TOO_MUCH, {}
    sentence, values = sentences.of(fault)
    return _pointer(fault), sentence, values


def _pointer(fault: ValidationError) -> str:
    return _PLACE + "".join(f"/{escape(part)}" for part in fault.absolute_path)


def _file(fault: ValidationError) -> FileWanted:
    wanted: Any = fault.validator_value
    return FileWanted(
        _pointer(fault), str(fault.instance), tuple(wanted["types"]), wanted["max_bytes"]
    )


def _unfit(form: Any) -> Iterator[sentences.Told]:
    """What no form can hold, whatever it asks for."""
    for pointer, part, depth in walk(form, _PLACE):
        if depth > DEEPEST:
            yield pointer, sentences.TOO_DEEP, {"levels": DEEPEST}
            return
        if isinstance(part, Mapping):
            if not all(isinstance(name, str) and not _UNFIT.search(name) for name in part):
                yield pointer, sentences.UNFIT_TEXT, {}
                return
        elif isinstance(part, str):
            if _UNFIT.search(part):
                yield pointer, sentences.UNFIT_TEXT, {}
        elif not is_plain(part):
            yield pointer, sentences.UNFIT_NUMBER, {}
