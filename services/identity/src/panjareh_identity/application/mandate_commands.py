"""What may be asked about mandates, as frozen orders; text is as it was typed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from panjareh_common.clock import to_wire
from panjareh_identity.domain.mandate_values import MandateKind, Side


class Order:
    def fingerprint(self) -> dict[str, Any]:
        """What a repeat under the same Idempotency-Key has to say again."""
        return {name: _plain(value) for name, value in asdict(self).items()}  # type: ignore[call-overload]


@dataclass(frozen=True)
class AskMandate(Order):
    """`number` is that of the other one: national id, foreign national's id, passport, company id.

    `side` is where the asker will stand. Without `until` it is asked for one year.
    """

    kind: MandateKind
    number: str
    side: Side = Side.REPRESENTATIVE
    scope: Sequence[str] = ("*",)
    until: datetime | None = None


@dataclass(frozen=True)
class AnswerMandate(Order):
    """Agree, perhaps to less than was asked, or not."""

    mandate_id: UUID
    accept: bool
    scope: Sequence[str] | None = None
    until: datetime | None = None
    reason: str = ""


@dataclass(frozen=True)
class LimitMandate(Order):
    """What is left out stays as it is."""

    mandate_id: UUID
    scope: Sequence[str] | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class WithdrawMandate(Order):
    mandate_id: UUID
    reason: str = ""


@dataclass(frozen=True)
class DecideMandate(Order):
    """By an officer, from papers. Who a child or a company is, is written where it is not known here yet."""

    mandate_id: UUID
    accept: bool
    reason: str = ""
    given_name: str | None = None
    family_name: str | None = None
    birth_date: str | None = None
    name: str | None = None


@dataclass(frozen=True)
class EndMandate(Order):
    """By an officer: a guardianship or an office in a company is over."""

    mandate_id: UUID
    reason: str


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return to_wire(value)
    if isinstance(value, UUID):
        return str(value)
    return list(value) if isinstance(value, tuple) else value
