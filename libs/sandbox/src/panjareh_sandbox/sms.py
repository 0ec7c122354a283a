"""What would have been sent by SMS or e-mail, kept for whoever reads the sandbox phone or letterbox."""

import re
from collections import deque
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

_KEPT = 1_000
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
_NUMBER = re.compile(r"09[0-9]{9}|\+[1-9][0-9]{7,14}")  # people abroad have foreign numbers


@dataclass(frozen=True)
class TextMessage:
    """One message on its way to one phone."""

    to: str
    text: str
    at: datetime

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"at": self.at.isoformat()}


@dataclass(frozen=True)
class Mail(TextMessage):
    """One e-mail on its way to one address."""

    subject: str


class Inbox:
    """The last thousand messages."""

    def __init__(self) -> None:
        self._messages: deque[TextMessage] = deque(maxlen=_KEPT)

    def add(self, message: TextMessage) -> None:
        self._messages.appendleft(message)

    def newest_first(self, to: str | None = None) -> list[TextMessage]:
        return [message for message in self._messages if to is None or message.to == to]

    def clear(self) -> None:
        self._messages.clear()


def is_email_address(text: str) -> bool:
    return _ADDRESS.fullmatch(text) is not None


def is_mobile_number(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None
