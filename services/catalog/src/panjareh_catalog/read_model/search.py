"""What people type, read as the words that services are indexed under (requirement C1).

A query becomes a *plan*: for each word that was typed, the indexed words that it may stand for and how surely,
in thousandths. The index itself is kept by the database (migration 0005).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from panjareh_common.database import Connection

MOST_WORDS = 10
"""Of a longer text the words after these are not looked at."""

# How surely an indexed word is what was meant, in thousandths.
_AS_TYPED, _JOINED, _MEANS, _BEGINNING, _ONE_LETTER = 1000, 1000, 900, 850, 700
# A word in few services says more about what is looked for: (in fewer services than this, how much).
_RARITIES = ((30, 1000), (300, 700), (3000, 400))
_COMMON = 200
_LEAST_FOR_TYPOS = 4  # of a shorter word every neighbour is another word
_MOST_FOR_TYPOS = 30  # no word is so long, and it would have thousands of neighbours
_LEAST_FOR_BEGINNING = 3
_SHORTEST_PART = 2
_BEHIND = 100  # places behind every word that was typed
_LETTERS = {True: "abcdefghijklmnopqrstuvwxyz", False: "ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهیء"}

# Each word, and two or three neighbours written as one, which is how others write a half-space.
_READ = f"""
WITH single AS (
    SELECT place::integer, word FROM unnest(string_to_array(fa_norm(%(q)s), ' '))
        WITH ORDINALITY AS typed (word, place)
    WHERE place <= {MOST_WORDS} AND word <> ''
), typed AS (
    SELECT place AS first, place AS last, word FROM single
    UNION ALL
    SELECT one.place, two.place, one.word || two.word
    FROM single AS one JOIN single AS two ON two.place = one.place + 1
    UNION ALL
    SELECT one.place, three.place, one.word || two.word || three.word
    FROM single AS one JOIN single AS two ON two.place = one.place + 1
    JOIN single AS three ON three.place = one.place + 2
)
SELECT first, last, typed.word, form, means, services_with(coalesce(means, form)) AS services, now() AS moment,
       EXISTS (SELECT FROM search_stop WHERE search_stop.word = typed.word) AS stop
FROM typed CROSS JOIN unnest(word_forms(typed.word)) AS form
LEFT JOIN LATERAL (
    SELECT NULL AS means
    UNION ALL SELECT search_synonym.means FROM search_synonym WHERE search_synonym.word = form
) AS other ON true
ORDER BY first, last, form, means NULLS FIRST
"""
_KNOWN = """
SELECT word, services_with(word) AS services FROM unnest(%s::text[]) AS word
WHERE EXISTS (SELECT FROM search_posting WHERE search_posting.word = word.word)
ORDER BY word
"""
# The end of the alphabet: every word that begins so lies below it.
_BEGINS = """
SELECT word, services_with(word) AS services FROM search_word
WHERE word >= %(word)s AND word < %(word)s || U&'\\FFFD' AND services_with(word) > 0
ORDER BY length(word), word LIMIT 8
"""
_SIMILAR = """
SELECT word, services_with(word) AS services, (1000 * similarity(word, %(word)s))::integer AS likeness
FROM search_word WHERE word %% %(word)s AND services_with(word) > 0
ORDER BY likeness DESC, word LIMIT 4
"""
# For this transaction only: two of three letters in a row, roughly, must be there.
_LIKENESS = "SELECT set_config('pg_trgm.similarity_threshold', '0.45', true)"


class Meaning(NamedTuple):
    """One indexed word that the typed word at `place` may stand for, `sure` in thousandths."""

    place: int
    word: str
    sure: int


@dataclass(frozen=True)
class Plan:
    """What is looked for. `rarities` says for each place that has meanings how much it counts.

    `corrected` is what was typed with its errors put right, None where nothing had to be. `moment` is when it
    was read, by the clock of the database. An empty plan finds
    nothing: there were words, and no service has them. None in place of a plan: there were no words.
    """

    meanings: tuple[Meaning, ...]
    rarities: dict[int, int]
    corrected: str | None
    moment: datetime

    @property
    def total(self) -> int:
        return sum(self.rarities.values())

    @property
    def digest(self) -> str:
        """Two plans that order services alike have one digest."""
        text = repr((self.meanings, sorted(self.rarities.items())))
        return hashlib.sha256(text.encode()).hexdigest()[:8]

    def parameters(self) -> dict[str, Any]:
        """As the statements of `found_by` take them."""
        return {
            "places": [meaning.place for meaning in self.meanings],
            "words": [meaning.word for meaning in self.meanings],
            "sures": [meaning.sure for meaning in self.meanings],
            "rarities": [self.rarities[meaning.place] for meaning in self.meanings],
            "total": self.total,
        }


FOUND = """
meaning AS (
    SELECT place, word, sure, rarity
    FROM unnest(%(places)s::integer[], %(words)s::text[], %(sures)s::integer[], %(rarities)s::integer[])
        AS meaning (place, word, sure, rarity)
), fitting AS (
    SELECT place, rarity, service_code AS code, sure * weight / 1000 AS fit
    FROM meaning JOIN search_posting USING (word)
    UNION ALL
    SELECT place, rarity, service_facet.code, sure * 350 / 1000
    FROM meaning JOIN authority_word USING (word) JOIN service_facet USING (authority)
), found AS (
    SELECT code, sum(rarity * fit) / %(total)s AS fit FROM (
        SELECT code, place, rarity, max(fit) AS fit FROM fitting GROUP BY code, place, rarity
    ) AS best
    GROUP BY code HAVING 2 * sum(rarity) >= %(total)s
)
"""
"""SQL: `found (code, fit)`: the services that have at least half of what was asked, by the weight of its words.

