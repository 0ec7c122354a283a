"""The http process of requests: files come in in pieces and go out as streams."""

from __future__ import annotations

from panjareh_common.health import HEALTH
from panjareh_common.http_serving import serve_http
from panjareh_common.settings import HTTP_HOST, REQUESTS_HTTP_PORT, TRUSTED_PROXIES, Settings
from panjareh_requests.http.app import make_app
from panjareh_requests.wiring import wire


def main(arguments: list[str]) -> None:
    settings = Settings(HTTP_HOST, REQUESTS_HTTP_PORT, TRUSTED_PROXIES)
    wiring = wire()
    foundation = wiring.foundation.open()
    foundation.wait_until_migrated()
    foundation.trust.open()
    HEALTH.check("database", foundation.unfit)
    HEALTH.check("broker", foundation.no_broker)
    try:
        serve_http(
            make_app(foundation.verifier, wiring.files, wiring.own_files.page),
            settings[HTTP_HOST],
            settings[REQUESTS_HTTP_PORT],
            settings[TRUSTED_PROXIES],
        )
    finally:
        foundation.trust.close()
        foundation.close()
