"""How a campaign says no: not yet, not any more, not your turn."""

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
    """Not kept under an Idempotency-Key: the same order succeeds once it is open."""

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


class TicketLapsed(Refusal):
    code = "campaign_ticket_lapsed"
    kind = Kind.OUTDATED
    message = (
        "Your turn for the service {service_code} has passed, and your place went to the next. "
        "Take a new number with PUT /api/v1/services/{service_code}/ticket."
    )


class CampaignBusy(Refusal):
    code = "campaign_busy"
    kind = Kind.TOO_MANY
    message = (
        "For the moment as many people are being let in as can be. "
        "Send the same again in a few seconds; your place is kept."
    )


class AlreadySignedUp(Refusal):
    code = "campaign_already_signed_up"
    message = (
        "You have asked for the service {service_code} already, and each person does once. "
        "Your request stands at /api/v1/requests."
    )


class LineTooLong(Refusal):
    """Not kept under a key: places are given back, and authorities prolong."""

    code = "campaign_line_too_long"
    kind = Kind.TOO_MANY
    message = (
        "As many people are in line as can be let in until it closes at {closes_at}, so there is no turn left. "
        "Should the authority prolong, its card says so."
    )
