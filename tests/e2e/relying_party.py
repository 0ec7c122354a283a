"""A client of the provider that we did not write: npm's openid-client, told what to do line by line.

What it imports is installed by the fixture `run_script`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from panjareh_cli.local.platform import Platform

JS = Path(__file__).parent / "js"
CALLBACK = "https://shop.example/callback"
_REGISTER = """
import json, sys
from panjareh_common.event_store import Cause
from panjareh_identity.application.clients import RegisterClient
from panjareh_identity.domain.client import AuthMethod, ClientDetails, GrantType
from panjareh_identity.wiring import wire

wanted = json.loads(sys.stdin.read())
details = ClientDetails(
    name=wanted["name"],
    authority=wanted["authority"],
    redirect_uris=tuple(wanted["redirect_uris"]),
    post_logout_redirect_uris=tuple(wanted["post_logout_redirect_uris"]),
    scopes=tuple(wanted["scopes"]),
    grant_types=tuple(GrantType(kind) for kind in wanted["grant_types"]),
    auth_method=AuthMethod(wanted["auth_method"]),
    jwks=wanted["jwks"],
    first_party=wanted["first_party"],
)
wiring = wire()
wiring.foundation.open_databases()
cause = Cause(actor="identity", role="service", channel="platform", cause="test")
made = wiring.clients.clients.register(RegisterClient(details, "For a test."), cause=cause)
wiring.foundation.close_databases()
print(json.dumps({"client_id": str(made.client_id), "client_secret": made.client_secret}))
"""


def register(platform: Platform, **changes: Any) -> dict[str, Any]:
    """A client, as an operator registers it: `{client_id, client_secret}`."""
    wanted = {
        "name": {"fa": "فروشگاه", "en": "A shop"},
        "authority": None,
        "redirect_uris": [CALLBACK],
        "post_logout_redirect_uris": ["https://shop.example/"],
        "scopes": ["openid", "profile"],
        "grant_types": ["authorization_code", "refresh_token"],
        "auth_method": "client_secret_basic",
        "jwks": None,
        "first_party": False,
    } | changes
    done = subprocess.run(
        [sys.executable, "-c", _REGISTER],
        input=json.dumps(wanted),
        env=platform.environment_for("identity"),
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


class RelyingParty:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def tell(self, order: str, **more: Any) -> dict[str, Any]:
        """What it answers; a refusal as `{failed, because}`."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"order": order} | more) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the client has ended"
        return dict(json.loads(line))


@contextmanager
def relying_party(issuer: str, client_id: str, **proof: Any) -> Iterator[RelyingParty]:
    process = subprocess.Popen(
        ["node", "client.mjs", issuer, client_id, json.dumps(proof)],
        cwd=JS,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "NODE_NO_WARNINGS": "1"},
    )
    try:
        yield RelyingParty(process)
    finally:
        process.kill()
        process.wait()
