"""The http process of identity: the OpenID provider and its pages."""

from __future__ import annotations

from panjareh_common import settings as names
from panjareh_common.health import HEALTH
from panjareh_common.http_serving import serve_http
from panjareh_identity.wiring import wire
from panjareh_identity.wiring_provider import SETTINGS, wire_provider


def main(arguments: list[str]) -> None:
    wiring = wire(also=SETTINGS)
    foundation = wiring.foundation.open()
    foundation.wait_until_migrated()
    foundation.trust.open()
    HEALTH.check("database", foundation.unfit)
    HEALTH.check("broker", foundation.no_broker)
    settings = foundation.settings
    try:
        serve_http(
            wire_provider(wiring),
            settings[names.HTTP_HOST],
            settings[names.IDENTITY_HTTP_PORT],
            settings[names.TRUSTED_PROXIES],
        )
    finally:
        foundation.trust.close()
        foundation.close()
