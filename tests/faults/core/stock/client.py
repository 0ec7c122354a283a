"""Callers of the stock service, with the clients that Nameko brings for programs that are no service."""

from __future__ import annotations

import warnings
from typing import Any

with warnings.catch_warnings():
    # eventlet announces its retirement at every import; decision 0001 says what we do about it.
    warnings.simplefilter("ignore")
    from nameko.exceptions import RpcTimeout
    from nameko.standalone.events import event_dispatcher
    from nameko.standalone.rpc import ServiceRpcClient

from tests.faults.core.stock.log import EVENT, SERVICE


def write(amqp_url: str, name: str, *, timeout_seconds: float = 20) -> bool:
    """Sends a command; whether it was answered in time."""
    with ServiceRpcClient(SERVICE, timeout=timeout_seconds, uri=amqp_url) as client:
        try:
            client.write(name)
        except RpcTimeout:
            return False
    return True


def tell(amqp_url: str, payload: dict[str, Any]) -> None:
    event_dispatcher(uri=amqp_url)(SERVICE, EVENT, payload)
