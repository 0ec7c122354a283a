"""What the gateway says at the door of a campaign, in the words and codes that requests has for it."""

from __future__ import annotations

from panjareh_common.refusals import Kind, Refusal


class NoCampaign(Refusal):
    code = "no_campaign"
    kind = Kind.NOT_FOUND
    message = (
        "Nobody waits in line for the service {service_code}. "
        "Ask for it at /api/v1/services/{service_code}/requests at any time."
    )


class CampaignNotOpen(Refusal):
    code = "campaign_not_open"
    kind = Kind.TOO_MANY
    message = (
        "The service {service_code} opens at {opens_at}. Come back then: "
        "being early gives nobody a better place."
    )


class CampaignClosed(Refusal):
    code = "campaign_closed"
    message = (
        "The service {service_code} was open until {closed_at} and takes nobody any more. "
        "Its card at /api/v1/services/{service_code} says what follows."
    )


class TicketNeeded(Refusal):
    code = "campaign_ticket_needed"
    kind = Kind.INVALID
    message = (
        "Many people ask for the service {service_code} at the same time, one after another. "
        "Take a number first, with PUT /api/v1/services/{service_code}/ticket."
    )


class TurnNotCome(Refusal):
    code = "campaign_turn_not_come"
    kind = Kind.TOO_MANY
    message = (
        "It is not your turn yet for the service {service_code}. Your place is kept and nobody passes you; "
        "/api/v1/services/{service_code}/queue says when it comes."
    )


class TicketUnreadable(Refusal):
    code = "campaign_ticket_unreadable"
    kind = Kind.INVALID
    message = (
        "This is no ticket of the service {service_code}. Take your number again with "
        "PUT /api/v1/services/{service_code}/ticket: it is the same one, and your place is kept."
    )


class CampaignBusy(Refusal):
    code = "campaign_busy"
    kind = Kind.TOO_MANY
    message = (
        "For the moment as many people are being let in as can be. "
        "Send the same again in a few seconds; your place is kept."
    )
