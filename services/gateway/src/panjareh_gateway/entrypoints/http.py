"""The http process of the gateway."""

from __future__ import annotations

from panjareh_common import settings as names
from panjareh_common.health import HEALTH, Check
from panjareh_common.http_serving import serve_http
from panjareh_common.security import ServiceIdentity, TokenVerifier
from panjareh_common.security.transport import Transport
from panjareh_common.settings import SERVICES, Settings
from panjareh_gateway.app import make_app
from panjareh_gateway.calls import AsyncRpcClient
from panjareh_gateway.live.hearing import Hearing
from panjareh_gateway.live.streams import Streams
from panjareh_gateway.signing_in.cookies import SealedCookies
from panjareh_gateway.signing_in.provider import Provider
from panjareh_gateway.signing_in.routes import SigningIn


def reached_once(calls: AsyncRpcClient) -> Check:
    """Not ready before the broker was reached, so that a rollout waits for it; ready from then on.

    In an outage all gateways lose the broker at once. Taken out of service they would leave visitors to
    a load balancer with nobody behind it, instead of to a page that says in their language what is wrong.
    """
    reached = False

    def look() -> str | None:
        nonlocal reached
        reached = reached or calls.connected
        return None if reached else "away"

    return look


def main(arguments: list[str]) -> None:
    signing, sealing = names.signing_key("gateway"), names.sealing_key("gateway")
    transports = {service: names.transport_key(service) for service in SERVICES}
    settings = Settings(
        names.AMQP_URL,
        names.JWKS,
        names.HTTP_HOST,
        names.HTTP_PORT,
        names.TRUSTED_PROXIES,
        names.WINDOW_URL,
        names.ISSUER_URL,
        names.ISSUER_BACKCHANNEL_URL,
        signing,
        sealing,
        *transports.values(),
    )
    transport = Transport({service: settings[key] for service, key in transports.items()})
    calls = AsyncRpcClient(settings[names.AMQP_URL], transport)
    HEALTH.check("broker", reached_once(calls))
    identity, window = ServiceIdentity("gateway", settings[signing]), settings[names.WINDOW_URL]
    provider = Provider(
        settings[names.ISSUER_URL], identity, inside=settings[names.ISSUER_BACKCHANNEL_URL]
    )
    cookies = SealedCookies(settings[sealing], secure=window.startswith("https:"))
    streams = Streams()
    app = make_app(
        calls,
        identity,
        provider,
        SigningIn(provider, cookies, window),
        streams=streams,
        hearing=Hearing(settings[names.AMQP_URL], streams),
        verifier=TokenVerifier(settings[names.JWKS]),
    )
    serve_http(
        app, settings[names.HTTP_HOST], settings[names.HTTP_PORT], settings[names.TRUSTED_PROXIES]
    )
