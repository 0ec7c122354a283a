"""Puts together what lets many people in, one after another."""

from __future__ import annotations

from panjareh_common.foundation import Foundation
from panjareh_requests.application.campaigns import Campaigns
from panjareh_requests.read_model.campaign_door import CampaignDoor
from panjareh_requests.read_model.campaigns import PostgresCampaigns
from panjareh_requests.read_model.terms import PublishedTerms

TICKET_TYP = "panjareh-ticket+jws"


def wire_campaigns(foundation: Foundation, terms: PublishedTerms) -> Campaigns:
    rows = PostgresCampaigns(foundation.database)
    foundation.erasures.and_remove(rows.remove_of)
    return Campaigns(
        foundation.log,
        terms=terms,
        cards=terms,
        rows=rows,
        door=CampaignDoor(foundation.database),
        sign=lambda claims: foundation.identity.sign(claims, TICKET_TYP),
    )
