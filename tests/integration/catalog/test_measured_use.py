"""How services are used and liked, as others tell it: counted once, shown with privacy kept, and heard in searches (C1, F4)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.json import Json
from tests.contract.public_events import sample
from tests.finding import codes, find, walk
from tests.integration.catalog.small_catalogues import WORDS, card_of, keep

from panjareh_catalog.domain.finding_refusals import SearchChanged

LISTENER = "catalog.test"
PLAIN = {
    "authority": "top",
    "words": WORDS[:1],
    "life_events": [],
    "audience": "anyone",
    "channels": ["web"],
    "decision_mode": "officers",
    "file": False,
    "required_loa": 1,
    "standing": "published",
    "old_format": False,
}


def asked_for(code: str, message_id: str | None = None):
    message = sample("request_submitted.v1")
    data = {**message.data, "service_code": code}
    return replace(message, id=message_id or f"{uuid4()}:1", data=data)


def rated(code: str, rating: int, feedback: UUID | None = None, sequence: int = 1):
    message, subject = sample("feedback_given.v1"), str(feedback or uuid4())
    data = {**message.data, "service_code": code, "rating": rating}
    return replace(
        message, id=f"{subject}:{sequence:010}", subject=subject, sequence=sequence, data=data
    )


def an_hour_passes(database):
    """What was counted comes into force."""
    with database.connection() as connection:
        connection.execute("UPDATE service_use SET next_since = '-infinity'")


def test_a_request_counts_once_however_often_it_is_told(measured_use):
    message = asked_for("TEST-000")

    for _ in range(3):
        measured_use.keep(message, LISTENER)
    measured_use.keep(asked_for("TEST-000"), LISTENER)

    assert measured_use.of(["TEST-000", "TEST-001"]) == {
        "TEST-000": {"submitted": 2, "rated": 0, "mean": None},
        "TEST-001": {"submitted": 0, "rated": 0, "mean": None},
    }


def test_many_at_once_are_all_counted(measured_use):
    """Side by side their commits are shared, and some of them are repeats."""
    messages = [asked_for(f"TEST-{number % 3:03}") for number in range(90)]
    feedbacks = [uuid4() for _ in range(30)]
    messages += [
        rated("TEST-000", rating, one, rating) for one in feedbacks for rating in (1, 2, 5)
    ]

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda each: measured_use.keep(each, LISTENER), messages * 2))

    numbers = measured_use.of(["TEST-000", "TEST-001", "TEST-002"])
    assert [each["submitted"] for each in numbers.values()] == [30, 30, 30]
    assert numbers["TEST-000"] == {"submitted": 30, "rated": 30, "mean": 5.0}


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.permutations(
        [(0, 1, 1), (0, 2, 5), (0, 3, 3), (1, 1, 2), (2, 1, 4), (3, 1, 4), (4, 1, 1), (4, 2, 2)]
    )
)
def test_of_ratings_that_changed_the_last_one_holds_in_any_order(measured_use, told):
    code, feedbacks = f"TEST-{uuid4()}", [uuid4() for _ in range(5)]

    for who, sequence, rating in told:
        measured_use.keep(rated(code, rating, feedbacks[who], sequence), LISTENER)

    assert measured_use.of([code])[code] == {"submitted": 0, "rated": 5, "mean": 3.0}


def test_fewer_than_five_ratings_are_not_told(measured_use):
    for rating in (1, 5, 5, 5):
        measured_use.keep(rated("TEST-000", rating), LISTENER)

    assert measured_use.of(["TEST-000"])["TEST-000"] == {
        "submitted": 0,
        "rated": None,
        "mean": None,
    }

    measured_use.keep(rated("TEST-000", 4), LISTENER)

    assert measured_use.of(["TEST-000"])["TEST-000"] == {"submitted": 0, "rated": 5, "mean": 4.0}


def test_of_two_that_fit_alike_the_more_used_comes_first(empty_catalogue, view, measured_use):
    keep(empty_catalogue, [PLAIN] * 3)
    assert codes(find(view, WORDS[0])) == ["TEST-000", "TEST-001", "TEST-002"]

    for _ in range(10):
        measured_use.keep(asked_for("TEST-002"), LISTENER)

    assert codes(find(view, WORDS[0])) == ["TEST-000", "TEST-001", "TEST-002"], (
        "not before the hour"
    )
    an_hour_passes(empty_catalogue)
    assert codes(find(view, WORDS[0])) == ["TEST-002", "TEST-000", "TEST-001"]


def test_what_people_dislike_comes_later(empty_catalogue, view, measured_use):
    keep(empty_catalogue, [PLAIN] * 3)
    for code, rating in [("TEST-000", 1), ("TEST-002", 5)]:
        for _ in range(20):
            measured_use.keep(rated(code, rating), LISTENER)

    an_hour_passes(empty_catalogue)

    assert codes(find(view, WORDS[0])) == ["TEST-002", "TEST-001", "TEST-000"]


def test_use_moves_no_service_past_one_that_fits_much_better(empty_catalogue, view, measured_use):
    both, one = PLAIN | {"words": WORDS[:2]}, PLAIN | {"words": [WORDS[0], *WORDS[2:4]]}
    keep(empty_catalogue, [one, both])
    with empty_catalogue.connection() as connection:
        connection.execute(
            "INSERT INTO service_use (service_code, submitted) VALUES ('TEST-000', 1000000000)"
        )
    an_hour_passes(empty_catalogue)

    assert codes(find(view, f"{WORDS[0]} {WORDS[1]}")) == ["TEST-001", "TEST-000"]


def test_most_used_services_are_shown_where_nothing_is_found(empty_catalogue, view, measured_use):
    keep(empty_catalogue, [PLAIN] * 2 + [PLAIN | {"standing": "retired"}])
    for code in ("TEST-001", "TEST-002"):
        measured_use.keep(asked_for(code), LISTENER)

    popular = find(view, "نهنگ")["suggestions"]["popular"]

    assert [row["code"] for row in popular] == ["TEST-001"]


def test_a_card_tells_how_its_service_is_used(empty_catalogue, view, measured_use):
    keep(empty_catalogue, [PLAIN])
    for _ in range(5):
        measured_use.keep(rated("TEST-000", 4), LISTENER)
        measured_use.keep(asked_for("TEST-000"), LISTENER)

    assert view.get("TEST-000", "fa")["use"] == {"submitted": 5, "rated": 5, "mean": 4.0}


# Paging, while others do what they do.

moves = st.lists(
    st.one_of(
        st.tuples(st.just("asked"), st.integers(0, 7)),
        st.tuples(st.just("rated"), st.integers(0, 7)),
        st.tuples(st.just("published_anew"), st.integers(0, 7)),
    ),
    max_size=12,
)


def move(what: str, number: int, database, measured_use) -> None:
    code = f"TEST-{number:03}"
    if what == "published_anew":
        publish_anew(database, code)
    for _ in range(20 if what == "asked" else 0):
        measured_use.keep(asked_for(code), LISTENER)
    for _ in range(6 if what == "rated" else 0):
        measured_use.keep(rated(code, 1 + number % 5), LISTENER)


def the_hour_strikes(database) -> None:
    """From now on what was counted is in force; before, it was not."""
    with database.connection() as connection:
        connection.execute("UPDATE service_use SET next_since = now() WHERE next_since > now()")


def publish_anew(database, code: str) -> None:
    """With a shorter name, so that it fits better than before."""
    card = card_of(int(code[-3:]), PLAIN | {"words": WORDS[:1]})
    with database.connection() as connection:
        connection.execute(
            "UPDATE public_service SET version = version + 1, card = %s, published_at = now() WHERE code = %s",
            (Json(card), code),
        )


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(moves=moves, paging=st.tuples(st.integers(1, 3), st.integers(0, 4)))
def test_a_search_is_leafed_through_in_the_order_in_which_it_began(
    empty_catalogue, view, measured_use, moves, paging
):
    """None is lost, and none comes twice but one that was published anew meanwhile. The hour strikes once."""
    limit, strikes = paging
    keep(empty_catalogue, [PLAIN | {"words": [WORDS[0], *WORDS[1 : 1 + n % 3]]} for n in range(8)])
    began = codes(find(view, WORDS[0], limit=100))
    anew = {f"TEST-{number:03}" for what, number in moves if what == "published_anew"}

    found, seen = find(view, WORDS[0], limit=limit), []
    seen += codes(found)
    while found["next"]:
        if moves:
            move(*moves.pop(), empty_catalogue, measured_use)
        if strikes == 0:
            the_hour_strikes(empty_catalogue)
        strikes -= 1
        found = find(view, WORDS[0], limit=limit, after=found["next"])
        seen += codes(found)

    assert {*seen} == {*began}
    assert {code for code in seen if seen.count(code) > 1} <= anew
    assert [code for code in seen if code not in anew] == [c for c in began if c not in anew]


def test_a_search_whose_words_mean_something_else_now_is_begun_again(empty_catalogue, view):
    """Another word became the likely meaning of what was typed: the order is another one."""
    keep(empty_catalogue, [PLAIN] * 3)
    typed = WORDS[0][:-1] + "ق"
    after = find(view, typed, limit=1)["next"]
    publish_anew(empty_catalogue, "TEST-001")
    assert find(view, typed, limit=1, after=after)["items"], "its words are the same"

    with empty_catalogue.connection() as connection:
        card = card_of(2, PLAIN | {"words": [typed]})
        connection.execute(
            "UPDATE public_service SET version = 2, card = %s WHERE code = 'TEST-002'",
            (Json(card),),
        )

    with pytest.raises(SearchChanged):
        find(view, typed, limit=1, after=after)


def test_a_list_by_code_bears_everything(empty_catalogue, view, measured_use):
    keep(empty_catalogue, [PLAIN] * 8)

    assert walk(view, limit=3) == [f"TEST-{number:03}" for number in range(8)]
