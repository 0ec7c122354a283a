"""Writes every Secret that the chart expects: python scripts/make_secrets.py --keys keys.json | kubectl apply -f -

Keys and passwords are made once and kept in the file, which nobody but the operator may read: what is
sealed with these keys cannot be read with others. A second run with the file makes the same Secrets; one
with the file of an older version adds what that did not know. After `panjareh ops rotate-keys` the cluster
knows keys that the file does not:

    kubectl get secrets -l app.kubernetes.io/part-of=panjareh -o json | python scripts/make_secrets.py --keys keys.json --adopt
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import secrets
import sys
from pathlib import Path
from typing import Any

import yaml

from panjareh_cli.local.home import read_json, write_private
from panjareh_cli.local.secrets import DATABASE_PASSWORD, completed

CHART = Path(__file__).parents[1] / "deploy/helm/panjareh"


def keys_of(path: Path, users: list[str]) -> dict[str, str]:
    """What the file holds, with whatever is missing made anew and written back."""
    known = {name: str(value) for name, value in read_json(path).items()}
    made = completed(known)
    for user in users:
        made.setdefault(_broker_password(user), secrets.token_urlsafe(32))
    if made != known:
        write_private(path, json.dumps(made, indent=1, sort_keys=True))
    return made


def adopted(path: Path, found: dict[str, Any], variables: set[str]) -> list[str]:
    """Writes into the file what a list of Secrets holds of these variables; gives the names that changed.

    Raises ValueError where two Secrets tell different things of one variable.
    """
    told: dict[str, str] = {}
    for secret in found["items"]:
        for name, encoded in (secret.get("data") or {}).items():
            value = base64.b64decode(encoded).decode()
            if name in variables and told.setdefault(name, value) != value:
                raise ValueError(f"{secret['metadata']['name']}: {name} is another than elsewhere")
    known = {name: str(value) for name, value in read_json(path).items()}
    changed = sorted(name for name, value in told.items() if known.get(name) != value)
    if changed:
        write_private(path, json.dumps(known | told, indent=1, sort_keys=True))
    return changed


def _broker_password(user: str) -> str:
    return f"BROKER_{user.upper()}_PASSWORD"


def manifests(values: dict[str, Any], broker: dict[str, Any], keys: dict[str, str]) -> list[Any]:
    """The Secrets, by the names that the chart's values give them."""
    found: dict[str, dict[str, str]] = {}
    for name, service in values["services"].items():
        wanted = [*service["secretKeys"]]
        for process in service["processes"].values():
            wanted += (process or {}).get("secretKeys", [])
        if service["database"]:
            wanted.append(f"PANJAREH_{name.upper()}_DATABASE_PASSWORD")
        found[service["existingSecret"]] = {key: keys[key] for key in wanted}
        found[service["brokerSecret"]] = _credentials(name, keys)
    found[values["migrations"]["brokerSecret"]] = _credentials("migrate", keys)
    found[values["ops"]["brokerSecret"]] = _credentials("ops", keys)
    auth = values["postgresql"]["auth"]
    found[auth["existingSecret"]] = {auth["existingSecretPasswordKey"]: keys[DATABASE_PASSWORD]}
    vhost = values["rabbitmq"]["vhost"]
    found[values["rabbitmq"]["bundled"]["definitionsSecret"]] = {
        "definitions.json": json.dumps(definitions(broker, vhost, keys), indent=1)
    }
    return [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "labels": {"app.kubernetes.io/part-of": "panjareh"}},
            "type": "Opaque",
            "stringData": data,
        }
        for name, data in sorted(found.items())
    ]


def _credentials(user: str, keys: dict[str, str]) -> dict[str, str]:
    return {"username": user, "password": keys[_broker_password(user)]}


def definitions(broker: dict[str, Any], vhost: str, keys: dict[str, str]) -> dict[str, Any]:
    """RabbitMQ's definitions: the users of files/broker.yaml and what each may do."""
    users, permissions, topics = [], [], []
    for user, rights in broker["users"].items():
        users.append(
            {
                "name": user,
                "password_hash": _hashed(keys[_broker_password(user)]),
                "hashing_algorithm": "rabbit_password_hashing_sha256",
                "tags": [],
            }
        )
        permissions.append(
            {
                "user": user,
                "vhost": vhost,
                **{right: rights[right] for right in ("configure", "write", "read")},
            }
        )
        topics += [
            {"user": user, "vhost": vhost, "exchange": exchange, **allowed}
            for exchange, allowed in rights.get("topics", {}).items()
        ]
    policies = [
        {"vhost": vhost, "name": name, "priority": 0, **policy}
        for name, policy in broker["policies"].items()
    ]
    return {
        "vhosts": [{"name": vhost}],
        "users": users,
        "permissions": permissions,
        "topic_permissions": topics,
        "policies": policies,
    }


def _hashed(password: str) -> str:
    """As RabbitMQ keeps it: salt, then SHA-256 over salt and password.

    The salt is of the password, so that the same keys make the same Secret; passwords are random ones.
    """
    salt = hashlib.sha256(b"salt" + password.encode()).digest()[:4]
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def _merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """As Helm lays one values file over another."""
    result = dict(below)
    for key, value in above.items():
        kept = result.get(key)
        both = isinstance(kept, dict) and isinstance(value, dict)
        result[key] = _merged(kept, value) if both else value  # type: ignore[arg-type]
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--keys", type=Path, required=True, help="file in which keys are kept")
    parser.add_argument("--values", type=Path, action="append", default=[], help="your values file")
    parser.add_argument(
        "--adopt", action="store_true", help="take over Secrets from stdin, make none"
    )
    asked = parser.parse_args()
    values = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    for file in asked.values:
        values = _merged(values, yaml.safe_load(file.read_text(encoding="utf-8")))
    broker = yaml.safe_load((CHART / "files/broker.yaml").read_text(encoding="utf-8"))
    keys = keys_of(asked.keys, list(broker["users"]))
    if asked.adopt:
        for name in adopted(asked.keys, json.load(sys.stdin), set(keys)):
            print(f"{name} is as in the cluster now", file=sys.stderr)
        return
    yaml.safe_dump_all(manifests(values, broker, keys), sys.stdout, width=1_000_000)


if __name__ == "__main__":
    main()
