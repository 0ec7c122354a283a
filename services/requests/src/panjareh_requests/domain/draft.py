"""A draft: what somebody has filled in and not submitted. It is no event, and it ends by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from panjareh_requests.domain.refusals_drafts import DraftOutdated, TooManyDrafts

MOST_DRAFTS = 50
"""Of one person or organisation."""


@dataclass(frozen=True)
class Draft:
    """`owner_id` is whose request it would become. `service_version` is the one whose form was filled in.

    `version` counts how often it was saved, from 1; `channel` is where that was last.
    """

    id: UUID
    owner_id: UUID
    service_code: str
    service_version: int
    channel: str
    version: int
    created_at: datetime
    saved_at: datetime
    expires_at: datetime
    form: Mapping[str, Any]

    def must_be(self, version: int | None) -> None:
        """Raises DraftOutdated when it is not the version that somebody saw; None stands for any."""
        if version is not None and version != self.version:
            raise DraftOutdated()

    def saved(
        self,
        form: Mapping[str, Any],
        *,
        service_version: int,
        channel: str,
        at: datetime,
        kept_for: timedelta,
    ) -> Draft:
        """The next version, which is kept from now on as long as a new one."""
        return replace(
            self,
            form=dict(form),
            service_version=service_version,
            channel=channel,
            version=self.version + 1,
            saved_at=at,
            expires_at=at + kept_for,
        )


def must_have_room(drafts: int) -> None:
    """Raises TooManyDrafts for an owner who has so many of them."""
    if drafts >= MOST_DRAFTS:
        raise TooManyDrafts(limit=MOST_DRAFTS)
