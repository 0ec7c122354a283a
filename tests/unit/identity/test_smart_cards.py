"""A smart card is believed only if its authority made it, it has signed, and it is known not to be revoked."""

import base64
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from panjareh_identity.adapters.smart_cards import CardAuthority, PostgresSmartCards
from panjareh_identity.application.authenticator_ports import SmartCardProof
from panjareh_identity.application.keys import SIGNED_FOR, to_text
from panjareh_identity.domain.authenticator_refusals import (
    SmartCardRefused,
    SmartCardsUnavailable,
)
from panjareh_sandbox.cards import CardAuthority as Issuer

LEILA = "9900000013"
CHALLENGE = b"a challenge of thirty-two bytes."


class World:
    """A card authority, and identity's eyes on it."""

    def __init__(self, folder):
        self.now, self.asked, self.away = datetime.now(UTC), 0, False
        self.issuer = Issuer(folder)
        self.folder = folder
        self.list = lambda: self.issuer.revoked_list(self.now)
        self.cards = self.eyes()

    def eyes(self, file=None):
        authority = CardAuthority(
            str(file or self.folder / "authority.pem"),
            "http://cards.test/revoked.crl",
            httpx.MockTransport(self._answer),
            lambda: self.now,
        )
        return PostgresSmartCards(authority)

    def _answer(self, request):
        self.asked += 1
        if self.away:
            raise httpx.ConnectError("away")
        return httpx.Response(200, content=self.list())

    def card(self, national_id=LEILA):
        return self.issuer.issue(national_id, self.now)

    def proof(self, card, signed=SIGNED_FOR + CHALLENGE, challenge=CHALLENGE):
        key = load_pem_private_key(card.private_key.encode(), None)
        signature = key.sign(signed, ec.ECDSA(hashes.SHA256()))
        return SmartCardProof(to_text(challenge), card.certificate, to_text(signature))


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def test_a_card_that_signs_is_its_holder(world):
    found = world.cards.check(world.proof(world.card()))

    assert found.national_id == LEILA
    assert len(found.fingerprint) == 32


def test_a_revoked_card_is_refused_once_the_list_is_read_again(world):
    card = world.card()
    world.cards.check(world.proof(card))

    world.issuer.revoke(card.number)

    with pytest.raises(SmartCardRefused):
        world.eyes().check(world.proof(card))
    assert world.eyes().check(world.proof(world.card())), "and the others are not"


def test_the_list_is_read_once_for_many_cards(world):
    for _ in range(5):
        world.cards.check(world.proof(world.card()))

    assert world.asked == 1


def test_without_the_list_no_card_is_believed(world):
    world.away = True

    with pytest.raises(SmartCardsUnavailable):
        world.cards.check(world.proof(world.card()))


def test_a_list_that_has_run_out_is_none(world):
    old = world.issuer.revoked_list(world.now - timedelta(hours=2))
    world.list = lambda: old

    with pytest.raises(SmartCardsUnavailable):
        world.cards.check(world.proof(world.card()))


def test_a_list_that_was_read_in_time_and_has_run_out_is_read_again(world):
    world.cards.check(world.proof(world.card()))

    world.now += timedelta(hours=2)
    world.cards.check(world.proof(world.card()))

    assert world.asked == 2


def test_a_list_under_the_same_name_and_another_key_is_none(world, tmp_path):
    stranger = Issuer(tmp_path / "stranger")  # the sandbox gives every authority one name
    world.list = lambda: stranger.revoked_list(world.now)

    with pytest.raises(SmartCardsUnavailable):
        world.cards.check(world.proof(world.card()))


def test_rubbish_is_no_list(world):
    world.list = lambda: b"rubbish"

    with pytest.raises(SmartCardsUnavailable):
        world.cards.check(world.proof(world.card()))


def test_without_a_known_authority_no_card_is_believed(world, tmp_path):
    for file in (tmp_path / "nothing.pem", tmp_path / "empty.pem"):
        (tmp_path / "empty.pem").write_text("")
        with pytest.raises(SmartCardsUnavailable):
            world.eyes(file).check(world.proof(world.card()))


def test_a_card_of_another_authority_is_refused(world, tmp_path):
    forged = Issuer(tmp_path / "stranger").issue(LEILA, world.now)

    with pytest.raises(SmartCardRefused):
        world.cards.check(world.proof(forged))


def test_a_card_is_refused_after_its_time_and_before_it(world):
    card = world.card()
    proof = world.proof(card)

    world.now += timedelta(days=1826)
    with pytest.raises(SmartCardRefused):
        world.cards.check(proof)
    world.now -= timedelta(days=1827)
    with pytest.raises(SmartCardRefused):
        world.cards.check(proof)


@pytest.mark.parametrize(
    "signed",
    [b"", CHALLENGE, SIGNED_FOR, b"other purpose\0" + CHALLENGE, SIGNED_FOR + CHALLENGE + b"x"],
)
def test_a_signature_over_anything_else_is_refused(world, signed):
    with pytest.raises(SmartCardRefused):
        world.cards.check(world.proof(world.card(), signed))


