"""What probes make of answers, where they may knock, how they ask, and how all of it is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from panjareh_catalog.adapters.http_probe import HttpProber
from panjareh_catalog.domain.availability import (
    WINDOW,
    Watched,
    at_window,
    may_be_probed,
    share,
)
from panjareh_catalog.read_model.availability import channel_told
from panjareh_catalog.read_model.discovery import iso_duration, outages, status
from panjareh_catalog.schemas.register_files import RegisterUnfit, read_days, read_quotas
from panjareh_common.calendar import WorkingCalendar

AT = datetime(2026, 6, 15, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NEW = Watched("https://a.test", "welfare")


def after(answers, watched=NEW):
    for number, answered in enumerate(answers):
        watched = watched.after(answered, AT + number * MINUTE)
    return watched


def test_three_failures_in_a_row_begin_an_incident_at_the_first_of_them():
    assert not after([True, False, False]).begins_incident
    assert not after([False, False, True, False]).begins_incident
    down = after([True, False, False, False])
    assert down.begins_incident
    assert down.down_since == AT + MINUTE


def test_two_good_answers_end_it():
    going = Watched("https://a.test", "welfare", failures=3, down_since=AT, in_incident=True)

    assert not after([True], going).ends_incident
    assert not after([True, False, True], going).ends_incident
    assert after([True], going).down_since == AT
    well = after([True, True], going)
    assert well.ends_incident
    assert well.down_since is None


@given(st.lists(st.booleans(), max_size=40))
def test_there_is_a_beginning_of_failing_exactly_while_it_fails(answers):
    watched = after(answers)

    assert (watched.down_since is not None) == (watched.failures > 0)
    assert watched.failures == 0 or watched.successes == 0


def test_a_share_is_rounded_down_and_not_told_of_too_few():
    assert share(19, 19) is None
    assert share(30_000, 29_999) == Decimal("0.9999")
    assert share(100, 100) == 1


@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("https://welfare.test/apply", True),
        ("http://online.welfare.test:8080/", True),
        ("https://WELFARE.test", True),
        ("https://evilwelfare.test", False),
        ("https://welfare.test.evil.example", False),
        ("https://welfare.test@evil.example/", False),
        ("https://user:secret@welfare.test/", False),
        ("http://10.0.0.1/", False),
        ("file:///etc/passwd", False),
        ("welfare.test", False),
        ("https://[welfare.test", False),
        ("https://[::1", False),
    ],
)
def test_only_the_authoritys_own_hosts_are_asked(address, may):
    assert may_be_probed(address, ("welfare.test",)) is may
    assert not may_be_probed(address, ())


@pytest.mark.parametrize("status", [200, 204, 302, 401, 403, 405, 429])
def test_a_channel_answers_when_somebody_is_there(status):
    assert NEW.answers(status)


@pytest.mark.parametrize("status", [404, 410, 500, 502, 503, None])
def test_a_channel_that_says_it_cannot_or_says_nothing_does_not_answer(status):
    assert not NEW.answers(status)


@pytest.mark.parametrize(
    ("status", "answers"), [(200, True), (204, False), (302, False), (429, False), (None, False)]
)
def test_of_the_window_only_the_page_itself_will_do(status, answers):
    assert Watched(WINDOW, "panjareh").answers(status) is answers


@pytest.mark.parametrize(
    ("channel", "at"),
    [
        ({"channel": "web"}, True),
        ({"channel": "mobile", "address": None}, True),
        ({"channel": "web", "address": "https://a.test"}, False),
        ({"channel": "counter"}, False),
        ({"channel": "sms"}, False),
    ],
)
def test_web_and_mobile_without_an_address_are_at_the_window(channel, at):
    assert at_window(channel) is at


# Over HTTP


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/slow":
            time.sleep(6)
        if self.path == "/drip":
            self.drip()
            return
        code = int(self.path.strip("/")) if self.path.strip("/").isdigit() else 200
        self.send_response(code)
        if code == 302:
            self.send_header("Location", "http://127.0.0.1:9/never")
        self.end_headers()

    def drip(self):
        """A header that never ends: each byte comes in time, the whole does not."""
        try:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
            for _ in range(120):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.05)
        except OSError:
            pass

    def log_message(self, *args):
        pass


@pytest.fixture
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_what_answers_is_told_from_what_does_not(site):
    prober = HttpProber(timedelta(seconds=2))
    said = {f"{site}/{code}": code for code in (200, 204, 302, 401, 429, 404, 503)}
    silent = [f"{site}/slow", f"{site}/drip", "http://127.0.0.1:9/", "http://[broken", "x://y"]
    began = time.monotonic()

    answers = prober.statuses([*said, *silent])

    assert answers == said | dict.fromkeys(silent)
    assert time.monotonic() - began < 3.9  # side by side, and each within its deadline


# As it is told


def test_a_channel_whose_hours_are_only_words_says_nothing_of_now():
    told = channel_told({"channel": "web"}, None, WorkingCalendar(), AT, "en")

    assert (told["open_now"], told["opens_at"], told["measured"]) == (None, None, None)


def test_hours_that_cannot_be_read_are_no_wrong_answer():
    told = channel_told({"channel": "web", "open": "dawn"}, None, WorkingCalendar(), AT, "en")

    assert told["open_now"] is None


def test_a_channel_that_is_closed_says_when_it_opens_and_why_it_is_closed():
    nowruz = datetime(2026, 3, 21, 8, 0, tzinfo=UTC)
    hours = {"days": ["saturday", "wednesday"], "from": "08:00", "to": "14:00"}

    told = channel_told(
        {"channel": "counter", "open": hours}, None, WorkingCalendar(), nowruz, "en"
    )

    assert told["open_now"] is False
    assert "Nowruz" in told["holiday_today"]
    assert told["opens_at"] == datetime(2026, 3, 25, 4, 30, tzinfo=UTC)


def row(**changes):
    told = {
        "kind": "planned",
        "state": "under_way",
        "services": ["SUB-003"],
        "authorities": [],
        "channels": [],
        "partial": False,
        "starts_at": AT - MINUTE,
        "ends_at": AT + 90 * MINUTE,
        "announced_at": AT - 5 * MINUTE,
        "changed_at": AT - 5 * MINUTE,
        "explanation": {"fa": "نگهداری", "en": "Maintenance"},
    }
    return told | changes


INCIDENT = {"kind": "incident", "ends_at": None, "announced_at": AT}


@pytest.mark.parametrize(
    ("rows", "word"),
    [
        ([], "OK"),
        ([row(state="announced")], "OK"),
        ([row()], "SCHEDULED_OUTAGE"),
        ([row(), row(**INCIDENT)], "PARTIAL_FAILURE"),
        ([row(**INCIDENT, services=[]), row()], "UNAVAILABLE"),
        ([row(**INCIDENT, services=[], partial=True)], "PARTIAL_FAILURE"),
        ([row(**INCIDENT, services=[], channels=["sms"])], "PARTIAL_FAILURE"),
        ([row(**INCIDENT, services=[], channels=["web"])], "PARTIAL_FAILURE"),
        ([row(**INCIDENT, channels=["mobile", "web"])], "PARTIAL_FAILURE"),
        # The window is down for people.
        ([row(**INCIDENT, services=[], channels=["mobile", "web"])], "UNAVAILABLE"),
    ],
)
def test_the_status_is_the_worst_that_is_unexpected(rows, word):
    data = status(rows, now=AT, language="en", link="l")["data"]

    assert data["status"] == word
    # As the standard has it: mandatory when not OK, and detection only of what was not planned.
    assert ("explanation" in data) == (word != "OK")
    assert ("detectionTime" in data) == (word in {"PARTIAL_FAILURE", "UNAVAILABLE"})


def test_the_status_says_how_many_more_outages_there_are():
    rows = [row(**INCIDENT), row(), row()]

    english = status(rows, now=AT, language="en", link="l")["data"]["explanation"]
    persian = status(rows, now=AT, language="fa", link="l")["data"]["explanation"]

    assert english == "Maintenance And 2 more outages: see /api/v1/outages."
    assert persian.startswith("نگهداری و ۲ قطعی دیگر")


def test_a_resolution_is_expected_only_when_every_end_is_known():
    known = status([row()], now=AT, language="en", link="l")["data"]
    unknown = status([row(**INCIDENT)], now=AT, language="en", link="l")["data"]

    assert known["expectedResolutionTime"] == "2026-06-15T09:30:00.000000Z"
    assert "expectedResolutionTime" not in unknown


def test_incidents_are_not_among_the_planned_outages():
    told = outages([row(**INCIDENT), row(services=[])], language="fa", link="l")["data"]["outages"]

    assert [(each["duration"], each["isPartial"]) for each in told] == [("PT1H31M", False)]


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(), "PT0S"),
        (timedelta(seconds=90), "PT1M30S"),
        (timedelta(hours=2), "PT2H"),
        (timedelta(days=1), "P1D"),
        (timedelta(days=1, hours=2, minutes=3, seconds=4), "P1DT2H3M4S"),
    ],
)
def test_durations_are_iso_8601(length, text):
    assert iso_duration(length) == text


@given(st.timedeltas(timedelta(0), timedelta(days=90)))
@settings(max_examples=200)
def test_a_duration_holds_every_second(length):
    import re

    read = re.fullmatch(
        r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", iso_duration(length)
    )
    days, hours, minutes, seconds = (int(part or 0) for part in read.groups())

    whole = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    assert whole == timedelta(seconds=int(length.total_seconds()))


# Operators' files


def test_quotas_and_days_are_read_from_yaml(tmp_path):
    quotas, days = tmp_path / "quotas.yaml", tmp_path / "days.yaml"
    quotas.write_text(
        "quotas:\n"
        "  - {measure: smart, share: '0.05', by: 2026-09-22, sample: true, law: {fa: نمونه, en: Sample}}\n",
        encoding="utf-8",
    )
    days.write_text(
        "days:\n"
        "  - {day: 2026-07-01, name: {fa: آلودگی هوا, en: Polluted air}}\n"
        "  - {day: 2026-07-02, authority: police, closed: false, name: {fa: کار, en: Work}}\n"
        "  - {day: 2026-07-03, withdrawn: true, name: {fa: اشتباه, en: Mistake}}\n",
        encoding="utf-8",
    )

    (quota,) = read_quotas(quotas)
    said = read_days(days)

    assert (quota.share, quota.by.isoformat(), quota.sample) == (
        Decimal("0.05"),
        "2026-09-22",
        True,
    )
    assert [(each.scope, each.closed) for each in said] == [
        ("", True),
        ("police", False),
        ("", None),
    ]


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (
            "quotas: [{measure: connected, share: 1.5, by: 2026-01-01, law: {fa: x, en: x}}]",
            "share",
        ),
        ("quotas: [{measure: other, share: 0.5, by: 2026-01-01, law: {fa: x, en: x}}]", "measure"),
        ("quotas: [{measure: smart, share: 0.5, by: someday, law: {fa: x, en: x}}]", "by"),
        (
            "quotas: [{measure: smart, share: 0.5, by: 2026-01-01, law: {fa: x\u202e, en: x}}]",
            "law/fa",
        ),
        ("quotas: 3", "quotas"),
        ("[", "cannot be read"),
        ("- a", "mapping"),
    ],
)
def test_a_file_of_quotas_that_does_not_fit_is_refused_with_the_place(tmp_path, content, place):
    file = tmp_path / "quotas.yaml"
    file.write_text(content, encoding="utf-8")

    with pytest.raises(RegisterUnfit, match=place):
        read_quotas(file)


def test_two_quotas_of_one_measure_and_day_are_refused(tmp_path):
    file = tmp_path / "quotas.yaml"
    one = "{measure: smart, share: 0.5, by: 2026-01-01, law: {fa: x, en: x}}"
    file.write_text(f"quotas: [{one}, {one}]", encoding="utf-8")

    with pytest.raises(RegisterUnfit, match="/quotas/1"):
        read_quotas(file)
