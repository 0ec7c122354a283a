"""The Messages port: whichever way a message goes, and whichever system carries it."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from typing import Protocol
from urllib.parse import unquote, urlsplit

import httpx
import structlog

from panjareh_common import telemetry
from panjareh_common.texts import text as in_language
from panjareh_identity.adapters.sms import not_sent, perhaps_taken
from panjareh_identity.application.messages import SUBJECT
from panjareh_identity.domain.contacts import Channel
from panjareh_identity.domain.refusals import MessageNotSent

log = structlog.get_logger(__name__)
_SECONDS = 3.0
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
_DURATION = telemetry.Duration(
    "http.client.request.duration", "of asking another system", ("server.address", "error.type")
)


class Carrier(Protocol):
    """Takes a message to one kind of address."""

    def send(self, to: str, text: str, language: str) -> None:
        """Raises MessageNotSent."""
        ...


class Postman:
    """Sends each message with the carrier of its channel. Raises MessageNotSent where there is none."""

    def __init__(self, carriers: Mapping[Channel, Carrier]) -> None:
        self._carriers = carriers

    def send(self, channel: Channel, to: str, text: str, language: str) -> None:
        carrier = self._carriers.get(channel)
        if carrier is None:
            log.warning("message_not_sent", fault="no carrier", channel=str(channel))
            raise MessageNotSent()
        carrier.send(to, text, language)


class MailGateway:
    """`url` takes `{"to", "subject", "text"}` as JSON and answers 2xx once it has the message."""

    def __init__(self, url: str, transport: httpx.BaseTransport | None = None) -> None:
        self._url = url
        self._client = httpx.Client(timeout=_SECONDS, transport=transport)

    def send(self, to: str, text: str, language: str) -> None:
        body = {"to": to, "subject": _subject(language), "text": text}
        try:
            with _DURATION.timed("email"), telemetry.ask_span("POST", "email"):
                self._client.post(self._url, json=body).raise_for_status()
        except httpx.HTTPError as cause:
            # Neither address nor text: they are personal, and the text holds a code.
            log.warning("message_not_sent", fault=type(cause).__name__)
            raise not_sent(perhaps=perhaps_taken(cause)) from cause


class SmtpServer:
    """`smtp://` (STARTTLS where it is offered) or `smtps://`, with user and password in the address."""

    def __init__(self, url: str, sender: str) -> None:
        self._at = urlsplit(url)
        self._sender = sender

    def send(self, to: str, text: str, language: str) -> None:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._sender, to, _subject(language)
        message.set_content(text)
        on_its_way = False
        try:
            with _DURATION.timed("email"), self._connected() as server:
                on_its_way = True
                server.send_message(message)
        except (smtplib.SMTPException, OSError) as cause:
            log.warning("message_not_sent", fault=type(cause).__name__)
            silent = isinstance(cause, smtplib.SMTPServerDisconnected | OSError)
            answered = isinstance(cause, smtplib.SMTPResponseException)
            raise not_sent(perhaps=on_its_way and silent and not answered) from cause

    def _connected(self) -> smtplib.SMTP:
        """Raises SMTPException rather than to show a password on a line that others can read."""
        host, port = self._at.hostname or "", self._at.port or 0
        context = ssl.create_default_context()  # smtplib's own would trust any certificate
        if self._at.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=_SECONDS, context=context)
            closed = True
        else:
            server = smtplib.SMTP(host, port, timeout=_SECONDS)
            server.ehlo()
            closed = server.has_extn("starttls")
            if closed:
                server.starttls(context=context)
        if self._at.username:
            if not closed and host not in _THIS_MACHINE:
                server.close()
                raise smtplib.SMTPNotSupportedError("no STARTTLS, and a password to be told")
            server.login(unquote(self._at.username), unquote(self._at.password or ""))
        return server


def mail_carrier(url: str, sender: str) -> Carrier | None:
    """By the scheme of the address; None where there is no address."""
    if not url:
        return None
    return SmtpServer(url, sender) if url.startswith("smtp") else MailGateway(url)


def _subject(language: str) -> str:
    return in_language("panjareh_identity", SUBJECT, language)
