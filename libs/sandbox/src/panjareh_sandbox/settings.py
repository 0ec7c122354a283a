"""The sandbox's settings: read once from the environment, checked, and named when missing."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from panjareh_sandbox.listener import LOOPBACK
from panjareh_sandbox.register import AUTHORITIES

_HOST = "PANJAREH_SANDBOX_HOST"
_PORT = "PANJAREH_SANDBOX_PORT"
_AUTHORITY_PORTS = "PANJAREH_SANDBOX_AUTHORITY_PORTS"
_LEDGER_DIR = "PANJAREH_SANDBOX_LEDGER_DIR"
_SCANNER_PORT = "PANJAREH_SANDBOX_SCANNER_PORT"
_PAYMENT_PORT = "PANJAREH_SANDBOX_PAYMENT_PORT"
_PAYMENT_SECRET = "PANJAREH_SANDBOX_PAYMENT_SECRET"  # noqa: S105 - the name of a variable
_PAYMENT_URL = "PANJAREH_SANDBOX_PAYMENT_URL"
_CARDS_DIR = "PANJAREH_SANDBOX_CARDS_DIR"
_LOG_LEVEL = "PANJAREH_LOG_LEVEL"
_LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class SettingsInvalid(Exception):
    """A setting is missing or cannot be used; the text names it and says what it should be."""


@dataclass(frozen=True)
class Settings:
    """Where to listen, and where to keep ledgers and the card authority; without a folder there is none.

    Without a `scanner_port` nothing looks through files; without a `payment_port` nobody takes payments. People reach
    its pages at `payment_url`.
    """

    host: str
    control_port: int
    authority_ports: Mapping[str, int]
    ledger_dir: Path | None
    log_level: str
    cards_dir: Path | None = None
    scanner_port: int | None = None
    payment_port: int | None = None
    payment_secret: str = ""
    payment_url: str = ""

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> "Settings":
        authority_ports = _authority_ports(_required(environ, _AUTHORITY_PORTS))
        control_port = _port(_PORT, _required(environ, _PORT))
        scanner = environ.get(_SCANNER_PORT)
        scanner_port = _port(_SCANNER_PORT, scanner) if scanner else None
        payment = environ.get(_PAYMENT_PORT)
        payment_port = _port(_PAYMENT_PORT, payment) if payment else None
        further = [port for port in (scanner_port, payment_port) if port]
        ports = [control_port, *authority_ports.values(), *further]
        if len(set(ports)) != len(ports):
            raise SettingsInvalid(
                f"{_PORT}, {_SCANNER_PORT}, {_PAYMENT_PORT} and {_AUTHORITY_PORTS} must name different ports."
            )
        directory = environ.get(_LEDGER_DIR)
        level = environ.get(_LOG_LEVEL, "INFO").upper()
        if level not in _LOG_LEVELS:
            raise SettingsInvalid(f"{_LOG_LEVEL} must be one of: {', '.join(_LOG_LEVELS)}.")
        host = environ.get(_HOST) or LOOPBACK
        cards = environ.get(_CARDS_DIR)
        return cls(
            host,
            control_port,
            authority_ports,
            Path(directory) if directory else None,
            level,
            Path(cards) if cards else None,
            scanner_port,
            payment_port,
            _required(environ, _PAYMENT_SECRET) if payment_port else "",
            environ.get(_PAYMENT_URL)
            or (f"http://{LOOPBACK}:{payment_port}" if payment_port else ""),
        )


def _required(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name)
    if not value:
        raise SettingsInvalid(f"{name} is not set. Set it and start the sandbox again.")
    return value


def _authority_ports(value: str) -> dict[str, int]:
    try:
        ports = json.loads(value)
    except ValueError:
        ports = None
    if not isinstance(ports, dict) or set(ports) != set(AUTHORITIES):
        names = ", ".join(AUTHORITIES)
        raise SettingsInvalid(f"{_AUTHORITY_PORTS} must be a JSON object of ports, for: {names}.")
    return {name: _port(_AUTHORITY_PORTS, ports[name]) for name in AUTHORITIES}


def _port(name: str, value: object) -> int:
    if not str(value).isdecimal() or not 0 < int(str(value)) < 65536:
        raise SettingsInvalid(f"{name}: a port is a number from 1 to 65535.")
    return int(str(value))
