"""Keys and passwords of one installation: made once, kept readable by their owner only."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

from panjareh_cli.local.home import read_json, write_private

SERVICES = ("identity", "catalog", "requests", "inquiry", "feedback")
SIGNERS = (*SERVICES, "gateway")

# Names of variables, not passwords.
DATABASE_PASSWORD = "PANJAREH_DATABASE_ADMIN_PASSWORD"  # noqa: S105
AMQP_PASSWORD = "PANJAREH_AMQP_PASSWORD"  # noqa: S105
JWKS = "PANJAREH_SERVICE_JWKS"


def _random_key() -> str:
    return secrets.token_urlsafe(32)  # 32 random bytes in base64url, without padding


def _signing_key(service: str) -> str:
    # Only a first start needs it, and it takes a tenth of a second to import.
    from joserfc.jwk import OKPKey  # noqa: PLC0415

    key = OKPKey.generate_key("Ed25519", parameters={"kid": f"{service}-1", "use": "sig"})
    return json.dumps(key.as_dict(private=True), sort_keys=True)


def completed(known: dict[str, str]) -> dict[str, str]:
    """`known` with whatever is missing made anew, and the public key set that fits it."""
    made = dict(known)
    made.setdefault(DATABASE_PASSWORD, _random_key())
    made.setdefault(AMQP_PASSWORD, _random_key())
    for service in SERVICES:
        for kind in ("DATABASE_PASSWORD", "SEALING_KEY", "TRANSPORT_KEY"):
            made.setdefault(f"PANJAREH_{service.upper()}_{kind}", _random_key())
    for signer in SIGNERS:
        name = f"PANJAREH_{signer.upper()}_SIGNING_KEY"
        if name not in made:
            made[name] = _signing_key(signer)
    private = [json.loads(made[f"PANJAREH_{signer.upper()}_SIGNING_KEY"]) for signer in SIGNERS]
    made[JWKS] = json.dumps({"keys": [_public(key) for key in private]}, sort_keys=True)
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
