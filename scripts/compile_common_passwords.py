"""Compiles the list of passwords that guessers try first into the file that identity ships.

    python scripts/compile_common_passwords.py LIST...

A LIST is a text with one password a line, or gzip of one; `common-passwords.txt.gz` of Django (BSD
licence) and the `passwords` list of zxcvbn (MIT licence), both taken from public leaks, were used.
What people of Iran choose is in neither, so it is made here: names, words and years, in Latin letters
and in Persian. Persian letters are kept as the Latin keys under them, as `domain.passwords.spellings`
reads them, so both keyboards are found. Entries shorter than a password may be are left out.
"""

from __future__ import annotations

import gzip
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

from panjareh_identity.adapters.common_passwords import short_hash
from panjareh_identity.domain.passwords import LEAST, spellings

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "services/identity/src/panjareh_identity/adapters/common_passwords.bin"

_WORDS = [
    word
    for word in Path(__file__).with_name("common_words_of_iran.txt").read_text("utf-8").splitlines()
    if not word.startswith("#")
]
_AFTER = (
    [""]
    + [
        "1",
        "12",
        "123",
        "1234",
        "12345",
        "123456",
        "1234567",
        "12345678",
        "123456789",
        "321",
        "4321",
    ]
    + ["110", "313", "786", "14", "72", "135", "021", "0912", "0935", "2020", "007", "1000"]
    + ["@123", "@1234", "_123", ".123", "!123", "123!", "@110", "@313"]
    + [str(year) for year in range(1340, 1406)]
    + [str(year) for year in range(60, 100)]
)


def of_iran() -> Iterator[str]:
    for word, after in itertools.product(_WORDS, _AFTER):
        yield word + after
    for one, other in itertools.permutations(_WORDS, 2):
        if one in ("ali", "yaali", "eshghe", "khodaya", "man", "iran") or other in (
            "jan",
            "joon",
            "khan",
        ):
            yield one + other
    for word in _WORDS:
        yield word * 2
    for number in range(
        10_000
    ):  # the first digits of a mobile number, and the last four again and again
        yield f"{number:04d}" * 2


def read(path: Path) -> Iterator[str]:
    raw = path.read_bytes()
    text = gzip.decompress(raw) if path.suffix == ".gz" else raw
    yield from (line.strip() for line in text.decode().splitlines())


def main() -> None:
    listed = {word for name in sys.argv[1:] for word in read(Path(name))} | set(of_iran())
    plain = {spellings(word)[-1] for word in listed}
    kept = sorted({short_hash(word) for word in plain if len(word) >= LEAST})
    TARGET.write_bytes(b"".join(kept))
    print(f"{len(kept)} entries, {TARGET.stat().st_size} bytes: {TARGET.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
