"""Counts of facets are what one gets by counting (C1): any catalogue, any question, against plain Python."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb
from tests.big_catalogue import Card
from tests.finding import codes, find, walk
from tests.integration.catalog.small_catalogues import PARENTS, WORDS, keep

from panjareh_catalog.domain.smartness import is_smart

LIFE_EVENTS, CHANNELS = ["birth", "death", "travel"], ["web", "counter", "sms"]

services = st.lists(
    st.fixed_dictionaries(
        {
            "authority": st.sampled_from(sorted(PARENTS)),
            "words": st.lists(st.sampled_from(WORDS), min_size=1, max_size=3, unique=True),
            "life_events": st.lists(st.sampled_from(LIFE_EVENTS), unique=True),
            "audience": st.sampled_from(["persons", "organisations", "anyone"]),
            "channels": st.lists(st.sampled_from(CHANNELS), min_size=1, unique=True),
            "decision_mode": st.sampled_from(["rules", "officers"]),
            "file": st.booleans(),
            "rules": st.sampled_from([None, {"rows": []}, {"otherwise": {"fa": "x", "en": "x"}}]),
            "required_loa": st.integers(1, 4),
            "standing": st.sampled_from(["published", "published", "suspended", "retired"]),
            "old_format": st.booleans(),
        }
    ),
    max_size=12,
)
questions = st.fixed_dictionaries(
    {},
    optional={
        "q": st.lists(st.sampled_from(WORDS), min_size=1, max_size=2, unique=True).map(" ".join),
        "authority": st.sampled_from(sorted(PARENTS)),
        "life_event": st.sampled_from(LIFE_EVENTS),
        "audience": st.sampled_from(["persons", "organisations"]),
        "channel": st.sampled_from(CHANNELS),
        "smart": st.booleans(),
        "loa": st.integers(1, 4),
        "status": st.sampled_from(["published", "suspended", "retired", "any"]),
    },
)


# The same, without a database.


def above(code: str | None) -> set[str]:
    return set() if code is None else {code} | above(PARENTS[code])


def values_of(card: Card) -> dict[str, set[Any]]:
    """Which choices of each facet this card would be found under."""
    anyone = card["audience"] == "anyone"
    return {
        "authority": above(card["authority"]),
        "life_event": {*card["life_events"]},
        "audience": {"persons", "organisations"} if anyone else {card["audience"]},
        "channel": {c if isinstance(c, str) else c["channel"] for c in card["channels"]},
        "smart": {is_smart(card)},
        "loa": {*range(card["required_loa"], 5)},
    }


def said(card: Card, q: str | None, every: list[Card]) -> bool:
    """Whether at least half of the words that any service has stand in its name."""
    known = [word for word in (q or "").split() if any(word in c["name"]["fa"] for c in every)]
    if q is None:
        return True
    return bool(known) and 2 * sum(word in card["name"]["fa"] for word in known) >= len(known)


def by_hand(
    cards: list[tuple[Card, str]], asked: dict[str, Any]
) -> tuple[set[str], dict[str, dict[str, int]]]:
    status, every = asked.get("status", "published"), [card for card, _ in cards]
    found = [
        card
        for card, standing in cards
        if status in ("any", standing) and said(card, asked.get("q"), every)
    ]
    facets = ["authority", "life_event", "audience", "channel", "smart", "loa"]

    def met(card: Card, but: str | None = None) -> bool:
        return all(asked[f] in values_of(card)[f] for f in facets if f in asked and f != but)

    counts: dict[str, dict[str, int]] = {facet: {} for facet in facets}
    for facet in facets:
        for card in found:
            if met(card, facet):
                for value in values_of(card)[facet]:
                    name = str(value).lower() if facet == "smart" else str(value)
                    counts[facet][name] = counts[facet].get(name, 0) + 1
    return {card["code"] for card in found if met(card)}, counts


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(drawn=services, asked=questions)
def test_counts_are_those_of_counting(empty_catalogue, view, drawn, asked):
    cards = keep(empty_catalogue, drawn)

    found = find(view, **asked, facets=True, limit=100)

    wanted, counts = by_hand(cards, asked)
    assert {*codes(found)} == wanted
    assert found["total"] == len(wanted)
    told = {
        facet: {v["value"]: v["count"] for v in values} for facet, values in found["facets"].items()
    }
    assert told == counts


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(drawn=services, asked=questions, limit=st.integers(1, 3))
def test_pages_put_together_are_the_whole(empty_catalogue, view, drawn, asked, limit):
    keep(empty_catalogue, drawn)

    assert walk(view, **asked, limit=limit) == codes(find(view, **asked, limit=100))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(drawn=services, asked=questions)
def test_what_would_help_is_true(empty_catalogue, view, drawn, asked):
    """Each suggestion of an empty answer: without that facet there are so many."""
    keep(empty_catalogue, drawn)
    found = find(view, **asked)

    assert (found["suggestions"] is None) == bool(found["items"])
    for wider in (found["suggestions"] or {"widen": []})["widen"]:
        rest = {name: value for name, value in asked.items() if name != wider["facet"]}
        assert find(view, **rest)["total"] == wider["count"] > 0


@pytest.mark.parametrize("facet", ["authority", "life_event", "channel", "audience"])
def test_values_have_titles_in_the_readers_language(empty_catalogue, view, facet):
    drawn = {"authority": "leaf", "words": WORDS[:1], "life_events": ["birth"], "audience": "anyone",
             "channels": ["web"], "decision_mode": "rules", "file": False, "required_loa": 1,
             "standing": "published", "old_format": False}  # fmt: skip
    keep(empty_catalogue, [drawn])
    with empty_catalogue.connection() as connection:
        name = Jsonb({"fa": "تولد", "en": "Birth"})
        connection.execute("INSERT INTO life_event VALUES ('birth', %s, 1)", (name,))
        connection.execute(
            'UPDATE authority SET name = \'{"fa": "برگ", "en": "Leaf"}\' WHERE code = \'leaf\''
        )

    values = {
        v["value"]: v["title"] for v in find(view, facets=True, language="en")["facets"][facet]
    }

    titles = {
        "authority": "Leaf",
        "life_event": "Birth",
        "channel": "web",
        "audience": "persons",
    }
    assert titles[facet] in values.values()


def test_a_life_event_is_listed_with_how_many_services_it_has(empty_catalogue, view):
    test_values_have_titles_in_the_readers_language(empty_catalogue, view, "life_event")
    with empty_catalogue.connection() as connection:
        connection.execute(
            'INSERT INTO life_event VALUES (\'death\', \'{"fa": "فوت", "en": "Death"}\', 2)'
        )

    first = view.life_events(after=None, limit=1, language="en")
    second = view.life_events(after=first["next"], limit=1, language="en")

    assert [(i["code"], i["name"], i["services"]) for i in first["items"] + second["items"]] == [
        ("birth", "Birth", 1), ("death", "Death", 0)
    ]  # fmt: skip
    assert second["next"] is None
