"""Keys and passwords of one installation: made once, kept readable by their owner only."""

from __future__ import annotations

import json
import secrets
from itertools import count
from pathlib import Path
from typing import Any

from panjareh_cli.local.home import read_json, write_private

SERVICES = ("identity", "catalog", "requests", "inquiry", "feedback")
SIGNERS = (*SERVICES, "gateway")

# Names of variables, not passwords.
DATABASE_PASSWORD = "PANJAREH_DATABASE_ADMIN_PASSWORD"  # noqa: S105
AMQP_PASSWORD = "PANJAREH_AMQP_PASSWORD"  # noqa: S105
PAYMENT_SECRET = "PANJAREH_PAYMENT_SECRET"  # noqa: S105
JWKS = "PANJAREH_SERVICE_JWKS"


def _random_key() -> str:
    return secrets.token_urlsafe(32)  # 32 random bytes in base64url, without padding


def _signing_key(service: str, known: set[str]) -> str:
    """A key under a name that no key has, not even one whose private half is lost."""
    # Only a first start needs it, and it takes a tenth of a second to import.
    from joserfc.jwk import OKPKey  # noqa: PLC0415

    kid = next(kid for n in count(1) if (kid := f"{service}-{n}") not in known)
    key = OKPKey.generate_key("Ed25519", parameters={"kid": kid, "use": "sig"})
    return json.dumps(key.as_dict(private=True), sort_keys=True)


def completed(known: dict[str, str]) -> dict[str, str]:
    """`known` with whatever is missing made anew, and the public keys of it.

    Public keys that were known stay: with them is checked what was signed before a rotation.
    """
    made = dict(known)
    made.setdefault(DATABASE_PASSWORD, _random_key())
    made.setdefault(AMQP_PASSWORD, _random_key())
    for service in SERVICES:
        for kind in ("DATABASE_PASSWORD", "SEALING_KEY", "TRANSPORT_KEY"):
            made.setdefault(f"PANJAREH_{service.upper()}_{kind}", _random_key())
    made.setdefault("PANJAREH_GATEWAY_SEALING_KEY", _random_key())
    made.setdefault(PAYMENT_SECRET, _random_key())
    public = json.loads(made.get(JWKS, '{"keys": []}'))["keys"]
    for signer in SIGNERS:
        name = f"PANJAREH_{signer.upper()}_SIGNING_KEY"
        if name not in made:
            made[name] = _signing_key(signer, {key["kid"] for key in public})
    private = [json.loads(made[f"PANJAREH_{signer.upper()}_SIGNING_KEY"]) for signer in SIGNERS]
    public += [key for key in map(_public, private) if key not in public]
    made[JWKS] = json.dumps({"keys": public}, sort_keys=True)
    return made


def _public(key: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in key.items() if name != "d"}


def secrets_of(path: Path) -> dict[str, str]:
    """The secrets kept in a file, as environment variables. Those that are missing are made."""
    known = {name: str(value) for name, value in read_json(path).items()}
    made = completed(known)
    if made != known:
        write_private(path, json.dumps(made, indent=1, sort_keys=True))
    return made


def dotenv(values: dict[str, str]) -> str:
    """The secrets as an environment file; values are base64url or JSON, so quotes never meet."""
    return "".join(f"{name}='{value}'\n" for name, value in sorted(values.items()))
