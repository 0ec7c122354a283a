"""Issued documents keep the rules of PDF/A-3a and PDF/UA-1, says veraPDF: archives take them, screen readers read them."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.inventory import ROOT
from tests.unit.requests.test_printing_and_credentials import AT, DOCUMENT, PRINTER

HERE, JARS = Path(__file__).parent, ROOT / "build" / "verapdf"
FLAVOURS = ("3a", "ua1")
LONG = [
    {
        "name": {"fa": f"سطر {n}", "en": f"Line {n}"},
        "value": {"fa": "نام " * 40, "en": "name " * 40},
    }
    for n in range(60)
]
DOCUMENTS = {
    "plain": DOCUMENT,
    "revoked": replace(DOCUMENT, revoked_at=AT, revoked_because="replaced"),
    "long": replace(DOCUMENT, shows=LONG),
    "mixed": replace(
        DOCUMENT,
        shows=[
            {"name": {"fa": "نشانی", "en": "Address"}, "value": {"fa": "No. 12 ﷼", "en": "پلاک ۱۲"}}
        ],
    ),
}

needs_verapdf = pytest.mark.skipif(
    not list(JARS.glob("validation-model-*.jar")) or shutil.which("java") is None,
    reason="veraPDF is not there: `make pdfa` fetches it (Java, Maven)",
)


def checked(*files: Path) -> subprocess.CompletedProcess[str]:
    command = ["java", "-cp", f"{JARS}/*", str(HERE / "CheckPdf.java"), ",".join(FLAVOURS)]
    return subprocess.run(
        [*command, *map(str, files)], capture_output=True, text=True, check=False, timeout=280
    )


@needs_verapdf
def test_documents_of_every_kind_pass_in_both_languages(tmp_path: Path) -> None:
    files = []
    for name, document in DOCUMENTS.items():
        for language in ("fa", "en"):
            files.append(tmp_path / f"{name}_{language}.pdf")
            files[-1].write_bytes(PRINTER.pdf(document, language))

    done = checked(*files)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(" passed ") == len(files) * len(FLAVOURS)


@needs_verapdf
def test_the_check_finds_what_is_broken(tmp_path: Path) -> None:
    good = PRINTER.pdf(DOCUMENT, "en")
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(
        good.replace(b"<pdfaid:part>3</pdfaid:part>", b"<pdfaid:part>1</pdfaid:part>")
    )

    done = checked(broken)

    assert done.returncode == 1
    assert " broken " in done.stdout
