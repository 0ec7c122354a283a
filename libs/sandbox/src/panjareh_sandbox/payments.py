"""A payment provider: orders, what was paid, settled and given back, in an SQLite ledger that outlives the program.

It is what a payment gateway looks like from outside. No money moves.
"""

import secrets
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

UNSETTLED_FOR = timedelta(minutes=30)
"""What is paid and not settled so long goes back to who paid it."""
LIFETIME = timedelta(minutes=20)
"""Of an order that nobody pays."""


class State(StrEnum):
    OPEN = "open"
    PAID = "paid"
    SETTLED = "settled"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    EXPIRED = "expired"
    REVERSED = "reversed"


class Callback(StrEnum):
    """What becomes of the browser that is to come back after paying: a fault on command."""

    NORMAL = "normal"
    LOST = "lost"
    DOUBLE = "double"


class Mode(StrEnum):
    UP = "up"
    SLOW = "slow"
    FAILING = "failing"
    DOWN = "down"


class Conflict(Exception):
    """What is asked does not go with what the ledger says."""


class NoSuchOrder(Exception):
    """Nobody opened such an order."""


@dataclass
class Behaviour:
    """Faults on command. `wrong_amount`: people pay a thousand rials less than they owe."""

    mode: Mode = Mode.UP
    delay_seconds: float = 0.0
    callback: Callback = Callback.NORMAL
    wrong_amount: bool = False
    lifetime: timedelta = LIFETIME


@dataclass(frozen=True)
class Order:
    order_id: str
    token: str
    amount: int
    currency: str
    callback_url: str
    state: State
    expires_at: datetime
    paid_amount: int = 0
    paid_at: datetime | None = None
    tracking_code: str | None = None
    refund_tracking_code: str | None = None
    charges: int = 0
    settlements: int = 0
    refunds: int = 0

    def as_dict(self) -> dict[str, Any]:
        return {
            "order_id": self.order_id,
            "amount": self.paid_amount or self.amount,
            "currency": self.currency,
            "state": self.state,
            "tracking_code": self.tracking_code,
        }


_TABLE = """
CREATE TABLE IF NOT EXISTS orders (
    order_id TEXT PRIMARY KEY, token TEXT NOT NULL UNIQUE, amount INTEGER NOT NULL, currency TEXT NOT NULL,
    callback_url TEXT NOT NULL, state TEXT NOT NULL, expires_at TEXT NOT NULL, paid_amount INTEGER NOT NULL DEFAULT 0,
    paid_at TEXT, tracking_code TEXT, refund_tracking_code TEXT,
    charges INTEGER NOT NULL DEFAULT 0, settlements INTEGER NOT NULL DEFAULT 0, refunds INTEGER NOT NULL DEFAULT 0
)
"""
_COLUMNS = """order_id, token, amount, currency, callback_url, state, expires_at, paid_amount, paid_at, tracking_code,
refund_tracking_code, charges, settlements, refunds"""


class Bank:
    """The ledger, and its rules. Every change is one transaction: a program that dies leaves no half of one."""

    def __init__(self, file: Path | None) -> None:
        self.behaviour = Behaviour()
        self._ledger = sqlite3.connect(
            file or ":memory:", isolation_level=None, check_same_thread=False
        )
        self._ledger.execute("PRAGMA journal_mode = WAL")
        self._ledger.execute(_TABLE)

    def open(
        self, order_id: str, amount: int, currency: str, callback_url: str, now: datetime
    ) -> tuple[Order, bool]:
        """An order under its merchant's number, and whether it is new. Raises Conflict for another amount."""
        try:
            known = self.order(order_id, now)
        except NoSuchOrder:
            expires_at = now + self.behaviour.lifetime
            row = (order_id, secrets.token_urlsafe(24), amount, currency, callback_url, State.OPEN)
            self._ledger.execute(
                "INSERT INTO orders (order_id, token, amount, currency, callback_url, state, expires_at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (*row, expires_at.isoformat()),
            )
            return self.order(order_id, now), True
        if (known.amount, known.currency) != (amount, currency):
            raise Conflict
        return known, False

    def order(self, order_id: str, now: datetime) -> Order:
        return self._find("order_id", order_id, now)

    def by_token(self, token: str, now: datetime) -> Order:
        return self._find("token", token, now)

    def pay(self, token: str, now: datetime) -> Order:
        """A person pays. Pressed twice it is paid once."""
        order = self.by_token(token, now)
        if order.state is State.OPEN:
            paid = order.amount - 1000 if self.behaviour.wrong_amount else order.amount
            self._change(
                order,
                "state = 'paid', paid_amount = ?, paid_at = ?, tracking_code = ?, charges = charges + 1",
                paid,
                now.isoformat(),
                _code(),
            )
        return self.by_token(token, now)

    def end(self, token: str, state: State, now: datetime) -> Order:
        """A person goes away, or has no money."""
        order = self.by_token(token, now)
        if order.state is State.OPEN:
            self._change(order, "state = ?", state)
        return self.by_token(token, now)

    def settle(self, order_id: str, amount: int, now: datetime) -> Order:
        """The merchant says that it has heard of it. Raises Conflict for what is not there to be had."""
        order = self.order(order_id, now)
        if order.paid_amount != amount or order.state not in (
            State.PAID,
            State.SETTLED,
            State.REFUNDED,
        ):
            raise Conflict
        if order.state is State.PAID:
            self._change(order, "state = 'settled', settlements = settlements + 1")
        return self.order(order_id, now)

    def refund(self, order_id: str, amount: int, now: datetime) -> Order:
        order = self.order(order_id, now)
        if order.paid_amount != amount or order.state not in (State.SETTLED, State.REFUNDED):
            raise Conflict
        if order.state is State.SETTLED:
            self._change(
                order,
                "state = 'refunded', refund_tracking_code = ?, refunds = refunds + 1",
                _code(),
            )
        return self.order(order_id, now)

    def all(self, now: datetime) -> list[Order]:
        ids = self._ledger.execute("SELECT order_id FROM orders ORDER BY rowid").fetchall()
        return [self.order(order_id, now) for (order_id,) in ids]

    def close(self) -> None:
        self._ledger.close()

    def _find(self, column: str, value: str, now: datetime) -> Order:
        found = self._ledger.execute(
            f"SELECT {_COLUMNS} FROM orders WHERE {column} = ?",
            (value,),
        ).fetchone()
        if found is None:
            raise NoSuchOrder
        names = [name.strip() for name in _COLUMNS.split(",")]
        told = dict(zip(names, found, strict=True))
        told["expires_at"] = datetime.fromisoformat(told["expires_at"])
        told["paid_at"] = datetime.fromisoformat(told["paid_at"]) if told["paid_at"] else None
        order = Order(**told | {"state": State(told["state"])})
        if order.state is State.OPEN and now >= order.expires_at:
            self._change(order, "state = 'expired'")
        elif order.state is State.PAID and order.paid_at and now >= order.paid_at + UNSETTLED_FOR:
            self._change(order, "state = 'reversed'")
        else:
            return order
        return self._find(column, value, now)

    def _change(self, order: Order, change: str, *values: Any) -> None:
        self._ledger.execute(
            f"UPDATE orders SET {change} WHERE order_id = ? AND state = ?",
            (*values, order.order_id, order.state),
        )


def _code() -> str:
    return f"SB{secrets.randbelow(10**10):010d}"
