"""The rows that searches read: filled for what was published before, kept when many publish at once, told words by operators."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import psycopg
import pytest
from marshmallow import ValidationError
from psycopg import sql
from psycopg.types.json import Jsonb
from tests import big_catalogue
from tests.finding import codes, find

from panjareh_catalog.domain.smartness import is_smart
from panjareh_catalog.read_model.services_view import ServicesView
from panjareh_catalog.read_model.synonyms import Synonyms
from panjareh_catalog.schemas.synonyms import SynonymsSchema
from panjareh_common.database import Database
from panjareh_common.migrations.run import _migrations

BEFORE = 4  # the last migration before searches had rows of their own


def known():
    return islice(big_catalogue.cards(28), 28)


@pytest.fixture
def upgraded(servers, make_database_url):
    """A catalogue that was published before there were these rows, and then migrated."""
    url = make_database_url("common")
    texts = _migrations("catalog")
    with psycopg.connect(url, autocommit=True) as connection:
        for number, text in texts:
            if number <= BEFORE:
                connection.execute(text.encode())
    big_catalogue.fill(url, known())
    with psycopg.connect(url, autocommit=True) as connection:
        for number, text in texts:
            if number > BEFORE:
                connection.execute(text.encode())
    database = Database(url)
    database.open()
    yield database
    database.close()


def test_what_was_published_before_is_found_after_the_migration(upgraded):
    view = ServicesView(upgraded)

    for code, _, fa, en, *_ in big_catalogue.KNOWN:
        assert codes(find(view, fa))[0] == code
        assert code in codes(find(view, en))
    assert find(view, facets=True)["facets"]["authority"][0]["value"] == "state"


def test_the_rows_say_of_smartness_what_the_domain_says(upgraded):
    smart = {card["code"] for card in known() if is_smart(card)}

    assert {*codes(find(ServicesView(upgraded), smart="true", limit=100))} == smart
    assert 0 < len(smart) < 28


def test_many_services_come_in_at_once_from_two_sides(empty_catalogue, catalog_database_url, view):
    """Each run brings the same words in another order; neither waits for the other for ever."""
    big_catalogue.fill(catalog_database_url, iter(()))
    every = list(islice(big_catalogue.cards(128), 28, 128))

    def bring_in(cards):
        with psycopg.connect(catalog_database_url) as connection, connection.cursor() as cursor:
            cursor.executemany(big_catalogue.PUT, [big_catalogue.row(card) for card in cards])

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(bring_in, [every[:50], every[:49:-1]]))

    assert find(view)["total"] == 100
    assert find(view, every[0]["name"]["fa"])["items"]


def test_an_authority_is_renamed_and_found_by_its_new_name(
    empty_catalogue, catalog_database_url, view
):
    big_catalogue.fill(catalog_database_url, known())

    with empty_catalogue.connection() as connection:
        statement = sql.SQL("UPDATE authority SET name = %s WHERE code = 'culture'")
        connection.execute(statement, (Jsonb({"fa": "ادارهٔ زرافه", "en": "Giraffes"}),))

    assert codes(find(view, "زرافه")) == codes(find(view, "giraffe")) == ["JRN-001"]


@pytest.mark.parametrize("written", ["كارناوال", "کارناوال"])
def test_a_word_of_the_operators_works_at_once(
    empty_catalogue, catalog_database_url, view, written
):
    big_catalogue.fill(catalog_database_url, known())
    assert codes(find(view, "کارناوال")) == []

    kept = Synonyms(empty_catalogue).keep({written: ["گذرنامه", "passport"]})

    assert kept == {written: ["passport", "گذرنامه"]}
    assert {*codes(find(view, "کارناوال"))} == {"PASS-001", "PASS-002"}

    Synonyms(empty_catalogue).keep({written: []})

    assert codes(find(view, "کارناوال")) == []


def test_a_word_keeps_what_another_file_says_of_others(empty_catalogue, catalog_database_url, view):
    big_catalogue.fill(catalog_database_url, known())

    Synonyms(empty_catalogue).keep({"کارناوال": ["گذرنامه"]})

    assert codes(find(view, "پاسپورت"))[:1] == ["PASS-001"]


@pytest.mark.parametrize(
    "file",
    [
        {},
        {"synonyms": ["پاسپورت"]},
        {"synonyms": {"کارت ملی": ["کارت"]}},
        {"synonyms": {"کارت": ["کارت\u200cملی"]}},
        {"synonyms": {"x": ["یک"]}},
        {"synonyms": {}, "more": 1},
    ],
)
def test_a_file_of_synonyms_that_does_not_fit_is_refused(file):
    with pytest.raises(ValidationError):
        SynonymsSchema().load(file)
