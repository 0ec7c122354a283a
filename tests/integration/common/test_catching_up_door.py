"""The operators' door: how far each subscription has come, and everything once more."""

from __future__ import annotations

import psycopg
import pytest

from panjareh_common.messaging import catching_up_door
from panjareh_feedback.messaging.subscriptions import SUBSCRIPTIONS

NAMES = [each.name for each in SUBSCRIPTIONS]


@pytest.fixture
def feedback(feedback_database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("PANJAREH_FEEDBACK_DATABASE_URL", feedback_database_url)
    return feedback_database_url


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, str]:
    """What the door says of each subscription."""
    capsys.readouterr()
    catching_up_door.main("feedback", list(arguments))
    lines = capsys.readouterr().out.splitlines()
    return dict(line.split(": ", 1) for line in lines)


def test_it_says_where_each_subscription_stands_and_begins_nothing_by_itself(
    feedback: str, capsys: pytest.CaptureFixture[str]
) -> None:
    states = told(capsys)

    assert list(states) == [f"{each.name}, from {each.source}" for each in SUBSCRIPTIONS]
    assert set(states.values()) == {"will begin when the follower process starts"}
    with psycopg.connect(feedback) as connection:
        assert connection.execute("SELECT * FROM catch_up").fetchall() == []


@pytest.mark.parametrize("arguments", [["all"], NAMES[:1]])
def test_what_is_named_begins_at_the_first_event_and_the_rest_is_left(
    feedback: str, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    with psycopg.connect(feedback, autocommit=True) as connection:
        for name in NAMES:
            connection.execute(
                "INSERT INTO catch_up VALUES (%s, 77, '2026-03-21 08:00Z', '2026-03-21 09:00Z')",
                (name,),
            )

        states = told(capsys, *arguments)

        begun = set(NAMES) if arguments == ["all"] else set(arguments)
        rows = connection.execute(
            "SELECT subscription, position, ended_at IS NULL FROM catch_up"
        ).fetchall()
    assert {tuple(row) for row in rows} == {
        (name, 0, True) if name in begun else (name, 77, False) for name in NAMES
    }
    for each in SUBSCRIPTIONS:
        said = states[f"{each.name}, from {each.source}"]
        assert said == (
            "catching up, at position 0"
            if each.name in begun
            else "caught up at 2026-03-21T09:00:00.000000Z; reads its queue"
        )


def test_what_is_not_known_is_said_and_nothing_begins(feedback: str) -> None:
    with pytest.raises(SystemExit, match=r"usage.*feedback\.on_request_moved"):
        catching_up_door.main("feedback", [NAMES[0], "feedback.on_something"])

    with psycopg.connect(feedback) as connection:
        assert connection.execute("SELECT * FROM catch_up").fetchall() == []