def test_the_certificate_of_one_card_and_the_signature_of_another_are_refused(world):
    mine, theirs = world.card(), world.card("9900000021")
    proof = world.proof(mine)

    with pytest.raises(SmartCardRefused):
        world.cards.check(SmartCardProof(proof.challenge, theirs.certificate, proof.signature))


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(at=st.integers(0, 10_000), put=st.sampled_from("Aa1/+=\n §-"))
def test_no_change_of_one_letter_is_taken(world, at, put):
    if not hasattr(world, "kept"):
        world.kept = world.proof(world.card())
    proof = world.kept
    fields = {"certificate": proof.certificate, "signature": proof.signature}
    name = "signature" if at % 2 else "certificate"
    text = fields[name]
    where = at % len(text)
    changed = text[:where] + put + text[where + 1 :]
    same = _meaning(name, changed) == _meaning(name, text)

    try:
        found = world.cards.check(SmartCardProof(proof.challenge, **fields | {name: changed}))
    except SmartCardRefused:
        return
    assert same, "something else was taken for the card"
    assert found.national_id == LEILA


def _meaning(name, text):
    """The bytes that a text stands for: other letters may stand for the same."""
    try:
        if name == "signature":
            return base64.urlsafe_b64decode(text + "==")
        return x509.load_pem_x509_certificate(text.encode()).tbs_certificate_bytes
    except ValueError:
        return None


def made(world, key, *, national_id=LEILA, purposes=None, usage=True, ca=False):
    """A certificate that the authority signs although it should not, or of another kind of key."""
    folder = world.folder
    issuer_key = load_pem_private_key((folder / "authority-key.pem").read_bytes(), None)
    issuer = x509.load_pem_x509_certificate((folder / "authority.pem").read_bytes())
    names = [x509.NameAttribute(NameOID.COUNTRY_NAME, "IR")]
    if national_id is not None:
        names.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, national_id))
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name(names))
        .issuer_name(issuer.subject)
        .serial_number(x509.random_serial_number())
        .not_valid_before(world.now - timedelta(days=1))
        .not_valid_after(world.now + timedelta(days=1))
        .public_key(key.public_key())
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), False
        )
    )
    if usage is not None:
        flags = dict.fromkeys(
            (
                "content_commitment",
                "key_encipherment",
                "data_encipherment",
                "key_agreement",
                "key_cert_sign",
                "crl_sign",
                "encipher_only",
                "decipher_only",
            ),
            False,
        )
        builder = builder.add_extension(x509.KeyUsage(digital_signature=usage, **flags), True)
    wanted = [ExtendedKeyUsageOID.CLIENT_AUTH] if purposes is None else purposes
    if wanted:
        builder = builder.add_extension(x509.ExtendedKeyUsage(wanted), False)
    certificate = builder.sign(issuer_key, hashes.SHA256())
    return certificate.public_bytes(Encoding.PEM).decode()


def signed_with(key, certificate):
    data = SIGNED_FOR + CHALLENGE
    if isinstance(key, rsa.RSAPrivateKey):
        signature = key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    elif isinstance(key, ec.EllipticCurvePrivateKey):
        signature = key.sign(data, ec.ECDSA(hashes.SHA256()))
    else:
        signature = key.sign(data)
    return SmartCardProof(to_text(CHALLENGE), certificate, to_text(signature))


def test_a_card_with_an_rsa_key_is_as_good(world):
    key = rsa.generate_private_key(65537, 2048)

    assert world.cards.check(signed_with(key, made(world, key))).national_id == LEILA


@pytest.mark.parametrize(
    "changes",
    [
        {"usage": False},
        {"usage": None},
        {"purposes": [ExtendedKeyUsageOID.SERVER_AUTH]},
        {"purposes": []},
        {"national_id": None},
        {"national_id": "9900000014"},
        {"national_id": "Leila"},
    ],
)
def test_a_certificate_for_anything_else_is_no_card(world, changes):
    key = ec.generate_private_key(ec.SECP256R1())

    with pytest.raises(SmartCardRefused):
        world.cards.check(signed_with(key, made(world, key, **changes)))


@pytest.mark.parametrize(
    "key",
    [lambda: rsa.generate_private_key(65537, 1024), ed25519.Ed25519PrivateKey.generate],
    ids=["short RSA", "Ed25519"],
)
def test_a_key_that_no_card_has_is_refused(world, key):
    made_key = key()

    with pytest.raises(SmartCardRefused):
        world.cards.check(signed_with(made_key, made(world, made_key)))


def test_the_authority_itself_is_no_card(world):
    key = load_pem_private_key((world.folder / "authority-key.pem").read_bytes(), None)
    pem = (world.folder / "authority.pem").read_text()

    with pytest.raises(SmartCardRefused):
        world.cards.check(signed_with(key, pem))


def test_the_card_authority_goes_on_with_its_key_after_a_start(world):
    card = world.card()
    world.issuer.revoke(card.number)

    again = World(world.folder)

    assert again.cards.check(again.proof(again.card()))
    with pytest.raises(SmartCardRefused):
        again.cards.check(again.proof(card))
