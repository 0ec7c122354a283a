"""What the use cases need from outside, by role."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from panjareh_catalog.domain.authority import Authority
from panjareh_catalog.domain.public_service import PublicService
from panjareh_common.event_store import UnitOfWork


class ServiceView(Protocol):
    """The rows that answer "which services are there?", written in the commit of their events."""

    def write(self, unit: UnitOfWork, service: PublicService) -> None: ...


class Authorities(Protocol):
    """The register of authorities."""

    def all(self, unit: UnitOfWork) -> Sequence[Authority]: ...

    def keep(self, unit: UnitOfWork, authority: Authority) -> None:
        """Adds an authority, or changes its name and parent."""
        ...
