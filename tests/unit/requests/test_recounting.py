"""Whose clocks are counted again, as it is stored with the wait."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from panjareh_common.messaging import Message
from panjareh_requests.application.recounting import Affected, affected_from, recount

AT = datetime(2026, 6, 6, 8, tzinfo=UTC)
codes = st.lists(st.text("abc_", min_size=1, max_size=8), max_size=4, unique=True).map(sorted)
moments = st.none() | st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)).map(
    lambda at: at.replace(tzinfo=UTC)
)


class Unit:
    """As much of a unit of work as is asked of it."""

    now = AT

    def __init__(self) -> None:
        self.waits: list[tuple[datetime, str, UUID, Affected]] = []

    def wait_until(self, at: datetime, kind: str, subject: UUID, detail: str) -> None:
        assert len(detail) < 2_000
        self.waits.append((at, kind, subject, affected_from(detail)))


def heard(*, affected: Affected) -> list[Affected]:
    message = Message("m:1", "catalog", "day_announced.v1", str(uuid4()), AT, 1, {})
    unit: Any = Unit()
    recount(unit, message, affected)
    assert {subject for _, _, subject, _ in unit.waits} == {UUID(message.subject)}
    assert [at > AT for at, _, _, _ in unit.waits] == [False, True]
    return [each for _, _, _, each in unit.waits]


AFFECTED = st.builds(
    Affected,
    codes.map(tuple),
    codes.map(tuple),
    moments,
    moments,
    st.none() | st.uuids(),
    st.booleans(),
)


@given(AFFECTED)
def test_what_is_stored_is_read_again(affected: Affected) -> None:
    assert affected_from(affected.to_text()) == affected


def test_it_is_done_now_and_once_more_in_a_minute() -> None:
    now, later = heard(affected=Affected(("welfare",), since=AT))

    assert now == Affected(("welfare",), since=AT)
    assert later == Affected(("welfare",), since=AT, once_more=True)


def test_an_outage_of_very_many_services_has_all_counted() -> None:
    many = tuple(f"SUB-{number:03}" for number in range(500))

    now, _ = heard(affected=Affected(services=many, since=AT))

    assert now == Affected(since=AT)
