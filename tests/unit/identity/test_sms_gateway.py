import json

import httpx
import pytest

from panjareh_identity.adapters.sms import SmsGateway
from panjareh_identity.domain.refusals import MessageNotSent

URL = "http://sms.invalid/sms"


def test_a_message_is_posted_to_the_gateway():
    posted = []

    def gateway(request: httpx.Request) -> httpx.Response:
        posted.append((request.method, str(request.url), json.loads(request.content)))
        return httpx.Response(202)

    SmsGateway(URL, httpx.MockTransport(gateway)).send("09121234567", "کد شما")

    assert posted == [("POST", URL, {"to": "09121234567", "text": "کد شما"})]


@pytest.mark.parametrize("status", [400, 404, 429, 500, 503])
def test_a_gateway_that_does_not_take_it_is_told(status):
    gateway = SmsGateway(URL, httpx.MockTransport(lambda _: httpx.Response(status)))

    with pytest.raises(MessageNotSent):
        gateway.send("09121234567", "کد شما")


@pytest.mark.parametrize("fault", [httpx.ConnectError, httpx.ReadTimeout])
def test_a_gateway_that_does_not_answer_is_told(fault):
    def away(request: httpx.Request) -> httpx.Response:
        raise fault("away", request=request)

    with pytest.raises(MessageNotSent):
        SmsGateway(URL, httpx.MockTransport(away)).send("09121234567", "کد شما")


@pytest.mark.parametrize(
    ("fault", "perhaps"),
    [
        (httpx.ConnectError, False),
        (httpx.ConnectTimeout, False),
        (httpx.PoolTimeout, False),
        (httpx.ReadTimeout, True),
        (httpx.RemoteProtocolError, True),
    ],
)
def test_only_a_message_that_was_on_its_way_may_have_arrived(fault, perhaps):
    def away(request: httpx.Request) -> httpx.Response:
        raise fault("away", request=request)

    with pytest.raises(MessageNotSent) as said:
        SmsGateway(URL, httpx.MockTransport(away)).send("09121234567", "کد شما")

    assert said.value.perhaps_sent is perhaps


def test_a_message_that_the_gateway_refused_has_not_arrived():
    gateway = SmsGateway(URL, httpx.MockTransport(lambda _: httpx.Response(503)))

    with pytest.raises(MessageNotSent) as said:
        gateway.send("09121234567", "کد شما")

    assert not said.value.perhaps_sent
