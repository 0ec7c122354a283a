"""Media in the database: one row a content, a bound for each authority, and a list that loses nothing."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.integration.catalog.publishers import asking, refused
from tests.unit.catalog.test_media_formats import SAMPLES

from panjareh_catalog.adapters.media_formats import clean
from panjareh_catalog.application import media
from panjareh_catalog.domain.media_refusals import TooManyMedia, UnknownMedium
from panjareh_catalog.read_model.media import PostgresMedia, StoredMedia
from panjareh_common.database import Database
from panjareh_common.event_store import Cause, EventLog, Keyring
from panjareh_common.refusals import InvalidInput, KeyReused

Shelf = tuple[media.Media, PostgresMedia, EventLog]
FILES = [
    SAMPLES[name] for name in ("photo.jpg", "drawing.png", "photo.webp", "voice.mp3", "film.mp4")
]


@pytest.fixture
def shelf(empty_catalogue: Database) -> Iterator[Shelf]:
    log = EventLog(empty_catalogue, Keyring(b"k" * 32, empty_catalogue))
    rows = PostgresMedia(empty_catalogue)
    return media.Media(log, rows, clean), rows, log


def sent(content: bytes) -> str:
    return base64.b64encode(content).decode()


def test_a_repeat_gets_its_answer_and_another_content_is_another_command(shelf: Shelf) -> None:
    shop, rows, _ = shelf
    once = shop.upload(sent(FILES[0]), asking(key="k1"))

    assert shop.upload(sent(FILES[0]), asking(key="k1")) == once
    with refused(KeyReused):
        shop.upload(sent(FILES[1]), asking(key="k1"))
    assert len(rows.of_authority("mcit", after=None, limit=10)["items"]) == 1


def test_the_same_content_is_one_medium_whoever_sends_it(shelf: Shelf) -> None:
    shop, rows, _ = shelf
    first = shop.upload(sent(FILES[0]), asking("mcit"))
    cleaned = base64.b64decode(rows.one(str(first["id"]))["base64"])

    again = shop.upload(sent(cleaned), asking("police"))

    assert again == first
    assert rows.of_authority("police", after=None, limit=10)["items"] == []


def test_an_authority_stores_so_many_and_no_more_however_they_come(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "MOST_OF_AUTHORITY", 3)
    shop, rows, _ = shelf

    def upload(content: bytes) -> str:
        try:
            return str(shop.upload(sent(content), asking())["id"])
        except Exception as refusal:
            return getattr(refusal, "code", "fell over")

    with ThreadPoolExecutor(5) as pool:
        told = list(pool.map(upload, FILES))

    assert sorted(one for one in told if len(one) != 64) == [TooManyMedia.code] * 2
    assert len(rows.of_authority("mcit", after=None, limit=10)["items"]) == 3
    assert upload(SAMPLES["voice.m4a"]) == TooManyMedia.code
    assert len(str(shop.upload(sent(SAMPLES["voice.m4a"]), asking("police"))["id"])) == 64


def test_the_list_is_leafed_through_without_losing_or_repeating_one(shelf: Shelf) -> None:
    shop, rows, _ = shelf
    ids = [shop.upload(sent(content), asking())["id"] for content in FILES]
    found: list[str] = []
    after: str | None = None
    while True:
        page = rows.of_authority("mcit", after=after, limit=2)
        found += [row["id"] for row in page["items"]]
        if (after := page["next"]) is None:
            break

    assert found == ids[::-1]
    with pytest.raises(InvalidInput):
        rows.of_authority("mcit", after="nonsense", limit=2)


def test_a_card_is_checked_against_what_is_stored(shelf: Shelf) -> None:
    shop, rows, log = shelf
    medium_id = str(shop.upload(sent(SAMPLES["voice.mp3"]), asking())["id"])

    with log.unit_of_work(Cause("operator", "operator", "internal")) as unit:
        known = StoredMedia(unit)
        assert (known.get(medium_id), known.get("0" * 64)) == ("audio", None)
        assert (list(known), len(known)) == ([medium_id], 1)
    with refused(UnknownMedium):
        rows.one("0" * 64)
