"""The ledger of erasures: each id once, on the disk, and never guessed at."""

import threading
from uuid import UUID, uuid4

import pytest
from structlog.testing import capture_logs

from panjareh_common.erasure import Erasures, LedgerFile, LedgerLog, LedgerUnreadable, ledger_of


@pytest.fixture
def ledger(tmp_path):
    return LedgerFile(tmp_path / "erasures", "requests")


def test_ids_are_kept_in_order_each_once(ledger):
    first, second = uuid4(), uuid4()

    for person_id in (first, second, first):
        ledger.add(person_id)

    assert ledger.ids() == [first, second]
    assert ledger.path.read_text() == f"{first}\n{second}\n"
    assert ledger.path.name == "requests.erased"


def test_where_nobody_was_erased_there_is_no_file_and_nobody_in_it(ledger):
    assert ledger.ids() == []
    assert not ledger.path.exists()


def test_a_line_that_a_crash_cut_off_is_nobody_and_the_next_stands_whole(ledger):
    first, cut, second = uuid4(), uuid4(), uuid4()
    ledger.add(first)
    with ledger.path.open("a") as file:
        file.write(str(cut)[:20])

    assert ledger.ids() == [first]
    ledger.add(second)
    assert ledger.ids() == [first, second]


@pytest.mark.parametrize("line", ["somebody", "", "9900000013", "\xff"])
def test_what_is_no_id_is_not_passed_over(ledger, line):
    ledger.add(uuid4())
    with ledger.path.open("a", encoding="latin-1") as file:
        file.write(f"{line}\n")

    with pytest.raises(LedgerUnreadable):
        ledger.ids()


def test_many_who_note_the_same_person_note_them_once(ledger):
    people = [uuid4() for _ in range(20)]

    def note_all():
        for person_id in people:
            ledger.add(person_id)

    threads = [threading.Thread(target=note_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(ledger.ids()) == sorted(people)


def test_without_a_folder_the_log_is_told():
    person_id = uuid4()
    ledger = ledger_of("requests", "")

    with capture_logs() as logged:
        ledger.add(person_id)

    assert isinstance(ledger, LedgerLog)
    assert logged == [
        {"event": "person_erased", "log_level": "info", "person_id": str(person_id)},
    ]


class Log:
    """An event log, and its keyring, that say what is done to them in which order."""

    def __init__(self, ledger, fails=None):
        self.keyring, self.done, self._ledger, self._fails = self, [], ledger, fails

    def erase(self, person_id: UUID) -> None:
        assert person_id in self._ledger.ids(), "noted before the key is destroyed"
        if self._fails:
            raise self._fails
        self.done.append("key destroyed")

    def forget(self, person_id: UUID) -> None:
        self.done.append("memory dropped")


def test_a_person_is_noted_before_the_key_is_destroyed_and_forgotten_after(ledger):
    log = Log(ledger)

    Erasures(log, ledger).erase(uuid4())

    assert log.done == ["key destroyed", "memory dropped"]


def test_what_cannot_be_noted_is_not_done(tmp_path):
    (tmp_path / "erasures").write_text("a file where the folder should be")
    ledger = LedgerFile(tmp_path / "erasures", "requests")
    log = Log(ledger)

    with pytest.raises(OSError, match="erasures"):
        Erasures(log, ledger).erase(uuid4())

    assert log.done == []


def test_memory_is_dropped_even_where_the_database_is_away(ledger):
    log = Log(ledger, fails=RuntimeError("away"))

    with pytest.raises(RuntimeError):
        Erasures(log, ledger).erase(uuid4())

    assert log.done == ["memory dropped"]
