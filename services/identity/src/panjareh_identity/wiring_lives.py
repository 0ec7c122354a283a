"""Puts together what has to do with the lives of accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from panjareh_common.due import Handler
from panjareh_common.foundation import Foundation
from panjareh_common.rounds import Round
from panjareh_identity.adapters.contact_changes import PostgresContactChanges
from panjareh_identity.adapters.helpings import PostgresHelpings
from panjareh_identity.adapters.notices import PostgresNotices, PostgresRepresentatives
from panjareh_identity.adapters.places import PostgresAppointments, PostgresPlaces
from panjareh_identity.adapters.recoveries import PostgresRecoveries
from panjareh_identity.adapters.requests_service import RequestsService
from panjareh_identity.application.authenticating import Authenticating
from panjareh_identity.application.codes import new_code
from panjareh_identity.application.lives.ages import Ages
from panjareh_identity.application.lives.appointments import Visits
from panjareh_identity.application.lives.assisting import AssistanceEnds, Assisting
from panjareh_identity.application.lives.channels import Channels
from panjareh_identity.application.lives.closing import Closing, MyData
from panjareh_identity.application.lives.deaths import Deaths
from panjareh_identity.application.lives.places import OfferedPlaces
from panjareh_identity.application.lives.ports import Exchange, LifeEnd, Reader
from panjareh_identity.application.lives.proving import Proving
from panjareh_identity.application.lives.recovering import Recovering
from panjareh_identity.application.lives.telling import NoticeChoices, TellingPersons
from panjareh_identity.application.messages import Messages
from panjareh_identity.application.people import People
from panjareh_identity.application.ports import (
    Credentials,
    Leaving,
    Looks,
    Officers,
    OneTimeCodes,
    Sessions,
    Throttle,
)
from panjareh_identity.application.sessions import SessionEnds
from panjareh_identity.application.setting_passwords import SettingPasswords
from panjareh_identity.application.tokens import Sign
from panjareh_identity.read_model import held

_SWEPT_EVERY = timedelta(minutes=10)


@dataclass(frozen=True)
class Shared:
    """What the lives of accounts take from the other parts of identity."""

    foundation: Foundation
    sign: Sign
    credentials: Credentials
    sessions: Sessions
    codes: OneTimeCodes
    throttle: Throttle
    officers: Officers
    looks: Looks
    messages: Messages
    exchange: Exchange


@dataclass(frozen=True)
class LivesRows:
    """What others of identity need of these, before the use cases are there."""

    changes: PostgresContactChanges
    recoveries: PostgresRecoveries
    visits: Visits
    assistance_ends: AssistanceEnds
    notices: PostgresNotices

    @property
    def leaving(self) -> tuple[Leaving, ...]:
        parts = (self.changes, self.recoveries, self.visits, self.assistance_ends, self.notices)
        return tuple(part.leave for part in parts)

    def rounds(self) -> list[Round]:
        return [
            Round("contact_changes", _SWEPT_EVERY, self.changes.sweep),
            Round("recoveries", _SWEPT_EVERY, self.recoveries.sweep),
            Round("notices", _SWEPT_EVERY, self.notices.sweep),
        ]


@dataclass(frozen=True)
class Lives:
    """The use cases of accounts' lives."""

    channels: Channels
    proving: Proving
    places: OfferedPlaces
    visits: Visits
    recovering: Recovering
    assisting: Assisting
    assistance_ends: AssistanceEnds
    deaths: Deaths
    closing: Closing
    my_data: MyData
    ages: Ages
    telling: TellingPersons
    notice_choices: NoticeChoices

    def handlers(self) -> dict[str, Handler]:
        return self.recovering.handlers() | self.assisting.handlers()


def wire_lives_rows(foundation: Foundation, looks: Looks) -> LivesRows:
    recoveries = PostgresRecoveries(foundation.database, foundation.keyring)
    return LivesRows(
        changes=PostgresContactChanges(foundation.database, foundation.keyring),
        recoveries=recoveries,
        visits=Visits(
            foundation.log,
            places=PostgresPlaces(foundation.database),
            appointments=PostgresAppointments(),
            recoveries=recoveries,
            looks=looks,
        ),
        assistance_ends=AssistanceEnds(foundation.log, PostgresHelpings()),
        notices=PostgresNotices(foundation.database),
    )


def wire_lives(
    shared: Shared,
    rows: LivesRows,
    *,
    people: People,
    passwords: SettingPasswords,
    authenticating: Authenticating,
    ends: SessionEnds,
    life_ends: Sequence[LifeEnd],
    sections: Mapping[str, Reader],
) -> Lives:
    foundation, sessions = shared.foundation, shared.sessions
    log = foundation.log
    return Lives(
        channels=Channels(
            log,
            sessions=sessions,
            changes=rows.changes,
            codes=shared.codes,
            throttle=shared.throttle,
            exchange=shared.exchange,
            messages=shared.messages,
            code=new_code,
        ),
        proving=Proving(
            log,
            sign=shared.sign,
            sessions=sessions,
            officers=shared.officers,
            exchange=shared.exchange,
        ),
        places=OfferedPlaces(log, PostgresPlaces(foundation.database)),
        visits=rows.visits,
        recovering=Recovering(
            log,
            recoveries=rows.recoveries,
            credentials=shared.credentials,
            throttle=shared.throttle,
            exchange=shared.exchange,
            messages=shared.messages,
            passwords=passwords,
            ends=ends,
            renew=authenticating.recover,
        ),
        assisting=Assisting(
            log,
            sign=shared.sign,
            helpings=PostgresHelpings(),
            credentials=shared.credentials,
            sessions=shared.sessions,
            officers=shared.officers,
            codes=shared.codes,
            throttle=shared.throttle,
            messages=shared.messages,
            looks=shared.looks,
            code=new_code,
        ),
        assistance_ends=rows.assistance_ends,
        deaths=Deaths(log, credentials=shared.credentials, ends=ends, life_ends=life_ends),
        closing=Closing(
            log,
            people=people,
            sessions=sessions,
            officers=shared.officers,
            requests=RequestsService(foundation.calls, foundation.identity),
        ),
        ages=Ages(log, shared.looks),
        telling=TellingPersons(
            log,
            sent=rows.notices,
            representatives=PostgresRepresentatives(),
            messages=shared.messages,
        ),
        notice_choices=NoticeChoices(log, sessions),
        my_data=MyData(
            log,
            sessions=sessions,
            sections={
                "account": held.account,
                "history": held.history,
                "looks": held.looks,
                "appointments": rows.visits.held_about,
                "assistance": rows.assistance_ends.held_about,
                "notices": rows.notices.held_about,
                **sections,
            },
        ),
    )
