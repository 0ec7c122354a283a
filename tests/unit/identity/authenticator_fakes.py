"""Small real things in place of the tables and libraries by which people sign in."""

import base64
import itertools
import json
from datetime import timedelta

from panjareh_identity.application.authenticator_ports import Card, KnownDevice, Seed
from panjareh_identity.application.guarding import MOST_GUESSES
from panjareh_identity.application.keys import to_bytes, to_text
from panjareh_identity.application.ports import CodeVerdict
from panjareh_identity.domain.assurance import Authenticator
from panjareh_identity.domain.authenticator_refusals import (
    PasskeyRefused,
    PasskeyTaken,
    SmartCardRefused,
    SmartCardTaken,
)
from panjareh_identity.domain.contacts import Channel
from panjareh_identity.domain.refusals import MessageNotSent, TooManyTries


class FakeThrottle:
    """Waits are not over before somebody clears them."""

    def __init__(self) -> None:
        self.taken = {}

    def take(self, limit, subject, now):
        taken = self.taken.get((limit.name, subject), 0)
        if taken >= limit.most:
            raise TooManyTries(retry_after=int(limit.wait.total_seconds()))
        self.taken[limit.name, subject] = taken + 1

    def clear(self, limit, subject):
        self.taken.pop((limit.name, subject), None)

    def give_back(self, limit, subject):
        self.taken[limit.name, subject] -= 1


class FakeCodes:
    def __init__(self) -> None:
        self.rows = {}

    def keep(self, unit, wanted, code, channel=Channel.SMS):
        until = unit.now + timedelta(minutes=3)
        self.rows[wanted.person_id, wanted.purpose] = [wanted, code, until, 5, channel]

    def use(self, unit, wanted, code):
        row = self.rows.get((wanted.person_id, wanted.purpose))
        if row is None or row[2] <= unit.now or row[3] == 0:
            return CodeVerdict.GONE, 0, Channel.SMS
        if row[:2] == [wanted, code]:
            del self.rows[wanted.person_id, wanted.purpose]
            return CodeVerdict.RIGHT, 0, row[4]
        row[3] -= 1
        return CodeVerdict.WRONG, row[3], row[4]

    def remove(self, unit, person_id):
        self.rows = {key: row for key, row in self.rows.items() if key[0] != person_id}


class FakeGuesses:
    """`credentials` tells whose a national id is, as the table does."""

    def __init__(self, credentials) -> None:
        self.wrong, self._credentials = {}, credentials

    def take(self, kind, identifier, now):
        wrong = self.wrong.get((kind, identifier), 0)
        if wrong >= MOST_GUESSES:
            return False
        self.wrong[kind, identifier] = wrong + 1
        return True

    def give_back(self, kind, identifier):
        left = self.wrong.pop((kind, identifier), 0) - 1
        if left > 0:
            self.wrong[kind, identifier] = left

    def forget(self, unit, person_id):
        mine = self._credentials.identifier_of(person_id)
        for kind, identifier in list(self.wrong):
            if identifier in (mine, str(person_id)):
                del self.wrong[kind, identifier]


class FakeKnownDevices:
    def __init__(self, credentials) -> None:
        self.rows, self._credentials = {}, credentials
        self._numbers = itertools.count(1)

    def find(self, token, identifier, now):
        row = self.rows.get(token)
        mine = row and self._credentials.identifier_of(row["person_id"]) == identifier
        return self._device(token) if mine and row["wrong"] < 10 else None

    def of_token(self, token, person_id):
        row = self.rows.get(token)
        return self._device(token) if row and row["person_id"] == person_id else None

    def of_session(self, sid, person_id):
        return next(
            (
                self._device(token)
                for token, row in self.rows.items()
                if row["sid"] == sid and row["person_id"] == person_id and row["wrong"] < 10
            ),
            None,
        )

    def take(self, device):
        row = self.rows.get(device.device_hash.decode())
        if row is None or row["wrong"] >= 10:
            return False
        row["wrong"] += 1
        return True

    def right(self, device):
        self.rows[device.device_hash.decode()]["wrong"] = 0

    def remember(self, unit, person_id, *, token, authenticator, sid):
        row = self.rows.get(token)
        if row and row["person_id"] == person_id and row["wrong"] < 10:
            row |= {"sid": sid, "authenticator": max(authenticator, row["authenticator"])}
            return None
        new = f"device-{next(self._numbers)}"
        self.rows[new] = {
            "person_id": person_id,
            "sid": sid,
            "authenticator": authenticator,
            "wrong": 0,
        }
        return new

    def raised(self, unit, sid, authenticator):
        for row in self.rows.values():
            if row["sid"] == sid:
                row["authenticator"] = max(authenticator, row["authenticator"])

    def forget_all(self, unit, person_id, *, keep=None):
        self.rows = {
            token: row
            for token, row in self.rows.items()
            if row["person_id"] != person_id or (keep is not None and row["sid"] == keep)
        }

    def _device(self, token):
        row = self.rows[token]
        return KnownDevice(token.encode(), row["person_id"], Authenticator(row["authenticator"]))