All of it is whole numbers, so that a hit has the same rank on every page.
"""


def read(connection: Connection, q: str) -> Plan | None:
    """What was typed, as a plan; None when it has no words at all."""
    typed = connection.execute(_READ, {"q": q}).fetchall()
    if not typed:
        return None
    words = {row["first"]: row["word"] for row in typed if row["first"] == row["last"]}
    stops = {row["first"] for row in typed if row["stop"] and row["first"] == row["last"]}
    places = [place for place in words if place not in stops] or list(words)
    draft = _Draft(words, places)
    for row in typed:
        draft.take(row)
    unknown = [place for place in places if not draft.knows(place)]
    if unknown:
        connection.execute(_LIKENESS)
    for place in unknown:
        draft.guess(place, connection)
    return draft.plan(typed[0]["moment"])


class _Draft:
    """A plan while it is made."""

    def __init__(self, words: dict[int, str], places: Sequence[int]) -> None:
        self._words = words
        self._places = frozenset(places)
        self._meanings: dict[tuple[int, str], int] = {}
        self._services: dict[int, int] = {}  # the most services that a meaning of a place has
        self._corrected: dict[int, str] = {}

    def knows(self, place: int) -> bool:
        return place in self._services

    def take(self, row: dict[str, Any]) -> None:
        """A word as it was typed, joined with its neighbours, or by what it means."""
        if not row["services"]:
            return
        joined = row["first"] != row["last"]
        if joined and (row["means"] or len(row["word"]) < _LEAST_FOR_TYPOS):
            return
        sure = _MEANS if row["means"] else _JOINED if joined else _AS_TYPED
        for place in range(row["first"], row["last"] + 1):
            self._add(place, row["means"] or row["form"], sure, row["services"])

    def guess(self, place: int, connection: Connection) -> None:
        """What a word that no service has can have been meant to be: its beginning, two words, an error."""
        word = self._words[place]
        if len(word) >= _LEAST_FOR_BEGINNING:
            for row in connection.execute(_BEGINS, {"word": word}):
                self._add(place, row["word"], _BEGINNING, row["services"])
        may_be_wrong = _LEAST_FOR_TYPOS <= len(word) <= _MOST_FOR_TYPOS and not word.isdigit()
        if self.knows(place) or not may_be_wrong:
            return
        known = {
            row["word"]: row["services"]
            for row in connection.execute(_KNOWN, ([*_one_letter_off(word), *_parts(word)],))
        }
        if parts := next((two for two in _splits(word) if known.keys() >= {*two}), None):
            for number, part in enumerate(parts):
                # Both have to be there, so the second has a place of its own.
                self._add(place + number * _BEHIND, part, _AS_TYPED, known[part])
            self._corrected[place] = " ".join(parts)
            return
        near = [one for one in _one_letter_off(word) if one in known]
        for one in near:
            self._add(place, one, _ONE_LETTER, known[one])
        if not near:
            rows = connection.execute(_SIMILAR, {"word": word}).fetchall()
            for row in rows:
                self._add(
                    place, row["word"], _ONE_LETTER * row["likeness"] // 1000, row["services"]
                )
            near = [row["word"] for row in rows[:1]]
        if near:
            self._corrected[place] = max(near, key=lambda one: (known.get(one, 0), one))

    def plan(self, moment: datetime) -> Plan:
        meanings = tuple(Meaning(*key, sure) for key, sure in sorted(self._meanings.items()))
        corrected = None
        if self._corrected:
            words = self._words | self._corrected
            corrected = " ".join(words[place] for place in sorted(words))
        rarities = {place: _rarity(count) for place, count in self._services.items()}
        return Plan(meanings, rarities, corrected, moment)

    def _add(self, place: int, word: str, sure: int, services: int) -> None:
        if place % _BEHIND in self._places:
            key = (place, word)
            self._meanings[key] = max(sure, self._meanings.get(key, 0))
            self._services[place] = max(services, self._services.get(place, 0))


def _rarity(services: int) -> int:
    return next((rarity for fewer, rarity in _RARITIES if services < fewer), _COMMON)


def _one_letter_off(word: str) -> Iterator[str]:
    """Each once: one letter too many, two letters turned round, one letter wrong, one letter missing."""
    letters = _LETTERS[word.isascii()]
    halves = [(word[:cut], word[cut:]) for cut in range(len(word) + 1)]

    def every() -> Iterable[str]:
        yield from (left + right[1:] for left, right in halves if right)
        yield from (left + right[1] + right[0] + right[2:] for left, right in halves if right[1:])
        yield from (left + one + right[1:] for left, right in halves if right for one in letters)
        yield from (left + one + right for left, right in halves for one in letters)

    return (one for one in dict.fromkeys(every()) if one != word)


def _splits(word: str) -> Iterator[tuple[str, str]]:
    cuts = range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1)
    return ((word[:cut], word[cut:]) for cut in cuts)


def _parts(word: str) -> Iterator[str]:
    return (part for two in _splits(word) for part in two)
