"""What a client asks and is answered, in the shapes that Authlib's framework-free server takes."""

from __future__ import annotations

import base64
import json
import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from authlib.common.urls import add_params_to_uri
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Payload, OAuth2Request
from starlette.responses import RedirectResponse, Response

# What may stand in an error description (RFC 6749, section 5.2); Authlib repeats these there.
_SPEAKABLE = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]*\Z")
_ONCE = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "request_uri",
    "request",
    "prompt",
    "max_age",
    "acr_values",
    "claims",
    "grant_type",
    "code",
    "code_verifier",
    "refresh_token",
    "token",
    "client_assertion",
    "client_secret",
    "response_mode",
]
_REPEATED = ("client_id", "response_type", "grant_type", "redirect_uri", "scope")


class Parameters(OAuth2Payload):
    """Parameters of a request, each with all its values."""

    def __init__(self, values: Mapping[str, list[str]]) -> None:
        self._all = defaultdict(list, {name: list(given) for name, given in values.items()})
        self._first = {name: given[0] for name, given in values.items()}

    @property
    def data(self) -> dict[str, str]:
        return self._first

    @property
    def datalist(self) -> defaultdict[str, list[str]]:
        return self._all

    def check(self) -> None:
        """Raises InvalidRequestError for a parameter given twice, or one that no answer could repeat."""
        for name in _ONCE:
            if len(self._all.get(name, ())) > 1:
                raise InvalidRequestError(f"Multiple '{name}' in request.")
        for name in _REPEATED:
            if not _SPEAKABLE.match(self._first.get(name, "")):
                raise InvalidRequestError(f"Invalid '{name}' in request.")


class ClientRequest(OAuth2Request):
    """A request as Authlib reads it. `url` is the public address, whatever stands before this process."""

    def __init__(
        self, method: str, url: str, values: Mapping[str, list[str]], headers: Mapping[str, str]
    ) -> None:
        # Where TLS ends is not here; that the public address has it is checked with the settings.
        super().__init__(method, re.sub(r"\Ahttp:", "https:", url), headers=_titled(headers))
        self.payload = Parameters(values)

    @property
    def form(self) -> dict[str, str]:
        return self.payload.data

    @property
    def args(self) -> dict[str, str]:
        return self.payload.data


def _titled(headers: Mapping[str, str]) -> dict[str, str]:
    """The header that Authlib looks for; none where it holds what nobody could read."""
    said = headers.get("authorization", "")
    scheme, _, sent = said.partition(" ")
    if scheme.lower() != "basic" or not sent.strip():
        return {}
    try:
        base64.b64decode(sent.strip()).decode()
    except ValueError:
        return {}
    return {"Authorization": said}


def to_response(status: int, body: Any, headers: Any) -> Response:
    """Authlib's answer over HTTP; nobody on the way keeps it (RFC 6749, section 5.1)."""
    named = {name: value for name, value in headers if name.lower() != "content-type"}
    named |= {
        "Cache-Control": "no-store",
        "Pragma": "no-cache",
        "X-Content-Type-Options": "nosniff",
    }
    if isinstance(body, dict | list):
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        return Response(text, status, media_type="application/json", headers=named)
    return Response(str(body), status, headers=named)


def to_client(redirect_uri: str, issuer: str, parameters: Mapping[str, str | None]) -> str:
    """Where the browser goes with an answer to the client; it says who answers (RFC 9207)."""
    said = {name: value for name, value in parameters.items() if value is not None}
    return str(add_params_to_uri(redirect_uri, [*said.items(), ("iss", issuer)]))


def error_to_client(error: OAuth2Error, issuer: str) -> str | None:
    """The client's own address with an error on it; None where it must not be sent there."""
    if not error.redirect_uri:
        return None
    told = {"error": error.error, "error_description": error.description or None}
    return to_client(error.redirect_uri, issuer, told | {"state": error.state})


def away(url: str) -> Response:
    """To a client, by GET; the address says nothing of us in a Referer."""
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return RedirectResponse(url, 303, headers=headers)