class FakeUnlockCodes:
    def __init__(self, credentials) -> None:
        self.rows, self._credentials = {}, credentials

    def keep(self, unit, person_id, code):
        good = [row for row in self.rows.values() if row == person_id]
        if len(good) >= 3:
            return False
        self.rows[code] = person_id
        return True

    def use(self, unit, identifier, code):
        person_id = self.rows.get(code)
        if person_id is None or self._credentials.identifier_of(person_id) != identifier:
            return None
        return self.rows.pop(code)

    def remove(self, unit, person_id):
        self.rows = {code: row for code, row in self.rows.items() if row != person_id}


class FakeChallenges:
    def __init__(self) -> None:
        self.rows, self._numbers = {}, itertools.count(1)

    def make(self, purpose, person_id, now):
        challenge = f"challenge {next(self._numbers)}".encode()
        self.rows[challenge] = (purpose, person_id, now + timedelta(minutes=3))
        return challenge

    def use(self, unit, purpose, challenge, person_id):
        row = self.rows.get(challenge)
        if row is None or row[:2] != (purpose, person_id) or row[2] <= unit.now:
            return False
        del self.rows[challenge]
        return True

    def remove(self, unit, person_id):
        self.rows = {key: row for key, row in self.rows.items() if row[1] != person_id}


class FakeTotp:
    """Every app shows 424242, once."""

    CODE = "424242"

    def __init__(self) -> None:
        self.rows = {}

    def begin(self, unit, person_id, totp_id, account):
        row = self.rows.get(person_id)
        if row is None or not row["confirmed"]:
            self.rows[person_id] = {"id": totp_id, "confirmed": False, "used": False}
        return Seed("SECRET", f"otpauth://totp/{account}")

    def confirm(self, unit, person_id, code):
        row = self.rows.get(person_id)
        if row is None or row["confirmed"] or code != self.CODE:
            return None
        row["confirmed"] = True
        return row["id"]

    def fits(self, unit, person_id, code):
        row = self.rows.get(person_id)
        if row is None or not row["confirmed"] or row["used"] or code != self.CODE:
            return False
        row["used"] = True
        return True

    def has(self, unit, person_id):
        return person_id in self.rows and self.rows[person_id]["confirmed"]

    def remove(self, unit, person_id):
        self.rows.pop(person_id, None)


class FakePasskeys:
    """A credential is `{"id", "challenge"}`; a right one signs the challenge by repeating it."""

    def __init__(self) -> None:
        self.rows = {}

    def registration(self, unit, person_id, name, challenge):
        return {"challenge": to_text(challenge), "user": {"name": name}}

    def request(self, challenge):
        return {"challenge": to_text(challenge)}

    def challenge_of(self, credential):
        try:
            return to_bytes(credential["challenge"])
        except (KeyError, ValueError):
            raise PasskeyRefused() from None

    def add(self, unit, person_id, passkey_id, credential, challenge):
        if credential["id"] in self.rows:
            raise PasskeyTaken()
        self.rows[credential["id"]] = (person_id, passkey_id)

    def holder(self, unit, credential, challenge):
        if credential.get("id") not in self.rows:
            raise PasskeyRefused()
        return self.rows[credential["id"]][0]

    def remove(self, unit, person_id, passkey_id):
        self.rows = {
            key: row
            for key, row in self.rows.items()
            if row[0] != person_id or passkey_id not in (None, row[1])
        }


class FakeSmartCards:
    """A certificate is a national id; the signature says whether it is right."""

    def __init__(self) -> None:
        self.rows = {}

    def check(self, proof):
        if proof.signature != "right":
            raise SmartCardRefused()
        return Card(proof.certificate.encode(), proof.certificate)

    def bind(self, unit, person_id, card_id, card):
        if card.fingerprint in self.rows:
            raise SmartCardTaken()
        self.rows[card.fingerprint] = (person_id, card_id)

    def holder(self, unit, card):
        row = self.rows.get(card.fingerprint)
        return row and row[0]

    def remove(self, unit, person_id, card_id):
        self.rows = {
            key: row
            for key, row in self.rows.items()
            if row[0] != person_id or card_id not in (None, row[1])
        }


class FakeMessages:
    """`sent` are the short messages, `mailed` the e-mail."""

    def __init__(self) -> None:
        self.sent, self.mailed, self.away = [], [], False

    def send(self, channel, to, text, language=""):
        if self.away:
            raise MessageNotSent()
        kept = self.sent if channel is Channel.SMS else self.mailed
        kept.append((to, text))


class FakeSeals:
    """Boxes that anybody can open, and that are known by their lid."""

    def seal(self, person_id, data, context):
        return base64.b64encode(json.dumps([context, data]).encode())

    def open(self, person_id, box, context):
        lid, data = json.loads(base64.b64decode(box))
        if lid != context:
            raise ValueError(lid)
        return data
