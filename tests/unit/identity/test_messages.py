"""Messages leave by the way that was asked for, through whichever system carries it."""

import json
import socket
import threading

import httpx
import pytest

from panjareh_identity.adapters.messages import MailGateway, Postman, SmtpServer, mail_carrier
from panjareh_identity.adapters.sms import SmsGateway
from panjareh_identity.domain.contacts import Channel
from panjareh_identity.domain.refusals import MessageNotSent

SENDER, LEILA = "no-reply@window.test", "leila@example.org"


class SmtpPost(threading.Thread):
    """Just enough of a mail server (RFC 5321) for one letter; `refuses` says no to the address."""

    def __init__(self, *, refuses: bool = False) -> None:
        super().__init__(daemon=True)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.refuses, self.letter, self.logged_in = refuses, "", ""

    def run(self) -> None:
        connection, _ = self._socket.accept()
        with connection, connection.makefile("rw", newline="\r\n") as lines:
            self._say(lines, "220 post.test")
            for line in lines:
                word = line.split()[0].upper() if line.strip() else ""
                if word == "EHLO":
                    self._say(lines, "250-post.test", "250-AUTH PLAIN", "250 8BITMIME")
                elif word == "AUTH":
                    self.logged_in = line.split()[2]
                    self._say(lines, "235 come in")
                elif word == "RCPT" and self.refuses:
                    self._say(lines, "550 nobody here")
                elif word == "DATA":
                    self._say(lines, "354 go on")
                    self._read_letter(lines)
                    self._say(lines, "250 taken")
                elif word == "QUIT":
                    self._say(lines, "221 bye")
                    return
                else:
                    self._say(lines, "250 yes")

    def _read_letter(self, lines) -> None:
        for line in lines:
            if line.rstrip("\r\n") == ".":
                return
            self.letter += line

    @staticmethod
    def _say(lines, *said: str) -> None:
        lines.write("".join(f"{each}\n" for each in said))
        lines.flush()


def test_each_channel_has_its_own_carrier():
    posted = []

    def gateway(request):
        posted.append((request.url.path, json.loads(request.content)))
        return httpx.Response(202)

    transport = httpx.MockTransport(gateway)
    postman = Postman(
        {
            Channel.SMS: SmsGateway("http://gateway.test/sms", transport),
            Channel.EMAIL: MailGateway("http://gateway.test/emails", transport),
        }
    )

    postman.send(Channel.SMS, "09121234567", "کد شما", "fa")
    postman.send(Channel.EMAIL, LEILA, "کد شما", "fa")

    assert posted == [
        ("/sms", {"to": "09121234567", "text": "کد شما"}),
        ("/emails", {"to": LEILA, "subject": "پیامی از پنجره", "text": "کد شما"}),
    ]


def test_where_nothing_carries_e_mail_it_is_told():
    with pytest.raises(MessageNotSent):
        Postman({}).send(Channel.EMAIL, LEILA, "your code", "en")


@pytest.mark.parametrize("status", [400, 429, 500, 503])
def test_a_mail_gateway_that_did_not_take_it_is_told(status):
    gateway = MailGateway("http://mail.test", httpx.MockTransport(lambda _: httpx.Response(status)))

    with pytest.raises(MessageNotSent):
        gateway.send(LEILA, "your code", "en")


def test_a_mail_server_gets_a_whole_letter():
    post = SmtpPost()
    post.start()

    SmtpServer(f"smtp://panjareh:a%20secret@127.0.0.1:{post.port}", SENDER).send(
        LEILA, "کد شما 123456 است", "fa"
    )

    post.join(5)
    assert f"To: {LEILA}" in post.letter
    assert f"From: {SENDER}" in post.letter
    assert 'charset="utf-8"' in post.letter
    assert post.logged_in, "as the user of the address"


def test_a_mail_server_that_refuses_is_told():
    post = SmtpPost(refuses=True)
    post.start()

    with pytest.raises(MessageNotSent):
        SmtpServer(f"smtp://127.0.0.1:{post.port}", SENDER).send(LEILA, "your code", "en")
    post.join(5)


def test_a_mail_server_that_is_away_is_told_without_the_address(caplog, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    with pytest.raises(MessageNotSent) as refusal:
        SmtpServer(f"smtp://127.0.0.1:{port}", SENDER).send(LEILA, "your code 123456", "en")

    said = caplog.text + "".join(capsys.readouterr()) + str(refusal.value)
    assert LEILA not in said
    assert "123456" not in said


@pytest.mark.parametrize(
    ("url", "carrier"),
    [
        ("", type(None)),
        ("smtp://mail.test:25", SmtpServer),
        ("smtps://mail.test:465", SmtpServer),
        ("https://mail.test/send", MailGateway),
    ],
)
def test_the_address_says_what_carries_the_mail(url, carrier):
    assert type(mail_carrier(url, SENDER)) is carrier
