"""Short messages to people: what is sent, by which way, and what its receiver is told of where it went."""

from __future__ import annotations

from typing import Protocol

from panjareh_common.texts import text
from panjareh_identity.domain.authenticator_refusals import ChannelNotConfirmed
from panjareh_identity.domain.contacts import Channel, mask_email
from panjareh_identity.domain.person import Person
from panjareh_identity.domain.values import mask_mobile

_PACKAGE = "panjareh_identity"

CODE_MESSAGE = (
    "Panjareh: your sign-in code is {code}. It is valid for three minutes. "
    "Do not give it to anyone, whoever asks."
)
UNLOCK_MESSAGE = (
    "Panjareh: somebody asked to unlock signing in to your account on a new device. The unlock code is "
    "{code}. It is valid for an hour. If it was not you, do nothing, and give it to nobody."
)
SUBJECT = "A message from Panjareh"


class Messages(Protocol):
    def send(self, channel: Channel, to: str, text: str, language: str) -> None:
        """Raises MessageNotSent."""
        ...


def address_of(person: Person, channel: Channel) -> str:
    """Where a person is reached. Raises ChannelNotConfirmed for an e-mail address that is not confirmed."""
    to = person.email if channel is Channel.EMAIL else person.mobile
    if not to:
        raise ChannelNotConfirmed()
    return to


def masked(channel: Channel, to: str) -> str:
    return mask_email(to) if channel is Channel.EMAIL else mask_mobile(to)


def tell(messages: Messages, person: Person, channel: Channel, message: str, **details: str) -> str:
    """Sends a message in the person's language; gives the masked address. Raises MessageNotSent."""
    to, language = address_of(person, channel), person.language or "fa"
    messages.send(channel, to, text(_PACKAGE, message, language, **details), language)
    return masked(channel, to)
