"""What the platform's processes are told in a benchmark: servers, keys, databases."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from panjareh_common import settings as names
from tests.bench.ground import Ground


def environment(ground: Ground, databases: Mapping[str, str]) -> dict[str, str]:
    """`databases` maps a service to the URL of its own one."""
    own = {names.database_url_override(name).name: url for name, url in databases.items()}
    return {
        **ground.servers.secrets,
        **own,
        names.AMQP_URL.name: ground.servers.amqp_url,
        names.DATABASE_URL.name: ground.servers.database_url,
        "PYTHONUNBUFFERED": "1",
    }


def signing_key(env: Mapping[str, str], service: str) -> Any:
    return json.loads(env[names.signing_key(service).name])
