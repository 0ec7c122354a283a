"""Why documents are revoked, in words that anyone may read."""

from __future__ import annotations

from panjareh_common.texts import text
from panjareh_requests.domain.issued_document import RevocationGround
from panjareh_requests.read_model.sentences.telling import PACKAGE

_GROUNDS = {
    RevocationGround.ISSUED_IN_ERROR: "It was issued in error.",
    RevocationGround.CONDITIONS_ENDED: "The conditions under which it was issued are no longer met.",
    RevocationGround.REPLACED: "It was replaced by another document.",
    RevocationGround.HOLDER_ASKED: "Its holder asked for it.",
    RevocationGround.COURT_ORDER: "A court ordered it.",
    RevocationGround.DECIDED_ANEW: "The request was decided again, and was refused.",
}


def ground_in_words(because: str | None, language: str) -> str | None:
    """None for a document that was not revoked."""
    return text(PACKAGE, _GROUNDS[RevocationGround(because)], language) if because else None
