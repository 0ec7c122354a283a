"""What the services are made of, found in the code itself: so that nothing new can be forgotten by a test."""

from __future__ import annotations

import importlib
import pkgutil
from functools import lru_cache
from pathlib import Path
from types import ModuleType

from eventsourcing.domain import Aggregate

from panjareh_common.event_store import PersonalAggregate, PublicAggregate
from panjareh_common.messaging.relay import Translation
from panjareh_common.messaging.topology import Subscription
from panjareh_common.settings import SERVICES

ROOT = Path(__file__).parents[1]
PACKAGES = (
    "panjareh_common",
    "panjareh_cli",
    "panjareh_sandbox",
    *(f"panjareh_{service}" for service in SERVICES),
    "panjareh_gateway",
)


def source_files() -> list[Path]:
    """Every Python file that is shipped."""
    return sorted(
        file for folder in ("libs", "services") for file in (ROOT / folder).glob("*/src/**/*.py")
    )


def _modules(package: str) -> list[ModuleType]:
    home = importlib.import_module(package)
    found = pkgutil.walk_packages(home.__path__, f"{package}.")
    return [home, *(importlib.import_module(module.name) for module in found)]


def _optional(name: str) -> ModuleType | None:
    """A module that a service may do without."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as missing:
        if missing.name is None or not name.startswith(missing.name):
            raise
        return None


@lru_cache
def aggregates(service: str) -> tuple[type[Aggregate], ...]:
    package = f"panjareh_{service}.domain"
    return tuple(
        member
        for module in _modules(package)
        for member in vars(module).values()
        if isinstance(member, type)
        and issubclass(member, PersonalAggregate | PublicAggregate)
        and member.__module__ == module.__name__
    )


def events_of(aggregate: type[Aggregate]) -> list[type[Aggregate.Event]]:
    """The event classes of one aggregate, each once whatever else it is called."""
    members = vars(aggregate).values()
    events = [
        member
        for member in members
        if isinstance(member, type) and issubclass(member, Aggregate.Event)
    ]
    return [event for event in dict.fromkeys(events) if event is not vars(aggregate).get("Event")]


def events(service: str) -> list[type[Aggregate.Event]]:
    return [event for aggregate in aggregates(service) for event in events_of(aggregate)]


@lru_cache
def published(service: str) -> dict[type, Translation]:
    """A service's table of what others may know."""
    module = _optional(f"panjareh_{service}.messaging.translation")
    return dict(module.PUBLISHED) if module else {}


@lru_cache
def subscriptions(service: str) -> tuple[Subscription, ...]:
    module = _optional(f"panjareh_{service}.messaging.subscriptions")
    return tuple(module.SUBSCRIPTIONS) if module else ()
