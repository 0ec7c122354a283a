"""The sandbox's letterbox, and its card authority: cards that others can check with its own certificate."""

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID


@pytest.fixture(scope="module")
def cards(start_sandbox, tmp_path_factory):
    folder = tmp_path_factory.mktemp("cards")
    sandbox = start_sandbox(PANJAREH_SANDBOX_CARDS_DIR=str(folder))
    sandbox.authority = x509.load_pem_x509_certificate((folder / "authority.pem").read_bytes())
    sandbox.key_file = folder / "authority-key.pem"
    return sandbox


def issue(sandbox, national_id="9900000013"):
    answer = sandbox.http.post(f"{sandbox.control}/smart-cards", json={"national_id": national_id})
    assert answer.status_code == 201, answer.text
    return answer.json()


def revoked(sandbox):
    return x509.load_der_x509_crl(
        sandbox.http.get(f"{sandbox.control}/smart-cards/revoked.crl").content
    )


def test_a_letter_can_be_read_in_the_sandbox_letterbox(sandbox):
    letter = {"to": "leila@example.org", "subject": "A message", "text": "your code"}
    sent = sandbox.http.post(f"{sandbox.control}/emails", json=letter)
    sandbox.http.post(f"{sandbox.control}/emails", json=letter | {"to": "reza@example.org"})

    items = sandbox.http.get(f"{sandbox.control}/emails?to=leila@example.org").json()["items"]

    assert sent.status_code == 202
    assert [{name: item[name] for name in letter} for item in items] == [letter]


@pytest.mark.parametrize(
    "body", [{"to": "leila", "subject": "x", "text": "x"}, {"to": "a@b.c"}, []]
)
def test_a_letter_that_cannot_be_sent_is_refused(sandbox, body):
    assert sandbox.http.post(f"{sandbox.control}/emails", json=body).status_code == 400


def test_a_card_is_signed_by_the_authority_for_its_holder(cards):
    card = x509.load_pem_x509_certificate(issue(cards)["certificate"].encode())

    card.verify_directly_issued_by(cards.authority)

    (holder,) = card.subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)
    assert holder.value == "9900000013"


def test_the_authority_keeps_its_key_to_itself(cards):
    assert cards.key_file.stat().st_mode & 0o077 == 0


def test_a_card_that_was_revoked_stands_in_the_signed_list(cards):
    card, other = issue(cards), issue(cards)
    url = f"{cards.control}/smart-cards/{card['number']}/revocation"

    assert cards.http.put(url).status_code == 204
    assert cards.http.put(url).status_code == 204

    found = revoked(cards)
    assert found.is_signature_valid(cards.authority.public_key())
    assert found.get_revoked_certificate_by_serial_number(int(card["number"])) is not None
    assert found.get_revoked_certificate_by_serial_number(int(other["number"])) is None


def test_nobody_has_a_card_for_a_number_that_is_no_national_id(cards):
    answer = cards.http.post(f"{cards.control}/smart-cards", json={"national_id": "12"})

    assert answer.status_code == 400


def test_without_a_folder_there_is_no_card_authority(sandbox):
    answer = sandbox.http.post(f"{sandbox.control}/smart-cards", json={"national_id": "9900000013"})

    assert answer.status_code == 404
