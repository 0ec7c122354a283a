"""kill -9 in the middle of making a view again: readers see a whole view all the while, and in the end the right one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from panjareh_common.following import Lease, catch_up
from panjareh_common.rebuild import rebuild
from tests.faults.core.ground import Ground, kill_everywhere
from tests.faults.core.ours import Journal
from tests.faults.core.scenes import Place, Tally, Tallying, because

pytestmark = pytest.mark.faults

JOURNALS = 20
WRONG = 1_000


def write(ground: Ground, run: str, journals: int) -> None:
    with ground.log.unit_of_work(because(run)) as unit:
        for number in range(journals):
            journal = Journal.begin("begun")
            for _ in range(number % 5):
                journal.write("written")
            unit.save(journal)


def truth(ground: Ground) -> dict[UUID, int]:
    rows = ground.connection.execute("SELECT stream, count(*) AS events FROM event GROUP BY stream")
    return {row["stream"]: row["events"] for row in rows}


def view(ground: Ground) -> dict[UUID, int]:
    rows = ground.connection.execute("SELECT stream, events FROM tally")
    return {row["stream"]: row["events"] for row in rows}


def test_a_follower_that_never_ran_goes_on_from_where_a_rebuild_ended(ground: Ground) -> None:
    write(ground, "before", JOURNALS)

    rebuild(ground.url, Tally())
    assert view(ground) == truth(ground)
    write(ground, "later", JOURNALS)
    catch_up(ground.log, Tallying())

    assert view(ground) == truth(ground)


def test_a_view_is_whole_and_right_wherever_its_rebuild_is_killed(ground: Ground) -> None:
    write(ground, "before", JOURNALS)
    lease = Lease(ground.url, *Tallying().places)  # its follower has been at work
    assert lease.take()
    lease.release()

    def prepare() -> Place:
        """A view that is up to date and wrong; and then an event that it does not show yet."""
        catch_up(ground.log, Tallying())
        ground.connection.execute("UPDATE tally SET events = events + %s", (WRONG,))
        place = ground.place()
        write(ground, place.run, 1)
        return place

    def look(place: Place, answered: dict[str, Any]) -> None:
        shown, right = view(ground), truth(ground)
        (new,) = ground.values("SELECT stream FROM event WHERE metadata->>'cause' = %s", place.run)
        as_it_was = {stream: events + WRONG for stream, events in right.items() if stream != new}
        assert shown == right or (shown == as_it_was and not answered)
        write(ground, f"{place.run}, meanwhile", 1)

    def finished(place: Place, answered: dict[str, Any], again: dict[str, Any]) -> None:
        assert view(ground) == truth(ground)
        write(ground, f"{place.run}, later", 1)
        catch_up(ground.log, Tallying())
        assert view(ground) == truth(ground), "followers go on from where the rebuild ended"

    module = "panjareh_common.rebuild"
    kills = kill_everywhere(
        ground,
        "rebuilding",
        [f"{module}:rebuild"],
        places=("_begin", "_fold_some", "_swap"),
        prepare=prepare,
        look=look,
        finished=finished,
    )
    assert kills > 40
