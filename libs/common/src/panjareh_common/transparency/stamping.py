"""Has signed tree heads stamped by an outside authority, beside the process's other work and never in its way."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import httpx
import structlog
from cryptography.x509 import Certificate

from panjareh_common import settings as names
from panjareh_common import telemetry
from panjareh_common.database import Database
from panjareh_common.foundation import Foundation
from panjareh_common.rounds import Round
from panjareh_common.transparency import store, time_stamps
from panjareh_common.transparency.heads import decoded
from panjareh_common.transparency.time_stamps import StampRefused

log = structlog.get_logger(__name__)

_SECONDS = 5.0
_MOST_BYTES = 64 * 1024
_RETRY_SECONDS = 10.0
_AUTHORITY = "time_stamps"
_DURATION = telemetry.Duration(
    "http.client.request.duration", "of asking another system", ("server.address", "error.type")
)


class TimeStampingAuthority:
    """Asks over HTTP, as RFC 3161, section 3.4, says."""

    def __init__(
        self,
        url: str,
        roots: Sequence[Certificate],
        *,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._url = url
        self._roots = roots
        self._client = httpx.Client(timeout=_SECONDS, transport=transport, trust_env=False)

    def stamp(self, head: str, now: Callable[[], datetime]) -> tuple[bytes, datetime]:
        """The authority's answer about a signed head, checked, and the time in it. Raises StampRefused, HTTPError."""
        query = time_stamps.query(head)
        with _DURATION.timed(_AUTHORITY), telemetry.ask_span("POST", _AUTHORITY):
            response = self._ask(query.body)
        at = time_stamps.stamped_at(response, head, self._roots, nonce=query.nonce, now=now())
        return response, at

    def _ask(self, body: bytes) -> bytes:
        until = time.monotonic() + _SECONDS
        headers = {
            "Content-Type": "application/timestamp-query",
            "Accept": "application/timestamp-reply",
        }
        with self._client.stream("POST", self._url, content=body, headers=headers) as response:
            if response.status_code != httpx.codes.OK:
                raise StampRefused(f"status {response.status_code}")
            answer = bytearray()
            for chunk in response.iter_bytes():
                answer += chunk
                if len(answer) > _MOST_BYTES:
                    raise StampRefused("it is longer than a time stamp")
                if time.monotonic() > until:
                    raise httpx.ReadTimeout("the answer comes too slowly")
            return bytes(answer)


class TimeStamper:
    """Stamps the newest signed head, once. One that was not stamped while the authority was away is left to a
    newer one, which covers what it covers.
    """

    def __init__(
        self,
        database: Database,
        authority: TimeStampingAuthority,
        clock: Callable[[], datetime],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._authority = authority
        self._clock = clock
        self._monotonic = monotonic
        self._newest: str | None = None
        self._stamped: str | None = None
        self._again_at = 0.0

    def offer(self, head: str) -> None:
        """Says which signed head is the newest. Does not wait."""
        self._newest = head

    def round(self) -> Round:
        return Round("time_stamps", timedelta(seconds=1), self.stamp_newest)

    def stamp_newest(self, now: datetime) -> None:
        """Has the newest head stamped if it is not. An authority that is away is asked again some seconds later."""
        head = self._newest
        if head is None or head == self._stamped or self._monotonic() < self._again_at:
            return
        size = decoded(head.encode()).size
        with self._database.connection() as connection:
            known = store.is_stamped(connection, size)
        if not known:
            try:
                response, at = self._authority.stamp(head, self._clock)
            except (httpx.HTTPError, StampRefused) as cause:
                self._again_at = self._monotonic() + _RETRY_SECONDS
                log.warning("tree_head_not_stamped", size=size, because=str(cause) or repr(cause))
                return
            with self._database.transaction() as connection:
                store.keep_stamp(connection, store.Stamp(size, head, response, at))
            log.info("tree_head_stamped", size=size, at=at.isoformat())
        self._stamped = head


def time_stamper(foundation: Foundation) -> TimeStamper:
    """What stamps a service's heads, where PANJAREH_TSA_URL names an authority."""
    settings = foundation.settings
    authority = TimeStampingAuthority(settings[names.TSA_URL], settings[names.TSA_CERTIFICATES])
    return TimeStamper(foundation.database, authority, foundation.log.clock)
