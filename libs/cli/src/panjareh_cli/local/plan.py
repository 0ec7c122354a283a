"""What the platform consists of: its processes, its migrations, and the doors that seed it."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from panjareh_cli.local.secrets import SERVICES

# Authorities that the sandbox plays, by the name that providers.yaml gives them.
AUTHORITIES = (
    "civil_registry",
    "welfare",
    "mobile_registry",
    "companies_registry",
    "police",
    "conscription",
    "education",
    "health",
    "property_registry",
    "guilds",
    "culture",
    "insurance",
    "tax",
)


@dataclass(frozen=True)
class Program:
    """`python -m module arguments`, run with what its service may know."""

    name: str
    service: str
    module: str
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class Door:
    """An operators' one-shot command, with the files it reads: it runs again when they change.

    `yields`: what people did since may stand against a change, and then what was brought in before stays.
    """

    program: Program
    content: Path
    yields: bool = False


def _of(service: str, *arguments: str) -> Program:
    return Program(f"{service}.{arguments[0]}", service, f"panjareh_{service}", arguments)


def _folder(package: str) -> Path:
    """Where a package lies; found without importing it, which would bring its libraries along."""
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        return Path(package)
    return Path(found.origin).parent


def _demo_folder() -> Path:
    return _folder("panjareh_sandbox") / "demo"


def migration_sources() -> list[Path]:
    """The files that say which tables and queues there are."""
    folders = [_folder(f"panjareh_{name}") for name in ("common", *SERVICES)]
    return sorted(
        file
        for folder in folders
        for pattern in ("migrations/*.*", "messaging/*.py")
        for file in folder.glob(pattern)
    )


def _door(service: str, command: str, content: Path, *, yields: bool = False) -> Door:
    return Door(_of(service, command, str(content)), content, yields)


MIGRATIONS: tuple[Program, ...] = tuple(_of(service, "migrate") for service in SERVICES)

DOORS: tuple[Door, ...] = (
    # A card that is before the people in a consultation is not published meanwhile.
    _door("catalog", "publish", _demo_folder() / "services", yields=True),
    _door("catalog", "keep-quotas", _demo_folder() / "quotas.yaml"),
    _door("inquiry", "connect", _demo_folder() / "providers.yaml"),
    _door("identity", "appoint", _demo_folder() / "officers.yaml"),
    _door("identity", "publish-statement", _demo_folder() / "privacy_statement.yaml"),
)

PROCESSES: tuple[Program, ...] = (
    _of("identity", "rpc"),
    _of("identity", "follower"),
    _of("identity", "http"),
    _of("identity", "clock"),
    _of("catalog", "rpc"),
    _of("catalog", "follower"),
    _of("catalog", "clock"),
    _of("requests", "rpc"),
    _of("requests", "follower"),
    _of("requests", "http"),
    _of("requests", "clock"),
    _of("inquiry", "rpc"),
    _of("inquiry", "follower"),
    _of("inquiry", "clock"),
    _of("feedback", "rpc"),
    _of("feedback", "follower"),
    _of("gateway", "http"),
    Program("sandbox", "sandbox", "panjareh_sandbox", ()),
)
