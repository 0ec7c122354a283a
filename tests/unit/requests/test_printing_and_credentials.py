"""Documents as PDF and as credentials, read with libraries that are not ours."""

import base64
import gzip
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import jwt
import pypdfium2
import pytest
import zxingcpp
from joserfc import jwk

from panjareh_common.security import ServiceIdentity
from panjareh_requests.adapters.credentials import Credentials, encoded
from panjareh_requests.adapters.printing import Printer
from panjareh_requests.domain.issued_document import IssuedDocument, ShownTerms, lines_of
from panjareh_requests.read_model.sentences.grounds import ground_in_words

WINDOW = "https://window.example.ir"
AT = datetime(2026, 11, 30, 8, tzinfo=UTC)
SEED = base64.urlsafe_b64encode(bytes(range(32))).decode().rstrip("=")
KEY = jwk.OKPKey.import_key(
    {
        "kty": "OKP",
        "crv": "Ed25519",
        "d": SEED,
        "x": "A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg",
    }
)
PRIVATE = dict(KEY.as_dict(private=True)) | {"kid": "requests-1"}
PUBLIC = ServiceIdentity("requests", PRIVATE).public_key
CREDENTIALS = Credentials(WINDOW, ServiceIdentity("requests", PRIVATE), [PUBLIC])
PRINTER = Printer(CREDENTIALS.address_of, CREDENTIALS.credential, ground_in_words)
LINES = lines_of(
    [
        ShownTerms("given", {"fa": "نام", "en": "Given name"}, {}),
        ShownTerms("family", {"fa": "نام خانوادگی", "en": "Family name"}, {}),
        ShownTerms("born", {"fa": "تاریخ تولد", "en": "Date of birth"}, {}),
    ],
    {"given": "مریم", "family": "رضایی", "born": "1990-01-01"},
)
DOCUMENT = IssuedDocument(
    number="987654321098",
    request_id=UUID(int=1),
    holder=UUID(int=2),
    kind="school_certificate",
    title={"fa": "گواهی تحصیلی", "en": "School certificate"},
    authority="education",
    authority_name={"fa": "وزارت آموزش و پرورش", "en": "Ministry of Education"},
    issued_at=AT,
    valid_until=AT + timedelta(days=365),
    status_index=131_072 + 5,
    code="5f2b9c0d7e8a41362b90",
    shows=LINES,
)


def page_of(document, language):
    opened = pypdfium2.PdfDocument(PRINTER.pdf(document, language))
    return opened, opened[0]


def words_of(page):
    """Lines of a page as pdfium reads them, without the half space, which it moves within a word."""
    said = page.get_textpage().get_text_range().replace("\u200c", "").replace("\u202c", "")
    return [line.strip() for line in said.splitlines()]


def qr_of(page):
    drawn = page.render(scale=2, grayscale=True)
    pixels = memoryview(bytes(drawn.buffer)).cast("B", [drawn.height, drawn.stride])
    [found] = zxingcpp.read_barcodes(pixels)
    return found.text


def test_a_persian_document_reads_from_top_to_bottom_and_right_to_left():
    _, page = page_of(DOCUMENT, "fa")

    words = words_of(page)

    wanted = [
        "گواهی تحصیلی",
        "نام مریم",
        "نام خانوادگی رضایی",
        "تاریخ تولد ۱۱ دی ۱۳۶۸",
        "تاریخ صدور ۹ آذر ۱۴۰۵",
        "معتبر تا ۹ آذر ۱۴۰۶",
    ]
    assert words[0].startswith("وزارت آموزش و پرورش")
    assert [line for line in words if line in wanted] == wanted


def test_an_english_document_tells_the_same():
    _, page = page_of(DOCUMENT, "en")

    words = words_of(page)

    assert "Number of the document: 9876 5432 1098" in words
    assert "Valid until 30 November 2027" in words


@pytest.mark.parametrize("language", ["fa", "en"])
def test_the_code_on_a_document_leads_to_its_page(language):
    _, page = page_of(DOCUMENT, language)

    assert qr_of(page) == f"{WINDOW}/verify/987654321098?code=5f2b9c0d7e8a41362b90"


def test_a_document_is_archivable_has_its_font_inside_and_its_language_said():
    made = PRINTER.pdf(DOCUMENT, "fa")

    assert b"<pdfaid:part>3</pdfaid:part>" in made
    assert b"<pdfaid:conformance>A</pdfaid:conformance>" in made
    assert b"<pdfuaid:part>1</pdfuaid:part>" in made
    assert b"Vazirmatn" in made
    assert re.search(rb"/Lang ?\(fa(-IR)?\)", made)


def test_a_revoked_document_says_so_on_its_face():
    gone = replace(DOCUMENT, revoked_at=AT + timedelta(days=2), revoked_because="court_order")

    _, page = page_of(gone, "en")

    said = "This document was revoked on 2 December 2026. A court ordered it."
    assert said in words_of(page)
    assert said not in words_of(page_of(DOCUMENT, "en")[1])


def test_the_same_document_has_the_same_bytes():
    assert PRINTER.pdf(DOCUMENT, "fa") == PRINTER.pdf(DOCUMENT, "fa")


