"""Puts together what asks other authorities for their opinions, and shows them what was chosen."""

from __future__ import annotations

from dataclasses import dataclass

from panjareh_common.event_store import EventLog
from panjareh_requests.application.handling import Handling
from panjareh_requests.application.opinions import Opinions
from panjareh_requests.application.ports import Authorities, Days, Looks, Terms
from panjareh_requests.read_model.files import PostgresFiles
from panjareh_requests.read_model.opinions import AskedOpinions, PostgresOpinions


@dataclass(frozen=True)
class OpinionParts:
    opinions: Opinions
    asked: AskedOpinions


def wire_opinions(
    log: EventLog,
    handling: Handling,
    *,
    files: PostgresFiles,
    authorities: Authorities,
    days: Days,
    looks: Looks,
    terms: Terms,
) -> OpinionParts:
    return OpinionParts(
        opinions=Opinions(
            log,
            handling,
            rows=PostgresOpinions(),
            files=files,
            authorities=authorities,
            days=days,
        ),
        asked=AskedOpinions(log, looks, terms, files.of_request),
    )
