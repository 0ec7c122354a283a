"""What a process holds is read from the kernel, and looked at again while processes come and go."""

from __future__ import annotations

import os

from tests.bench.memory import Watch, pss_mib, rss_mib

NOBODY = 2**22 + 1  # above the greatest process id that Linux gives


def test_what_is_shared_is_counted_by_its_share():
    assert 0 < pss_mib(os.getpid()) <= rss_mib(os.getpid())


def test_a_process_that_has_ended_holds_nothing():
    assert pss_mib(NOBODY) == rss_mib(NOBODY) == 0


def test_a_name_may_stand_for_other_processes_at_the_next_look():
    pids = {"us": [os.getpid()]}
    watch = Watch(lambda: pids)

    watch.look()
    pids["us"] = [NOBODY]
    watch.look()

    first, second = watch.seen["us"]
    assert first > second == 0
