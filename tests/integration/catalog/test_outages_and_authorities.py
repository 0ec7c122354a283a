"""Authorities, their connection, days, outages and measured availability, on a real database."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4
from xml.etree import ElementTree

import pytest

from panjareh_catalog.adapters.http_probe import HttpProber
from panjareh_catalog.application.authorities import AuthorityRegister, Connecting, RecordStep
from panjareh_catalog.application.days import AnnouncingDays, SayDay
from panjareh_catalog.application.outages import FINISH, START, AnnounceOutage, Announcing
from panjareh_catalog.application.probing import Probing
from panjareh_catalog.domain.almanac import NATION
from panjareh_catalog.domain.authority import AuthorityEntry, Step
from panjareh_catalog.domain.outage import Affected, OutageKind, OutagePlan
from panjareh_catalog.domain.quota import Measure, Quota
from panjareh_catalog.domain.refusals import AuthoritiesInCircle, UnknownAuthority, UnknownService
from panjareh_catalog.domain.refusals_authorities import NoSuchAuthority, NothingPublished
from panjareh_catalog.domain.refusals_outages import OutageInPast, OutageOfOthers, UnknownOutage
from panjareh_catalog.read_model.authorities import AuthoritiesView, PostgresAuthorities
from panjareh_catalog.read_model.availability import AvailabilityView, PostgresAvailability
from panjareh_catalog.read_model.calendars import Calendars, PostgresDays
from panjareh_catalog.read_model.names import Names
from panjareh_catalog.read_model.outages import OutagesView, PostgresOutages
from panjareh_catalog.wiring_authorities import Told
from panjareh_common.asking import Asking
from panjareh_common.assurance import AssuranceLevel
from panjareh_common.database import Database
from panjareh_common.due import DueWorker
from panjareh_common.event_store import Cause, EventLog, Keyring
from panjareh_common.messaging import Message
from panjareh_common.refusals import NotAllowed, NotFound, Refusal
from panjareh_common.security import Caller, CallerKind

NOW = datetime(2026, 6, 15, 8, 0, tzinfo=UTC)  # a Monday, 11:30 in Tehran
OPERATOR = Cause(actor="operator", role="operator", channel="internal")
WELFARE = AuthorityEntry(
    "welfare",
    {"fa": "وزارت رفاه", "en": "Ministry of Welfare"},
    kind="ministry",
    hosts=("welfare.test",),
    services_total=4,
    sample=True,
)
BRANCH = AuthorityEntry("welfare_south", {"fa": "رفاه جنوب", "en": "Welfare, South"}, "welfare")
POLICE = AuthorityEntry("police", {"fa": "پلیس", "en": "Police"}, kind="police")
WHY = {"fa": "نگهداری سالانه", "en": "Yearly <maintenance>"}
ADDRESS = "https://online.welfare.test/apply"


@dataclass
class Time:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def on(self, **parts: float) -> None:
        self.now += timedelta(**parts)


@dataclass
class Answering:
    """A Prober that answers as it is told."""

    down: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    def statuses(self, addresses):
        self.asked += addresses
        return {address: None if address in self.down else 200 for address in addresses}


class Catalog:
    def __init__(self, url: str) -> None:
        self.time = Time()
        self.database = Database(url)
        self.database.open()
        self.log = EventLog(self.database, Keyring(b"k" * 32, self.database), self.time)
        rows = PostgresAuthorities()
        self.register = AuthorityRegister(rows)
        self.connecting = Connecting(self.log, rows)
        self.days = AnnouncingDays(self.log, PostgresDays())
        self.authorities = AuthoritiesView(self.database)
        self.announcing = Announcing(self.log, PostgresOutages())
        self.outages = OutagesView(self.database)
        self.calendars = Calendars(self.database)
        availability = AvailabilityView(self.database, self.calendars)
        self.told = Told(self.outages, availability, Names(self.database))
        self.answering = Answering()
        self.probing = Probing(
            self.log,
            availability=PostgresAvailability(self.database),
            outages=PostgresOutages(),
            prober=self.answering,
            every=timedelta(seconds=60),
        )

    def keep(self, *entries):
        return self.log.run(OPERATOR, lambda unit: self.register.keep(unit, entries))

    def has_service(self, code, authority, channels, mode="rules", version=1):
        card = {
            "code": code,
            "authority": authority,
            "name": {"fa": f"خدمت {code}", "en": f"Service {code}"},
            "description": {"fa": "…", "en": "…"},
            "channels": channels,
            "decision_mode": mode,
            "format": 2,
            "life_events": [],
            "audience": "persons",
            "required_loa": 1,
            "form": {"type": "object", "properties": {}},
            "fee": {"amount": 0, "currency": "IRR"},
            "steps": [],
            "evidence": [],
        }
        with self.database.connection() as connection:
            connection.execute("DELETE FROM public_service WHERE code = %s", (code,))
            connection.execute(
                "INSERT INTO public_service (code, version, authority, card, life_events, title,"
                " search, published_at) VALUES (%s, %s, %s, %s::json, '{}', %s, %s, %s)",
                (code, version, authority, json.dumps(card), code, code, NOW),
            )

    def announce(self, caller, key=None, **changes):
        return self.announcing.announce(planned(**changes), asked(caller, key))

    def work(self):
        """What the clock process does when something has come due."""
        return DueWorker(self.database, self.announcing.handlers(), self.time).run_due()

    def topics(self, topic):
        return self.database.fetch("SELECT count(*) FROM event WHERE topic = %s", (topic,))[0][0]


@pytest.fixture
def catalog(catalog_database_url) -> Iterator[Catalog]:
    """Two authorities, one below the first, and a service of each of the two."""
    made = Catalog(catalog_database_url)
    made.keep(WELFARE, BRANCH, POLICE)
    made.has_service(
        "SUB-003",
        "welfare",
        [
            {"channel": "web", "open": "always", "address": ADDRESS, "promised_availability": 0.99},
            {
                "channel": "counter",
                "open": {"days": ["saturday", "sunday", "monday"], "from": "08:00", "to": "14:00"},
            },
        ],
    )
    made.has_service("DRV-002", "police", ["counter", "web"], mode="officers")
    yield made
    made.database.close()


def officer(authority, *roles):
    return Caller(CallerKind.OFFICER, uuid4(), AssuranceLevel(3), authority=authority, roles=roles)


PUBLISHER = officer("welfare", "publisher")
SUPERVISOR = officer("welfare", "supervisor")
OTHER = officer("police", "publisher")
ADMINISTRATOR = officer("panjareh", "administrator")


def asked(caller, key=None):
    return Asking(caller, Cause("someone", "officer", "web"), key or uuid4().hex, "en")


def planned(**changes):
    told = {
        "affected": Affected(services=("SUB-003",)),
        "starts_at": NOW + timedelta(hours=2),
        "ends_at": NOW + timedelta(hours=5),
        "partial": False,
        "explanation": WHY,
    }
    kind = changes.pop("kind", OutageKind.PLANNED)
    return AnnounceOutage(kind, OutagePlan(**(told | changes)))


def incident(**changes):
    return {"kind": OutageKind.INCIDENT, "starts_at": NOW, "ends_at": None} | changes


# Authorities


def test_authorities_come_with_those_above_and_below(catalog):
    told = catalog.authorities.get("welfare_south", today=NOW.date(), language="en")

    assert [each["code"] for each in told["above"]] == ["welfare"]
    above = catalog.authorities.get("welfare", today=NOW.date(), language="fa")
    assert above["name"] == "وزارت رفاه"
    assert above["below"] == [{"code": "welfare_south", "name": "رفاه جنوب"}]
    assert above["sample"] is True


def test_a_circle_of_authorities_is_refused_and_nothing_is_stored(catalog):
    turned = AuthorityEntry("welfare", WELFARE.name, "welfare_south")
    new = AuthorityEntry("third", {"fa": "سوم", "en": "Third"})

    with pytest.raises(AuthoritiesInCircle):
        catalog.keep(new, turned)

    with pytest.raises(NoSuchAuthority):
        catalog.authorities.get("third", today=NOW.date(), language="en")


def test_bringing_them_in_again_adds_no_event(catalog):
    before = catalog.topics("Authority.Changed")

    assert catalog.keep(WELFARE, POLICE) == [("welfare", False), ("police", False)]
    assert catalog.topics("Authority.Changed") == before


def test_an_authority_whose_row_is_older_than_its_events_gets_them(catalog):
    with catalog.database.connection() as connection:
        connection.execute("INSERT INTO authority (code, name) VALUES ('old', '{\"fa\": \"ک\"}')")

    assert catalog.keep(AuthorityEntry("old", {"fa": "کهن", "en": "Old"})) == [("old", True)]


def test_who_comes_on_board_is_entered_once_however_often_it_is_told(catalog):
    message = Message(
        id="x:1",
        source="identity",
        type="authority_onboarded.v1",
        subject="x",
        time=NOW,
        sequence=1,
        data={"code": "tax", "name": {"fa": "مالیات", "en": "Tax"}},
    )

    catalog.connecting.came_on_board(message, "catalog.on_authority_onboarded")
    catalog.connecting.came_on_board(message, "catalog.on_authority_onboarded")

    told = catalog.authorities.get("tax", today=NOW.date(), language="en")
    assert (told["name"], told["on_board_at"]) == ("Tax", NOW)
    assert catalog.topics("Authority.CameOnBoard") == 1


def test_what_operators_said_of_an_authority_stays_when_it_comes_on_board(catalog):
    data = {"code": "welfare", "name": {"fa": "نام دیگر", "en": "Another name"}}
    message = Message("w:1", "identity", "authority_onboarded.v1", "w", NOW, 1, data)

    catalog.connecting.came_on_board(message, "catalog.on_authority_onboarded")

    told = catalog.authorities.get("welfare", today=NOW.date(), language="en")
    assert told["name"] == "Ministry of Welfare"
    assert told["on_board_at"] == NOW


def test_authorities_are_paged_without_losing_or_repeating_one(catalog):
    seen, after = [], None
    while True:
        found = catalog.authorities.find(
            parent=None, kind=None, after=after, limit=1, language="en"
        )
        seen += [each["code"] for each in found["items"]]
        if (after := found["next"]) is None:
            break

    assert seen == ["police", "welfare", "welfare_south"]


# The connection


def reach(catalog, step, caller=PUBLISHER, code="welfare", key=None, **more):
    command = RecordStep(code, step, date(2026, 6, 1), **more)
    return catalog.connecting.reach(command, asked(caller, key))


def test_the_three_steps_are_recorded_with_their_days_and_who_said_it(catalog):
    reach(catalog, Step.WINDOW_OPENED, window="https://welfare.test")
    reach(catalog, Step.SERVICES_OFFERED)
    reach(catalog, Step.JOINED, caller=ADMINISTRATOR)

    told = catalog.authorities.get("welfare", today=NOW.date(), language="en")
    assert told["window_url"] == "https://welfare.test"
    assert [(each["step"], each["said_by"]) for each in told["steps"]] == [
        ("window_opened", "welfare"),
        ("services_offered", "welfare"),
        ("joined", "panjareh"),
    ]


def test_a_repeat_of_a_step_gets_the_identical_answer(catalog):
    first = reach(catalog, Step.WINDOW_OPENED, key="k1", window="https://welfare.test")

    assert reach(catalog, Step.WINDOW_OPENED, key="k1", window="https://welfare.test") == first
    assert catalog.topics("Authority.StepReached") == 1


def test_nobody_has_joined_without_a_service(catalog):
    supervisor = officer("welfare_south", "supervisor")
    reach(catalog, Step.WINDOW_OPENED, supervisor, "welfare_south", window="https://w.test")
    reach(catalog, Step.SERVICES_OFFERED, supervisor, "welfare_south")

    with pytest.raises(Refusal) as said:
        reach(catalog, Step.JOINED, supervisor, "welfare_south")

    assert said.value.code == NothingPublished.code


def test_an_authority_that_is_older_than_its_events_connects_all_the_same(catalog):
    with catalog.database.connection() as connection:
        connection.execute(
            'INSERT INTO authority (code, name) VALUES (\'old\', \'{"fa": "ک", "en": "Old"}\')'
        )

    done = reach(catalog, Step.WINDOW_OPENED, ADMINISTRATOR, "old", window="https://old.test")

    assert done == {"code": "old", "steps": {"window_opened": "2026-06-01"}}
    assert catalog.authorities.get("old", today=NOW.date(), language="en")["name"] == "Old"
    with pytest.raises(NotFound):
        reach(catalog, Step.WINDOW_OPENED, ADMINISTRATOR, "nobody", window="https://x.test")


def test_another_authoritys_connection_is_not_there(catalog):
    with pytest.raises(NotFound):
        reach(catalog, Step.WINDOW_OPENED, OTHER, window="https://welfare.test")
    with pytest.raises(NotAllowed):
        reach(catalog, Step.WINDOW_OPENED, officer("welfare", "officer"), window="https://w.test")
    assert catalog.topics("Authority.StepReached") == 0


def test_the_board_sets_shares_beside_the_quotas(catalog):
    law = {"fa": "نمونه", "en": "Sample"}
    catalog.authorities.keep_quotas(
        [
            Quota(Measure.CONNECTED, Decimal("0.20"), date(2026, 1, 1), law, sample=True),
            Quota(Measure.ELECTRONIC, Decimal("0.50"), date(2026, 1, 1), law, sample=True),
            Quota(Measure.CONNECTED, Decimal("1"), date(2027, 1, 1), law, sample=True),
        ]
    )

    board = catalog.authorities.board(after=None, limit=10, today=NOW.date(), language="en")

    assert [quota["sample"] for quota in board["quotas"]] == [True] * 3
    rows = {row["code"]: row["progress"] for row in board["items"]}
    done = {each["measure"]: (each["count"], each["share"]) for each in rows["welfare"]["done"]}
    assert done["connected"] == (1, 0.25)
    assert [each["standing"] for each in rows["welfare"]["quotas"]] == ["met", "behind", "coming"]
    # Nobody counted the police's services.
    assert {each["standing"] for each in rows["police"]["quotas"]} == {"unknown"}
    assert {each["share"] for each in rows["police"]["done"]} == {None}


# Days


def test_an_announced_day_closes_and_its_withdrawal_opens_again(catalog):
    day, name = date(2026, 6, 15), {"fa": "آلودگی هوا", "en": "Polluted air"}

    catalog.days.say([SayDay(NATION, day, True, name)], OPERATOR)
    assert not catalog.calendars.of("police", NOW).is_working_day(day)
    told = catalog.told.availability("SUB-003", NOW, "en")["channels"][1]
    assert (told["open_now"], told["holiday_today"]) == (False, "Polluted air")

    catalog.days.say([SayDay(NATION, day, None, name)], OPERATOR)
    assert catalog.calendars.of("police", NOW).is_working_day(day)
    assert catalog.told.availability("SUB-003", NOW, "en")["channels"][1]["open_now"] is True


def test_an_authority_closes_for_itself_only_and_over_what_the_country_says(catalog):
    day, name = date(2026, 6, 16), {"fa": "جابه‌جایی", "en": "Moving house"}

    done = catalog.days.announce(SayDay(NATION, day, True, name), asked(PUBLISHER))
    catalog.days.say([SayDay(NATION, day, False, name)], OPERATOR)

    assert done == {"scope": "welfare", "day": "2026-06-16", "changed": True}
    assert not catalog.calendars.of("welfare", NOW).is_working_day(day)
    assert catalog.calendars.of("police", NOW).is_working_day(day)


def test_a_day_of_an_unknown_authority_is_refused_with_all_others(catalog):
    said = [
        SayDay(scope, date(2026, 6, 16), True, {"fa": "…", "en": "…"}) for scope in ("police", "x")
    ]

    with pytest.raises(UnknownAuthority):
        catalog.days.say(said, OPERATOR)

    assert catalog.topics("Almanac.DayAnnounced") == 0


def test_holidays_of_a_year_say_which_are_estimated_and_which_announced(catalog):
    name = {"fa": "تعطیل", "en": "Closed"}
    catalog.days.say([SayDay(NATION, date(2026, 7, 1), True, name)], OPERATOR)

    days = {each["day"]: each for each in catalog.calendars.holidays(2026, None, "en")["items"]}

    assert days["2026-07-01"]["announced"]
    assert not days["2026-03-21"]["estimated"]
    later = catalog.calendars.holidays(2030, None, "en")["items"]
    assert any(each["estimated"] for each in later)


# Outages


def test_a_planned_outage_is_told_before_while_and_after(catalog):
    done = catalog.announce(PUBLISHER)

    def state():
        return catalog.outages.find(
            state=None,
            service="SUB-003",
            authority=None,
            after=None,
            limit=5,
            now=catalog.time.now,
            language="en",
        )["items"][0]["state"]

    assert (done["state"], state()) == ("announced", "announced")
    catalog.time.on(hours=3)
    assert state() == "under_way"
    catalog.time.on(hours=3)
    assert state() == "ended"


def test_others_are_told_of_its_beginning_and_end_once(catalog):
    catalog.announce(PUBLISHER)
    assert catalog.work() == 0

    catalog.time.on(hours=2, seconds=1)
    assert catalog.work() == 1
    assert (catalog.topics("Outage.Started"), catalog.topics("Outage.Ended")) == (1, 0)

    catalog.time.on(hours=3)
    catalog.work()
    catalog.work()
    assert (catalog.topics("Outage.Started"), catalog.topics("Outage.Ended")) == (1, 1)


def test_a_changed_outage_begins_at_its_new_time(catalog):
    outage_id = catalog.outages_id = catalog.announce(PUBLISHER)["outage_id"]
    later = planned(starts_at=NOW + timedelta(hours=4), ends_at=NOW + timedelta(hours=6)).plan

    catalog.announcing.change(_uuid(outage_id), later, asked(SUPERVISOR))
    catalog.time.on(hours=3)
    catalog.work()
    assert catalog.topics("Outage.Started") == 0

    catalog.time.on(hours=1, seconds=1)
    catalog.work()
    assert catalog.topics("Outage.Started") == 1
    assert set(catalog.database.fetch("SELECT kind FROM due")) == {(FINISH,)}


def test_a_withdrawn_outage_never_begins(catalog):
    outage_id = _uuid(catalog.announce(PUBLISHER)["outage_id"])

    catalog.announcing.withdraw(outage_id, WHY, asked(PUBLISHER))
    catalog.time.on(hours=9)
    catalog.work()

    assert catalog.topics("Outage.Started") == catalog.topics("Outage.Ended") == 0
    told = catalog.outages.get(outage_id, now=catalog.time.now, language="fa")
    assert (told["state"], told["because"]) == ("withdrawn", WHY["fa"])
    assert catalog.database.fetch("SELECT 1 FROM due WHERE kind = %s", (START,)) == []


def test_an_outage_in_the_past_is_refused_and_nothing_is_stored(catalog):
    with pytest.raises(OutageInPast):
        catalog.announce(PUBLISHER, starts_at=NOW - timedelta(hours=3))

    assert catalog.topics("Outage.Announced") == 0


def test_an_authority_speaks_of_its_own_services_only(catalog):
    with pytest.raises(OutageOfOthers):
        catalog.announce(OTHER)
    with pytest.raises(OutageOfOthers):
        catalog.announce(PUBLISHER, affected=Affected())
    with pytest.raises(UnknownService):
        catalog.announce(PUBLISHER, affected=Affected(services=("NO-999",)))
    with pytest.raises(UnknownAuthority):
        catalog.announce(ADMINISTRATOR, affected=Affected(authorities=("nobody",)))
    with pytest.raises(NotAllowed):
        catalog.announce(officer("welfare", "officer"))
    assert catalog.topics("Outage.Announced") == 0


def test_another_authoritys_outage_cannot_be_touched(catalog):
    outage_id = _uuid(catalog.announce(PUBLISHER)["outage_id"])

    for touch in (
        lambda: catalog.announcing.end(outage_id, asked(OTHER)),
        lambda: catalog.announcing.withdraw(outage_id, WHY, asked(OTHER)),
        lambda: catalog.announcing.change(outage_id, planned().plan, asked(OTHER)),
        lambda: catalog.announcing.end(uuid4(), asked(PUBLISHER)),
    ):
        with pytest.raises(UnknownOutage):
            touch()


def test_a_service_shows_outages_of_its_authority_and_of_the_platform(catalog):
    catalog.announce(PUBLISHER, affected=Affected(authorities=("welfare",)))
    catalog.announce(ADMINISTRATOR, affected=Affected(), **incident())

    welfare = catalog.told.availability("SUB-003", NOW, "en")["outages"]
    police = catalog.told.availability("DRV-002", NOW, "en")["outages"]

    assert [each["whole_platform"] for each in welfare] == [True, False]
    assert [each["whole_platform"] for each in police] == [True]


def test_outages_are_paged_and_narrowed(catalog):
    for hours in (1, 2, 3):
        catalog.announce(PUBLISHER, starts_at=NOW + timedelta(hours=hours))
    catalog.announce(ADMINISTRATOR, affected=Affected(authorities=("police",)), **incident())

    def find(**wanted):
        asked_for = {"state": None, "service": None, "authority": None, "after": None, "limit": 2}
        return catalog.outages.find(**(asked_for | wanted), now=NOW, language="en")

    first = find(state="announced")
    second = find(state="announced", after=first["next"])
    starts = [each["starts_at"] for each in (*first["items"], *second["items"])]
    assert starts == sorted(starts, reverse=True)
    assert len(starts) == 3
    assert second["next"] is None
    assert [each["said_by"] for each in find(authority="police")["items"]] == ["panjareh"]
    assert find(service="DRV-002", state="announced")["items"] == []


def test_the_status_of_the_platform_is_told_as_cdr_has_it(catalog):
    assert catalog.told.status("https://w.test", NOW, "en")["data"]["status"] == "OK"

    catalog.announce(PUBLISHER)
    planned_ones = catalog.told.planned("https://w.test", NOW, "en")
    assert planned_ones["data"]["outages"] == [
        {
            "outageTime": "2026-06-15T10:00:00.000000Z",
            "duration": "PT3H",
            "isPartial": True,
            "explanation": WHY["en"],
        }
    ]
    during = NOW + timedelta(hours=3)
    assert catalog.told.status("", during, "en")["data"]["status"] == "SCHEDULED_OUTAGE"

    catalog.announce(ADMINISTRATOR, affected=Affected(), **incident())
    told = catalog.told.status("https://w.test", NOW, "fa")
    assert told["data"]["status"] == "UNAVAILABLE"
    assert told["data"]["explanation"] == WHY["fa"]
    assert told["data"]["detectionTime"] == "2026-06-15T08:00:00.000000Z"
    assert told["links"] == {"self": "https://w.test/api/v1/discovery/status"}


def test_the_feed_is_atom_with_the_latest_change_first(catalog):
    catalog.announce(PUBLISHER)
    catalog.time.on(minutes=1)
    catalog.announce(ADMINISTRATOR, affected=Affected(), **incident())

    feed = catalog.told.feed("https://w.test", catalog.time.now, "en")["text"]

    atom = "{http://www.w3.org/2005/Atom}"
    root = ElementTree.fromstring(feed)  # our own
    entries = root.findall(f"{atom}entry")
    assert root.find(f"{atom}id").text == "https://w.test/api/v1/outages.atom"
    assert [entry.find(f"{atom}title").text for entry in entries] == [
        "Out of service now: the whole platform",
        "Planned outage: Service SUB-003",
    ]
    assert [entry.find(f"{atom}summary").text for entry in entries] == [
        "From 15 June 2026, 11:30, Tehran time; when it ends is not known yet. "
        "Yearly &lt;maintenance&gt;",
        "From 15 June 2026, 13:30 to 15 June 2026, 16:30, Tehran time. Yearly &lt;maintenance&gt;",
    ]
    assert root.find(f"{atom}updated").text == "2026-06-15T08:01:00+00:00"
    empty = Told(catalog.outages, None, Names(catalog.database))
    assert empty.feed("https://w.test", NOW - timedelta(days=1), "fa")["text"]


# Probes


def probe(catalog, times=1, every=61):
    for _ in range(times):
        catalog.probing.round(catalog.time.now)
        catalog.time.on(seconds=every)


def measured(catalog):
    channel = catalog.told.availability("SUB-003", catalog.time.now, "en")["channels"][0]
    return channel["measured"]


def test_measured_availability_stands_beside_the_promised(catalog):
    probe(catalog, 19)
    catalog.answering.down = {ADDRESS}
    probe(catalog)
    catalog.answering.down = set()

    channel = catalog.told.availability("SUB-003", catalog.time.now, "en")["channels"][0]

    assert channel["promised_availability"] == 0.99
    assert (channel["measured"]["asked"], channel["measured"]["answered"]) == (20, 19)
    assert channel["measured"]["share"] == 0.95
    assert set(catalog.answering.asked) == {ADDRESS}


def test_too_few_probes_are_no_share(catalog):
    probe(catalog, 3)

    assert measured(catalog)["share"] is None


def test_an_address_is_asked_once_in_its_time(catalog):
    probe(catalog, 5, every=10)

    assert len(catalog.answering.asked) == 1


def test_three_lost_answers_are_an_incident_and_two_good_ones_its_end(catalog):
    catalog.answering.down = {ADDRESS}
    began = catalog.time.now
    probe(catalog, 2)
    assert catalog.topics("Outage.Announced") == 0

    probe(catalog, 2)
    (found,) = catalog.told.availability("SUB-003", catalog.time.now, "en")["outages"]
    assert (found["kind"], found["measured"], found["partial"]) == ("incident", True, True)
    assert (found["starts_at"], found["channels"]) == (began, ["web"])
    status = catalog.told.status("", catalog.time.now, "en")["data"]
    assert status["status"] == "PARTIAL_FAILURE"

    catalog.answering.down = set()
    probe(catalog, 1)
    assert catalog.topics("Outage.Ended") == 0
    probe(catalog, 1)
    assert catalog.topics("Outage.Ended") == 1
    assert catalog.told.status("", catalog.time.now, "en")["data"]["status"] == "OK"


def test_a_second_fall_is_a_second_incident(catalog):
    for _ in range(2):
        catalog.answering.down = {ADDRESS}
        probe(catalog, 3)
        catalog.answering.down = set()
        probe(catalog, 2)

    assert catalog.topics("Outage.Announced") == catalog.topics("Outage.Ended") == 2


def test_people_may_end_what_probes_found_and_it_is_not_told_again(catalog):
    catalog.answering.down = {ADDRESS}
    probe(catalog, 3)
    (found,) = catalog.told.availability("SUB-003", catalog.time.now, "en")["outages"]

    catalog.announcing.end(found["outage_id"], asked(PUBLISHER))
    probe(catalog, 2)
    catalog.answering.down = set()
    probe(catalog, 2)

    assert catalog.topics("Outage.Announced") == catalog.topics("Outage.Ended") == 1


def test_probes_during_a_planned_outage_count_for_nobody(catalog):
    catalog.announce(PUBLISHER, starts_at=NOW + timedelta(seconds=90))
    probe(catalog, 4)

    found = measured(catalog)

    assert (found["asked"], found["during_planned_outages"]) == (2, 2)


def test_only_hosts_of_the_authority_are_asked(catalog):
    catalog.has_service(
        "SUB-004",
        "welfare",
        [{"channel": "web", "open": "always", "address": "http://10.0.0.1/admin"}],
    )
    catalog.has_service(
        "DRV-003", "police", [{"channel": "web", "open": "always", "address": ADDRESS}]
    )

    probe(catalog, 2)

    assert set(catalog.answering.asked) == {ADDRESS}
    assert len(catalog.answering.asked) == 2
    # The police's card names the ministry's address: it is not asked for the police.
    channel = catalog.told.availability("DRV-003", NOW, "en")["channels"][0]
    assert channel["measured"] is None


def test_an_address_that_a_new_version_left_out_is_asked_no_more(catalog):
    probe(catalog)
    catalog.has_service("SUB-003", "welfare", [{"channel": "web", "open": "always"}], version=2)

    probe(catalog, 3)

    assert len(catalog.answering.asked) == 1


def test_an_incident_ends_when_its_channel_is_gone(catalog):
    catalog.answering.down = {ADDRESS}
    probe(catalog, 3)
    catalog.has_service("SUB-003", "welfare", [{"channel": "web", "open": "always"}], version=2)

    probe(catalog, 2)

    assert catalog.topics("Outage.Ended") == 1
    # What stays is the window.
    addresses = [row[0] for row in catalog.database.fetch("SELECT address FROM probed_address")]
    assert addresses in (["window"], ["window", ADDRESS], [ADDRESS, "window"])


def test_a_real_site_is_found_down_and_up_again(catalog):
    class Site(BaseHTTPRequestHandler):
        code = 503

        def do_GET(self):
            self.send_response(self.code)
            self.end_headers()

        def log_message(self, *args):
            pass

    site = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{site.server_port}/"
    catalog.keep(replace(WELFARE, hosts=("127.0.0.1",)))
    catalog.has_service(
        "SUB-003", "welfare", [{"channel": "web", "open": "always", "address": address}], version=2
    )
    catalog.probing = Probing(
        catalog.log,
        availability=PostgresAvailability(catalog.database),
        outages=PostgresOutages(),
        prober=HttpProber(timedelta(seconds=2)),
        every=timedelta(seconds=60),
    )

    probe(catalog, 3)
    assert catalog.topics("Outage.Announced") == 1
    Site.code = 200
    probe(catalog, 2)
    site.shutdown()

    assert catalog.topics("Outage.Ended") == 1
    assert (measured(catalog)["asked"], measured(catalog)["answered"]) == (5, 2)


# The window


WINDOW = "http://gateway.test/api/v1/services?limit=1"


def watch_window(catalog, prober=None, page=WINDOW):
    catalog.probing = Probing(
        catalog.log,
        availability=PostgresAvailability(catalog.database, page),
        outages=PostgresOutages(),
        prober=prober or catalog.answering,
        every=timedelta(seconds=60),
    )


def at_window(catalog, code="DRV-002", channel="web"):
    told = catalog.told.availability(code, catalog.time.now, "en")["channels"]
    return next(each for each in told if each["channel"] == channel)["measured"]


def test_the_window_is_asked_once_for_all_that_is_offered_there(catalog):
    for number in range(5):
        channels = [{"channel": each, "open": "always"} for each in ("web", "mobile", "sms")]
        catalog.has_service(f"SUB-1{number:02}", "welfare", channels)
    watch_window(catalog)
    probe(catalog, 19)
    catalog.answering.down = {WINDOW}
    probe(catalog)

    found = at_window(catalog, "SUB-104", "mobile")

    assert catalog.answering.asked.count(WINDOW) == 20
    assert (found["of"], found["asked"], found["answered"], found["share"]) == (
        *("window", 20, 19),
        0.95,
    )
    assert found == at_window(catalog, "SUB-100") == at_window(catalog, "DRV-002")
    # One with an address of its own has a measure of its own; a counter and SMS are not the window.
    assert (measured(catalog)["of"], measured(catalog)["share"]) == ("channel", 1.0)
    assert at_window(catalog, "DRV-002", "counter") is at_window(catalog, "SUB-100", "sms") is None
    # Counted once a channel and day, however many services there are.
    rows = "SELECT channel FROM availability_day WHERE service_code = 'window' ORDER BY channel"
    assert catalog.database.fetch(rows) == [("mobile",), ("web",)]


def test_the_card_prints_the_windows_measure_beside_the_promise(catalog):
    watch_window(catalog)
    probe(catalog, 20)
    card = {"code": "DRV-002", "authority": {"code": "police"}}
    hours = [{"channel": "web", "open": "always", "promised_availability": 0.995}]

    (web,) = catalog.told.on_card(card | {"channel_hours": hours}, catalog.time.now, "en")[
        "channel_hours"
    ]

    assert (web["promised_availability"], web["measured"]["share"]) == (0.995, 1.0)
    assert web["measured"]["of"] == "window"


def test_without_its_address_the_window_is_not_measured(catalog):
    probe(catalog, 3)

    assert at_window(catalog) is None
    assert WINDOW not in catalog.answering.asked


def test_a_window_that_is_down_is_told_in_the_status_until_it_answers_again(catalog):
    watch_window(catalog)
    catalog.answering.down = {WINDOW}
    began = catalog.time.now
    probe(catalog, 3)

    (found,) = catalog.told.availability("DRV-002", catalog.time.now, "en")["outages"]
    assert (found["kind"], found["measured"], found["said_by"]) == ("incident", True, "panjareh")
    assert (found["starts_at"], found["channels"]) == (began, ["mobile", "web"])
    assert (found["whole_platform"], found["partial"]) == (True, False)
    status = catalog.told.status("", catalog.time.now, "en")["data"]
    assert status["status"] == "UNAVAILABLE"
    assert status["explanation"].startswith("The window does not answer")
    persian = catalog.told.status("", catalog.time.now, "fa")["data"]["explanation"]
    assert persian.startswith("پنجره به پرسش‌های پی‌درپی پاسخ نمی‌دهد")

    catalog.answering.down = set()
    probe(catalog, 2)
    assert catalog.told.status("", catalog.time.now, "en")["data"]["status"] == "OK"
    assert catalog.topics("Outage.Announced") == catalog.topics("Outage.Ended") == 1


def test_an_incident_of_the_window_outlives_a_change_of_its_address(catalog):
    watch_window(catalog)
    catalog.answering.down = {WINDOW}
    probe(catalog, 3)

    watch_window(catalog, page="http://elsewhere.test/api/v1/services?limit=1")
    probe(catalog, 2)

    assert catalog.topics("Outage.Announced") == catalog.topics("Outage.Ended") == 1


def test_only_planned_outages_of_the_whole_platform_excuse_the_window(catalog):
    watch_window(catalog)
    catalog.announce(PUBLISHER, starts_at=NOW + timedelta(seconds=90))  # of a service
    probe(catalog, 4)
    assert (at_window(catalog)["asked"], at_window(catalog)["during_planned_outages"]) == (4, 0)

    web = Affected(channels=("web",))
    starts_at = catalog.time.now + timedelta(seconds=90)
    catalog.announce(ADMINISTRATOR, affected=web, starts_at=starts_at)
    probe(catalog, 4)
    assert (at_window(catalog)["asked"], at_window(catalog)["during_planned_outages"]) == (6, 2)
    catalog.has_service("SUB-100", "welfare", [{"channel": "mobile", "open": "always"}])
    assert at_window(catalog, "SUB-100", "mobile")["asked"] == 8


def test_a_window_that_turns_people_away_is_not_up(catalog):
    class Gateway(BaseHTTPRequestHandler):
        code, paths = 429, set()

        def do_GET(self):
            self.paths.add(self.path)
            self.send_response(self.code)
            self.end_headers()

        def log_message(self, *args):
            pass

    site = ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    catalog.has_service("SUB-003", "welfare", [{"channel": "web", "open": "always"}], version=2)
    page = f"http://127.0.0.1:{site.server_port}/api/v1/services?limit=1"
    watch_window(catalog, HttpProber(timedelta(seconds=2)), page)

    probe(catalog, 3)
    Gateway.code = 200
    probe(catalog, 2)
    site.shutdown()
    site.server_close()

    assert Gateway.paths == {"/api/v1/services?limit=1"}
    assert (at_window(catalog)["asked"], at_window(catalog)["answered"]) == (5, 2)
    assert catalog.topics("Outage.Ended") == 1


def test_two_processes_ask_the_window_once(catalog):
    watch_window(catalog)
    catalog.probing.round(NOW)  # what the cards name is known
    catalog.time.on(seconds=61)

    with ThreadPoolExecutor(4) as pool:
        rounds = [pool.submit(catalog.probing.round, catalog.time.now) for _ in range(4)]
        assert sum(each.result() for each in rounds) == 2

    assert catalog.answering.asked.count(WINDOW) == 2


def test_a_round_ends_in_time_and_the_next_goes_on(catalog):
    for number in range(70):
        channel = {"channel": "web", "open": "always", "address": f"{ADDRESS}/{number}"}
        catalog.has_service(f"SUB-1{number:02}", "welfare", [channel])
    moments = iter((0.0, 0.0, 30.0, 30.0, 30.0, 30.0))
    slow = Probing(
        catalog.log,
        availability=PostgresAvailability(catalog.database),
        outages=PostgresOutages(),
        prober=catalog.answering,
        every=timedelta(seconds=60),
        monotonic=lambda: next(moments),
    )

    first = slow.round(NOW)
    assert first in (49, 50)  # the window is taken, and without its address not asked
    assert slow.round(NOW) == 71 - first
    assert len(set(catalog.answering.asked)) == 71


def test_two_processes_share_the_addresses(catalog):
    for number in range(10):
        channel = {"channel": "web", "open": "always", "address": f"{ADDRESS}/{number}"}
        catalog.has_service(f"SUB-1{number:02}", "welfare", [channel])
    with ThreadPoolExecutor(4) as pool:
        for taken_over in [
            pool.submit(PostgresAvailability(catalog.database).refresh, NOW) for _ in range(4)
        ]:
            taken_over.result()

    with ThreadPoolExecutor(4) as pool:
        rounds = [pool.submit(catalog.probing.round, NOW) for _ in range(4)]
        assert sum(each.result() for each in rounds) == 11

    assert len(catalog.answering.asked) == len(set(catalog.answering.asked)) == 11


def test_old_measurements_are_dropped(catalog):
    probe(catalog, 2)
    catalog.time.on(days=401)

    catalog.probing.sweep(catalog.time.now)

    assert catalog.database.fetch("SELECT count(*) FROM availability_day") == [(0,)]


def test_the_counter_is_open_by_the_clock_of_tehran(catalog):
    def counter(at):
        return catalog.told.availability("SUB-003", at, "en")["channels"][1]

    assert counter(NOW)["open_now"] is True
    evening = counter(NOW + timedelta(hours=5))
    assert evening["open_now"] is False
    # Tuesday to Friday are none of its days.
    assert evening["opens_at"] == datetime(2026, 6, 20, 4, 30, tzinfo=UTC)


def _uuid(text):
    from uuid import UUID

    return UUID(text)
