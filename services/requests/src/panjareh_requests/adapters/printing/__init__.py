"""Issued documents on paper: PDF/A-3a and PDF/UA-1 (for archives and for screen readers), right to left, the font inside.

The template is `document.typ`; words come in as data and are never read as markup. Typst is one native library
without any of its own needs, lays a page out in ten milliseconds, and makes the same bytes of the same document.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import structlog

from panjareh_common.reference import grouped
from panjareh_common.texts import text
from panjareh_requests.domain.issued_document import IssuedDocument, day_of

_Standard = Literal["1.7", "a-3a", "ua-1"]

log = structlog.get_logger(__name__)

_HERE = Path(__file__).parent
_PACKAGE = "panjareh_requests"
_TEHRAN = ZoneInfo("Asia/Tehran")


class Printer:
    """`address_of` gives the page that a document is checked at, `credential` what is put into the file, `ground` why
    one was revoked, in words.
    """

    def __init__(
        self,
        address_of: Callable[[IssuedDocument], str],
        credential: Callable[[IssuedDocument], str],
        ground: Callable[[str | None, str], str | None],
    ) -> None:
        self._address_of = address_of
        self._credential = credential
        self._ground = ground

    def pdf(self, document: IssuedDocument, language: str) -> bytes:
        """The document for reading and printing; the credential is attached, so that one file is both."""
        import typst  # noqa: PLC0415  # 80 MB of code, for processes that print

        page = json.dumps(self._page(document, language), ensure_ascii=False)
        issued = int(document.issued_at.timestamp())
        try:
            return _made(page, issued, "a-3a", "ua-1")
        except typst.TypstError:
            # A letter that the font has not, as in a name of a business: then it is no file for the archive.
            # What it says is not logged: it holds what stands on the document.
            log.warning("document_not_archivable", kind=document.kind)
            return _made(page, issued, "1.7")

    def _page(self, document: IssuedDocument, language: str) -> dict[str, Any]:
        def say(message: str, **places: object) -> str:
            return text(_PACKAGE, message, language, **places)

        address = self._address_of(document)
        issued = document.issued_at.astimezone(_TEHRAN)
        lines = [
            {"name": line["name"][language], "value": line["value"][language]}
            for line in document.shows or ()
        ]
        return {
            "language": language,
            "platform": say("Panjareh"),
            "authority": document.authority_name[language],
            "title": document.title[language],
            "revoked": say(
                "This document was revoked on {day}. {because}",
                day=day_of(document.revoked_at, language),
                because=self._ground(document.revoked_because, language),
            )
            if document.revoked_at
            else None,
            "lines": lines,
            "dates": [
                {"name": say("Issued on"), "value": day_of(document.issued_at, language)},
                {"name": say("Valid until"), "value": day_of(document.valid_until, language)},
            ],
            "number": {"name": say("Number of the document"), "value": grouped(document.number)},
            "check": say("Check this document"),
            "how": say(
                "Point the camera of a telephone at the code, or type the number at the address below. The page shows "
                "whether the document holds, and what has to stand on it."
            ),
            "address": address.partition("?")[0],
            "link": address,
            "qr": _qr(address),
            "qr_says": say("QR code: the page where this document is checked"),
            "credential": self._credential(document),
            "credential_says": say("The same document as a W3C Verifiable Credential"),
            "year": issued.year,
            "month": issued.month,
            "day": issued.day,
        }


def _made(page: str, issued: int, *standards: _Standard) -> bytes:
    import typst  # noqa: PLC0415

    return typst.compile(
        _HERE / "document.typ",
        root=_HERE,
        font_paths=[_HERE / "fonts"],
        ignore_system_fonts=True,
        format="pdf",
        pdf_standards=list(standards),
        timestamp=issued,
        sys_inputs={"page": page},
    )


def _qr(address: str) -> str:
    """As SVG. Level M: a fold or a stamp over a part of it does no harm."""
    import segno  # noqa: PLC0415

    drawn = io.BytesIO()
    segno.make_qr(address, error="m").save(drawn, kind="svg", border=4, xmldecl=False)
    return drawn.getvalue().decode()
