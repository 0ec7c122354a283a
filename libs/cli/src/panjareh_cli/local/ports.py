"""Free loopback ports, remembered in the data folder so that addresses stay the same between runs."""

from __future__ import annotations

import json
import random
import socket
from pathlib import Path

from panjareh_cli.local.faults import LocalFault
from panjareh_cli.local.home import read_json, write_private

LOOPBACK = "127.0.0.1"
# Below what Linux hands to outgoing connections, so that none of those sits on a kept port.
RANGE = range(20_000, 32_000)


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        # Connections that a stopped server left in TIME_WAIT do not keep its successor out.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def next_free(first: int, host: str = LOOPBACK) -> int:
    """`first`, or the nearest free port above it."""
    for port in range(first, min(first + 200, 65_536)):
        if is_free(port, host):
            return port
    raise LocalFault(f"no free port from {first} to {first + 199}")


class Ports:
    """The ports of one data folder, by name."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def kept(self, name: str) -> int | None:
        """The port a name had last time, whoever listens on it now."""
        port = read_json(self._path).get(name)
        return port if isinstance(port, int) else None

    def free(self, name: str) -> int:
        """A port nobody listens on: the one of last time, or another when it is taken."""
        ports = read_json(self._path)
        port = ports.get(name)
        if isinstance(port, int) and is_free(port):
            return port
        others = set(ports.values())
        for candidate in random.sample(RANGE, len(RANGE)):
            if candidate not in others and is_free(candidate):
                write_private(self._path, json.dumps({**ports, name: candidate}, indent=1))
                return candidate
        raise LocalFault(f"no free port on {LOOPBACK} from {RANGE.start} to {RANGE.stop - 1}")
