"""What requests does when it hears of something; each handler is one unit of work."""

from __future__ import annotations

from panjareh_common.messaging import Message
from panjareh_common.messaging.listening import listen
from panjareh_common.rpc.server import Provided
from panjareh_requests.application.evidence import EvidenceGathering
from panjareh_requests.messaging.subscriptions import (
    ANSWERS,
    AUTHORITIES,
    DAYS,
    DELAYS,
    MANDATES,
    OFFICERS,
    OUTAGES,
    SERVICES,
    STANDINGS,
)
from panjareh_requests.read_model.authorities import Authorities
from panjareh_requests.read_model.calendars import Calendars
from panjareh_requests.read_model.staff import PostgresStaff
from panjareh_requests.read_model.terms import PublishedTerms


class Subscribers:
    evidence: EvidenceGathering = Provided("evidence")
    terms: PublishedTerms = Provided("terms")

    authorities: Authorities = Provided("authorities")
    calendars: Calendars = Provided("calendars")
    staff: PostgresStaff = Provided("staff")

    @listen(AUTHORITIES)
    def on_authority_changed(self, message: Message) -> None:
        self.authorities.keep(message, AUTHORITIES.name)

    @listen(DAYS)
    def on_day_announced(self, message: Message) -> None:
        self.calendars.keep_day(message, DAYS.name)

    @listen(OUTAGES)
    def on_outage(self, message: Message) -> None:
        self.calendars.keep_outage(message, OUTAGES.name)

    @listen(OFFICERS)
    def on_officer_appointed(self, message: Message) -> None:
        self.staff.keep_officer(message, OFFICERS.name)

    @listen(MANDATES)
    def on_mandate(self, message: Message) -> None:
        self.staff.keep_mandate(message, MANDATES.name)

    @listen(SERVICES)
    def on_service_published(self, message: Message) -> None:
        self.terms.keep(message, SERVICES.name)

    @listen(STANDINGS)
    def on_service_standing(self, message: Message) -> None:
        self.terms.keep_standing(message, STANDINGS.name)

    @listen(ANSWERS)
    def on_inquiry_ended(self, message: Message) -> None:
        self.evidence.answer_announced(message, ANSWERS.name)

    @listen(DELAYS)
    def on_inquiry_delayed(self, message: Message) -> None:
        self.evidence.delay_announced(message, DELAYS.name)
