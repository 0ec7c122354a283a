"""Each authority's ledger: which questions it was asked, and how each ended. No person is named."""

import json
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from panjareh_sandbox.register import Outcome

_KEPT = 100_000  # entries in memory; the counts and the file go on beyond it


@dataclass(frozen=True)
class Entry:
    """One question. An inquiry id that could not be read is None: it may be anything, even a name.

    `repeated` says that the same question had been answered before and got the same answer.
    """

    inquiry_id: UUID | None
    evidence_type: str
    at: datetime
    outcome: Outcome
    repeated: bool = False

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {
            "inquiry_id": self.inquiry_id and str(self.inquiry_id),
            "at": self.at.isoformat(),
        }


class Ledger:
    """Entries in the order they ended. The file is only ever appended to, even by a reset."""

    def __init__(self, file: Path | None) -> None:
        self._entries: deque[Entry] = deque(maxlen=_KEPT)
        self._outcomes: Counter[Outcome] = Counter()
        self._stream = file.open("a", encoding="utf-8", buffering=1) if file else None

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    @property
    def outcomes(self) -> dict[str, int]:
        return {str(outcome): count for outcome, count in self._outcomes.items()}

    @property
    def asked(self) -> int:
        return self._outcomes.total()

    def write(self, entry: Entry) -> None:
        self._entries.append(entry)
        self._outcomes[entry.outcome] += 1
        if self._stream:
            self._stream.write(json.dumps(entry.as_dict()) + "\n")

    def clear(self) -> None:
        self._entries.clear()
        self._outcomes.clear()

    def close(self) -> None:
        if self._stream:
            self._stream.close()
