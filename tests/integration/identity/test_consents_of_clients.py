"""A consent to a client is one like any other: listed where all are, and withdrawn with effect (I6)."""

from __future__ import annotations

from uuid import UUID, uuid4

from panjareh_common.asking import Asking
from panjareh_common.assurance import AssuranceLevel
from panjareh_common.security import Caller, CallerKind
from panjareh_identity.application.mandate_ports import Page
from tests.integration.identity.providing import (
    Client,
    Ground,
    Human,
    query_of,
    signed_in_browser,
)


def asking(human: Human) -> Asking:
    caller = Caller(CallerKind.PERSON, human.id, AssuranceLevel.LOW)
    return Asking(caller, caller.cause("web"), str(uuid4()), "en")


def agreed(ground: Ground, human: Human, client: Client) -> str:
    """The refresh token that a client gets once the person has agreed."""
    browser = signed_in_browser(ground, human)
    browser.open(client.url())
    code = query_of(browser.submit("/consent"))["code"]
    return str(client.redeem(code).json()["refresh_token"])


def consents(ground: Ground, human: Human):
    return ground.wiring.consents.list_of(Page(), asking(human))["items"]


def test_agreeing_on_the_page_is_a_consent_with_its_data_and_its_end(ground: Ground) -> None:
    human, client = ground.human(), ground.client()

    agreed(ground, human, client)

    (given,) = consents(ground, human)
    assert (given["receiver"], given["purpose"], given["status"]) == (client.id, "sign_in", "given")
    assert "national_id" in given["data"]


def test_withdrawing_it_ends_what_that_client_has_and_no_other(ground: Ground) -> None:
    human, client, other = ground.human(), ground.client(), ground.client()
    neighbour = ground.human()
    mine, others = agreed(ground, human, client), agreed(ground, human, other)
    theirs = agreed(ground, neighbour, client)
    (given,) = [each for each in consents(ground, human) if each["receiver"] == client.id]

    ground.wiring.consents.withdraw(UUID(given["consent_id"]), asking(human))

    assert client.refresh(mine).json()["error"] == "invalid_grant"
    assert other.refresh(others).status_code == 200
    assert client.refresh(theirs).status_code == 200


def test_after_that_the_person_is_asked_again(ground: Ground) -> None:
    human, client = ground.human(), ground.client()
    agreed(ground, human, client)
    (given,) = consents(ground, human)
    browser = signed_in_browser(ground, human)
    assert "code" in query_of(browser.open(client.url()))

    ground.wiring.consents.withdraw(UUID(given["consent_id"]), asking(human))

    assert browser.open(client.url()).status_code == 200  # the page that asks
