"""Drafts and submitting on a real database, for tests that need no more of requests than that."""

from __future__ import annotations

from datetime import timedelta

from panjareh_common.event_store import EventLog
from panjareh_requests.application.drafts import Drafts
from panjareh_requests.application.filling_in import FillingIn
from panjareh_requests.application.requests import Requests
from panjareh_requests.read_model.calendars import Calendars
from panjareh_requests.read_model.clocks import Clocks
from panjareh_requests.read_model.drafts import PostgresDrafts
from panjareh_requests.read_model.files import PostgresFiles
from panjareh_requests.read_model.looks import PostgresLooks
from panjareh_requests.read_model.requests_view import RequestsView
from panjareh_requests.read_model.terms import PublishedTerms

KEPT_FOR = timedelta(days=30)


def drafts_on(log: EventLog, terms: PublishedTerms) -> Drafts:
    rows = PostgresDrafts(log.database, log.keyring)
    return Drafts(
        log,
        rows=rows,
        terms=terms,
        filling_in=filling_in_on(log),
        looks=PostgresLooks(),
        kept_for=KEPT_FOR,
    )


def filling_in_on(log: EventLog) -> FillingIn:
    return FillingIn(PostgresFiles(log.database, log.keyring))


def requests_on(log: EventLog, terms: PublishedTerms) -> Requests:
    calendars = Calendars(log)
    view = RequestsView(log.database, Clocks(terms, calendars))
    return Requests(
        log,
        terms,
        view,
        receipt=lambda *_: "receipt",
        drafts=drafts_on(log, terms),
        filling_in=filling_in_on(log),
        days=calendars,
    )