def test_the_credential_lies_in_the_document():
    opened, _ = page_of(DOCUMENT, "fa")

    inside = opened.get_attachment(0)

    assert inside.get_name() == "credential.jwt"
    assert bytes(inside.get_data()).decode() == CREDENTIALS.credential(DOCUMENT)


def test_many_and_long_lines_stay_on_paper():
    long = {"fa": "کارگاه " * 40, "en": "workshop " * 40}
    lines = [{"name": {"fa": f"سطر {n}", "en": f"Line {n}"}, "value": long} for n in range(20)]
    opened, _ = page_of(replace(DOCUMENT, shows=lines), "en")

    said = " ".join(line for page in opened for line in words_of(page))

    assert len(opened) > 1
    assert all(f"Line {n} " in said for n in range(20))
    assert "Check this document" in said


@pytest.mark.parametrize("name", ["#panic[x] *bold* $x$ \\", "😀 日本", "a\u202eb", ""])
def test_what_people_write_is_text_whatever_it_is(name):
    line = {"name": {"fa": "نام", "en": "Name"}, "value": {"fa": name, "en": name}}

    opened, _ = page_of(replace(DOCUMENT, shows=[line]), "en")

    assert len(opened) == 1


def opened_with(token, document=None):
    """As a stranger opens it: the issuer's document gives the key that the header names."""
    known = document or CREDENTIALS.did_document()
    keys = {key["id"]: key["publicKeyJwk"] for key in known["verificationMethod"]}
    header = jwt.get_unverified_header(token)
    assert header["kid"] in known["assertionMethod"]
    key = jwt.PyJWK(keys[header["kid"]], algorithm="EdDSA").key
    algorithm = jwt.api_jws.PyJWS(algorithms=[])
    algorithm.register_algorithm("Ed25519", jwt.algorithms.OKPAlgorithm())
    payload = algorithm.decode(token, key, algorithms=["Ed25519"])
    return header, json.loads(payload)


def test_a_stranger_opens_a_credential_with_the_issuers_key():
    header, credential = opened_with(CREDENTIALS.credential(DOCUMENT))

    assert (header["typ"], header["cty"]) == ("vc+jwt", "vc")
    assert credential["@context"][0] == "https://www.w3.org/ns/credentials/v2"
    assert credential["issuer"] == CREDENTIALS.did_document()["id"] == "did:web:window.example.ir"
    assert credential["type"] == ["VerifiableCredential", "IssuedDocument"]
    assert credential["validFrom"] < credential["validUntil"]
    shown = credential["credentialSubject"]["document"]
    assert shown["number"] == "987654321098"
    assert shown["shows"][1]["value"][0]["@value"] == "رضایی"


def test_a_credential_that_was_changed_does_not_open():
    head, body, signature = CREDENTIALS.credential(DOCUMENT).split(".")
    content = base64.urlsafe_b64decode(body + "==").replace("رضایی".encode(), "اکبری".encode())
    changed = base64.urlsafe_b64encode(content).decode().rstrip("=")

    with pytest.raises(jwt.InvalidSignatureError):
        opened_with(f"{head}.{changed}.{signature}")


def test_a_private_key_is_never_told():
    leaking = Credentials(WINDOW, ServiceIdentity("requests", PRIVATE), [PRIVATE])

    assert SEED not in json.dumps(leaking.did_document())


def bit_of(credential, index):
    """What the specification's algorithm finds at an index."""
    text = credential["credentialSubject"]["encodedList"]
    assert text.startswith("u")
    content = gzip.decompress(base64.urlsafe_b64decode(text[1:] + "=" * (-len(text[1:]) % 4)))
    assert len(content) * 8 == 131_072
    return content[index // 8] >> (7 - index % 8) & 1


def test_a_status_list_tells_who_was_revoked_and_nobody_else():
    _, credential = opened_with(CREDENTIALS.credential(DOCUMENT))
    status = credential["credentialStatus"]
    _, before = opened_with(CREDENTIALS.status_list(1, [], AT))
    _, after = opened_with(CREDENTIALS.status_list(1, [0, 5, 131_071], AT))

    index = int(status["statusListIndex"])

    assert status["type"] == "BitstringStatusListEntry"
    assert status["statusListCredential"] == after["id"] == f"{WINDOW}/api/v1/status-lists/1"
    assert after["credentialSubject"]["statusPurpose"] == status["statusPurpose"] == "revocation"
    assert (index, bit_of(before, index), bit_of(after, index)) == (5, 0, 1)
    assert sum(bit_of(after, n) for n in range(131_072)) == 3


def test_a_status_list_of_yesterday_is_over():
    _, told = opened_with(CREDENTIALS.status_list(0, [], AT))

    assert datetime.fromisoformat(told["validUntil"]) <= AT + timedelta(days=1)


def test_a_list_of_the_specification_is_written_as_there():
    """Bitstring Status List 1.0 gives the first letters of an empty list of 16 KiB, gzip and base64url."""
    assert encoded([]).startswith("uH4sIA")
    assert len(encoded([])) < 100


def test_an_issuer_with_a_port_is_named_as_did_web_says():
    near = Credentials("http://localhost:8080", ServiceIdentity("requests", PRIVATE), [PUBLIC])

    assert near.issuer == "did:web:localhost%3A8080"
