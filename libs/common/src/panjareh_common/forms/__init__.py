"""Forms: JSON Schema 2020-12 with hints for people, checked by the one validator (requirement C1).

What a form is: `FormValidator`, and `fields_of` for whoever looks at its parts. Whatever a schema or a
filled-in form holds, a check ends soon: patterns are RE2's, both are bounded in depth and size, and the
steps of a check are counted (docs/decisions/0032-forms-that-end.md).
"""

from __future__ import annotations

from panjareh_common.forms.formats import FORMATS
from panjareh_common.forms.parts import FILE, Field, escape, fields_of, objects_of, subschemas
from panjareh_common.forms.soundness import FormInvalid, SchemaFault
from panjareh_common.forms.validator import (
    FileWanted,
    FormUnusable,
    FormValidator,
    Unfinished,
    published_form,
)

__all__ = [
    "FILE",
    "FORMATS",
    "Field",
    "FileWanted",
    "FormInvalid",
    "FormUnusable",
    "FormValidator",
    "SchemaFault",
    "Unfinished",
    "escape",
    "fields_of",
    "objects_of",
    "published_form",
    "subschemas",
]
