"""Files: sent in pieces and gone on with, sealed, looked through, shown to those who may, and part of one request."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.integration.requests.drafting import KEPT_FOR
from tests.integration.requests.filing import (
    CODE,
    FILES,
    PDF,
    PIECE,
    TUS,
    FilesDoor,
    Somebody,
    files_door,
    named,
    picture,
    scanner_on,
)
from tests.people import until
from tusclient.client import TusClient

from panjareh_cli.local.ports import next_free
from panjareh_common.asking import Asking
from panjareh_common.assurance import AssuranceLevel
from panjareh_common.blobs import CHUNK
from panjareh_common.database import Database
from panjareh_common.erasure import Erasures, LedgerLog
from panjareh_common.refusals import InvalidInput, NotFound, Refusal
from panjareh_common.security import Caller, CallerKind
from panjareh_requests.application.commands import SubmitRequest
from panjareh_requests.application.drafts import CreateDraft
from panjareh_requests.domain.file import MOST_BYTES, MOST_FILES
from panjareh_sandbox.scanner import EICAR

NAME = "نقشهٔ خانهٔ من.png"
FORM = {
    "type": "object",
    "additionalProperties": False,
    "required": ["plan"],
    "properties": {
        "plan": {
            "type": "string",
            "format": "panjareh-file",
            "x-file": {"types": ["image/png"], "max_bytes": 600_000},
        },
        "papers": {
            "type": "array",
            "items": {
                "type": "string",
                "format": "panjareh-file",
                "x-file": {"types": ["application/pdf"], "max_bytes": 600_000},
            },
        },
    },
}


@pytest.fixture
def database(make_database_url: Callable[[str], str]) -> Iterator[Database]:
    database = Database(make_database_url("requests"))
    database.open()
    yield database
    database.close()


@pytest.fixture(scope="module")
def scanner() -> Iterator[str]:
    with scanner_on(next_free(25_000)) as url:
        yield url


@pytest.fixture
def door(database: Database, scanner: str) -> Iterator[FilesDoor]:
    with files_door(database, scanner=scanner) as door:
        door.publish(FORM)
        yield door


@pytest.fixture
def person(door: FilesDoor) -> Somebody:
    return door.person()


def submit(who: Somebody, form: dict[str, Any]) -> str:
    answer = who.door.requests.submit(
        SubmitRequest(CODE, form),
        caller=who.caller,
        cause=who.caller.cause("web"),
        key=str(uuid4()),
        language="en",
    )
    return str(answer["request_id"])


def points(refused: pytest.ExceptionInfo[InvalidInput]) -> list[tuple[str, str]]:
    return [(each["pointer"], each["detail"][:26]) for each in refused.value.errors]


def problem(answer: Any, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


# In pieces


def test_a_file_comes_in_pieces_of_any_size_and_goes_out_as_it_was(person: Somebody) -> None:
    data = picture(2 * CHUNK + 12_345)
    file_id, at = person.begin(len(data), NAME), 0

    for size in (1, 7, CHUNK - 8, 1, CHUNK - 1, 3, 12_342):
        assert person.offset(file_id) == at
        answer = person.send(file_id, at, data[at : at + size])
        at += size
        assert (answer.status_code, answer.headers["upload-offset"]) == (204, str(at))
    assert at == len(data)
    assert person.state(file_id)["state"] == "checking"
    person.door.look()

    assert person.state(file_id)["type"] == "image/png"
    got = person.get(file_id)
    assert hashlib.sha256(got.content).digest() == hashlib.sha256(data).digest()
    assert got.headers["content-type"] == "image/png"
    assert got.headers["content-disposition"].startswith('attachment; filename="file.png"')
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in got.headers["content-security-policy"]
    assert "no-store" in got.headers["cache-control"]


def test_a_client_that_we_did_not_write_uploads_in_pieces(person: Somebody) -> None:
    data = picture(CHUNK + 5_000)
    headers = {"Authorization": person.http.headers["authorization"]}
    client = TusClient(person.door.url + FILES, headers=headers)

    sender = client.uploader(
        file_stream=BytesIO(data), chunk_size=100_000, metadata={"filename": NAME}
    )
    sender.upload_chunk()
    url = sender.url
    again = client.uploader(file_stream=BytesIO(data), chunk_size=100_000, url=url)
    assert again.get_offset() == 100_000
    again.upload()

    person.door.look()
    file_id = url.rpartition("/")[2]
    assert person.get(file_id).content == data
    assert person.state(file_id)["name"] == NAME


def test_what_came_before_the_connection_broke_is_kept_and_gone_on_from(person: Somebody) -> None:
    data = picture(3 * CHUNK)
    file_id = person.begin(len(data))
    host, port = person.door.url.removeprefix("http://").split(":")
    head = [
        f"PATCH {FILES}/{file_id} HTTP/1.1",
        f"Host: {host}",
        f"Authorization: {person.http.headers['authorization']}",
        "Tus-Resumable: 1.0.0",
        "Content-Type: application/offset+octet-stream",
        "Upload-Offset: 0",
        f"Content-Length: {len(data)}",
    ]
    with socket.create_connection((host, int(port))) as broken:
        broken.sendall("\r\n".join([*head, "", ""]).encode() + data[: CHUNK + 999])

    until(lambda: person.offset(file_id), lambda offset: offset >= CHUNK, 10)

    def go_on() -> tuple[int, int]:
        at = person.offset(file_id)
        return at, person.send(file_id, at, data[at:]).status_code

    # What came last may be stored between the question and the piece: then one asks again.
    at, _ = until(go_on, lambda went: went[1] != 409)
    assert CHUNK <= at <= CHUNK + 999
    assert person.offset(file_id) == len(data)
    person.door.look()
    assert person.get(file_id).content == data


def test_a_piece_for_another_place_is_refused_and_changes_nothing(person: Somebody) -> None:
    data = picture(1000)
    file_id = person.begin(len(data))
    person.send(file_id, 0, data[:400])

    for offset in (0, 399, 401, 1000):
        problem(person.send(file_id, offset, data[400:410]), 409, "wrong_offset")

    assert person.offset(file_id) == 400


def test_of_many_who_send_the_same_piece_at_once_one_succeeds(person: Somebody) -> None:
    data = picture(50_000)
    file_id = person.begin(len(data))

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: person.send(file_id, 0, data), range(8)))

    assert sorted(each.status_code for each in answers) == [204] + [409] * 7
    person.door.look()
    assert person.get(file_id).content == data


def test_more_than_was_announced_is_refused(person: Somebody) -> None:
    file_id = person.begin(1000)

    problem(person.send(file_id, 0, picture(1001)), 413, "file_too_large")
    assert person.offset(file_id) == 0

    def endless() -> Iterator[bytes]:  # says no length before
        for _ in range(20):
            yield bytes(100)

    headers = PIECE | {"Upload-Offset": "0"}
    answer = person.http.patch(f"{FILES}/{file_id}", headers=headers, content=endless())
    problem(answer, 413, "file_too_large")


def test_nothing_is_added_to_a_file_that_is_whole(person: Somebody) -> None:
    file_id = person.upload(picture(100))

    problem(person.send(file_id, 100, b"x"), 409, "upload_over")


@pytest.mark.parametrize("length", ["0", str(MOST_BYTES + 1), "99999999999"])
def test_a_file_of_no_size_or_too_large_is_not_begun(person: Somebody, length: str) -> None:
    answer = person.http.post(FILES, headers=TUS | {"Upload-Length": length})

    problem(answer, 413, "file_too_large")
    assert person.door.rows_of("file") == []


def test_the_largest_file_is_taken(person: Somebody) -> None:
    data = picture(MOST_BYTES)

    file_id = person.clean(data)

    assert person.get(file_id).content == data
    assert len(person.door.rows_of("blob_chunk")) == MOST_BYTES // CHUNK


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Upload-Length": "5"}, 412, "tus_version_unknown"),
        ({"Tus-Resumable": "0.2.2", "Upload-Length": "5"}, 412, "tus_version_unknown"),
        (TUS, 400, "upload_unreadable"),
        (TUS | {"Upload-Length": "-5"}, 400, "upload_unreadable"),
        (TUS | {"Upload-Length": "five"}, 400, "upload_unreadable"),
        (TUS | {"Upload-Length": "5", "Upload-Metadata": "filename %%%"}, 400, "upload_unreadable"),
        (TUS | {"Upload-Length": "5", "Upload-Metadata": "n /w=="}, 400, "upload_unreadable"),
        (TUS | {"Upload-Length": "5", "Upload-Metadata": "a," * 3000}, 400, "upload_unreadable"),
    ],
)
def test_what_tus_does_not_know_is_refused(
    person: Somebody, headers: dict[str, str], status: int, code: str
) -> None:
    answer = person.http.post(FILES, headers=headers)

    problem(answer, status, code)
    assert answer.headers["tus-resumable"] == "1.0.0"
    assert person.door.rows_of("file") == []


def test_what_is_spoken_here_can_be_asked_by_anybody(door: FilesDoor) -> None:
    answer = door.person().http.options(FILES, headers={"Authorization": ""})

    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert answer.headers["tus-max-size"] == str(MOST_BYTES)
    assert answer.headers["tus-extension"] == "creation,expiration,termination"


def test_a_browser_that_knows_only_post_says_what_it_means(person: Somebody) -> None:
    data = picture(100)
    file_id = person.begin(len(data))
    headers = PIECE | {"Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}

    answer = person.http.post(f"{FILES}/{file_id}", headers=headers, content=data)

    assert answer.status_code == 204
    wrong = person.http.put(f"{FILES}/{file_id}")
    problem(wrong, 405, "wrong_method_for_files")
    assert wrong.headers["allow"] == "DELETE, GET, HEAD, PATCH"


def test_the_metadata_is_told_again_as_it_came(person: Somebody) -> None:
    metadata = f"{named(NAME)},is_private"
    answer = person.http.post(
        FILES, headers=TUS | {"Upload-Length": "5", "Upload-Metadata": metadata}
    )

    asked = person.http.head(answer.headers["location"], headers=TUS)

    assert asked.headers["upload-metadata"] == metadata
    assert asked.headers["upload-length"] == "5"
    assert asked.headers["cache-control"] == "no-store"
    assert asked.headers["upload-expires"].endswith("GMT")


# Looked through


def test_what_harms_is_refused_and_its_bytes_do_not_stay(person: Somebody) -> None:
    data = picture(CHUNK - 30) + EICAR + picture(100)  # over where two chunks meet

    file_id = person.upload(data)
    person.door.look()

    told = person.state(file_id)
    assert (told["state"], told["because"]) == ("refused", "harmful")
    assert person.door.rows_of("blob_chunk") == []
    problem(person.get(file_id), 409, "file_not_shown")


@pytest.mark.parametrize(
    "data",
    [b"MZ" + bytes(500), b"<html><script>1</script></html>", b"GIF89a" + bytes(50), b"x", bytes(9)],
)
def test_what_is_no_type_that_forms_take_is_refused_whatever_it_is_called(
    person: Somebody, data: bytes
) -> None:
    file_id = person.upload(data, "photo.png")
    person.door.look()

    told = person.state(file_id)
    assert (told["state"], told["because"]) == ("refused", "unknown_type")
    assert person.door.rows_of("blob_chunk") == []


def test_nothing_is_given_out_before_it_was_looked_through(person: Somebody) -> None:
    file_id = person.upload(picture(100))

    problem(person.get(file_id), 409, "file_not_shown")


def test_while_the_scanner_is_away_a_file_waits_and_is_looked_through_later(
    database: Database,
) -> None:
    port = next_free(26_000)
    with files_door(database, scanner=f"tcp://127.0.0.1:{port}") as door:
        person = door.person()
        file_id = person.upload(picture(100))
        door.look()
        assert person.state(file_id)["state"] == "checking"

        with scanner_on(port):
            door.later(minutes=1)
            door.look()
        assert person.state(file_id)["state"] == "clean"


def test_without_a_scanner_no_file_is_taken(database: Database) -> None:
    with files_door(database, scanner=None) as door:
        answer = door.person().http.post(FILES, headers=TUS | {"Upload-Length": "5"})

        problem(answer, 503, "files_not_taken")


# Sealed


def test_nobody_who_reads_the_rows_reads_a_file_or_its_name(person: Somebody) -> None:
    data = PDF + b"the secret of a person " * 40
    person.clean(data, NAME)

    for table in ("file", "blob_chunk", "due", "person_data_read"):
        for row in person.door.rows_of(table):
            assert NAME not in str(row)
            kept = b"".join(value for value in row.values() if isinstance(value, bytes))
            assert b"secret of a person" not in kept
            assert named(NAME).encode() not in kept


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE blob_chunk SET content = set_byte(content, 40, get_byte(content, 40) # 1) WHERE number = 1",
        "DELETE FROM blob_chunk WHERE number = 1",
        "UPDATE blob_chunk SET number = 1 - number + 10; UPDATE blob_chunk SET number = number - 10",
    ],
)
def test_a_chunk_that_was_changed_removed_or_moved_breaks_the_answer_off(
    person: Somebody, harm: str
) -> None:
    file_id = person.clean(picture(CHUNK + 100))
    for statement in harm.split(";"):
        person.door.change(statement)

    with pytest.raises(Exception) as broken:  # of the client's, in the middle of an answer
        answer = person.get(file_id)
        problem(answer, 503, "file_broken")
        raise ConnectionError
    assert not isinstance(broken.value, AssertionError)


def test_another_content_of_the_same_length_is_not_given_out_whole(person: Somebody) -> None:
    """Whoever has the keys and the database cannot exchange what was looked through unseen."""
    file_id = person.clean(picture(500))
    door = person.door
    box = door.keyring.seal_bytes(person.caller.person, picture(500), f"blob/{file_id}/0")
    door.change("UPDATE blob_chunk SET content = %s", (box,))

    with pytest.raises(Exception):  # noqa: B017
        assert person.get(file_id).status_code != 200


def test_of_a_person_who_was_erased_nothing_is_left(person: Somebody) -> None:
    file_id = person.clean(picture(CHUNK * 2))
    other = person.door.person()
    others = other.clean(picture(100))
    erasures = Erasures(person.door.log, LedgerLog())
    erasures.and_remove(person.door.rows.remove_of)

    erasures.erase(person.caller.person)

    assert [row["owner_id"] for row in person.door.rows_of("file")] == [other.caller.subject]
    assert len(person.door.rows_of("blob_chunk")) == 1
    problem(person.get(file_id), 404, "not_found")
    assert other.get(others).status_code == 200


def test_a_file_whose_owner_is_erased_while_it_waits_is_no_longer_waited_for(
    person: Somebody,
) -> None:
    person.upload(picture(100))

    person.door.keyring.erase(person.caller.person)
    person.door.look()

    assert person.door.rows_of("due") == []


# Whose it is


def test_nobody_reaches_a_strangers_file(person: Somebody) -> None:
    file_id, door = person.clean(picture(100)), person.door
    others = [door.person(), door.officer("tehran"), door.officer("police")]

    for other in others:
        problem(other.get(file_id), 404, "not_found")
        problem(other.http.get(f"{FILES}/{file_id}/state"), 404, "not_found")
        assert other.http.head(f"{FILES}/{file_id}", headers=TUS).status_code == 404
        problem(other.send(file_id, 100, b"x"), 404, "not_found")
        problem(other.http.delete(f"{FILES}/{file_id}", headers=TUS), 404, "not_found")
        assert other.http.get(FILES).json()["items"] == []
    assert person.get(file_id).status_code == 200


@pytest.mark.parametrize("token", ["", "Bearer", "Bearer nonsense", "Basic eDp5"])
def test_nobody_comes_in_without_a_token(person: Somebody, token: str) -> None:
    file_id = person.clean(picture(100))
    headers = {"Authorization": token}

    problem(person.http.get(f"{FILES}/{file_id}", headers=headers), 401, "not_signed_in")
    problem(person.http.post(FILES, headers=TUS | headers), 401, "not_signed_in")


def test_a_system_of_an_authority_does_not_come_in(person: Somebody) -> None:
    system = Caller(CallerKind.AGENCY, None, AssuranceLevel(1), authority="tehran", client="x")

    answer = Somebody(person.door, system).http.get(FILES)

    problem(answer, 403, "not_allowed")


def test_who_acts_for_another_reaches_what_they_sent_themself_on_record(person: Somebody) -> None:
    own = person.clean(picture(100))
    acting = Somebody(
        person.door,
        Caller(
            CallerKind.REPRESENTATIVE,
            person.caller.subject,
            AssuranceLevel(2),
            actor=uuid4(),
            mandate=uuid4(),
            mandate_scope=(CODE,),
        ),
    )
    theirs = acting.clean(picture(100))

    problem(acting.get(own), 404, "not_found")
    assert [row["file_id"] for row in acting.http.get(FILES).json()["items"]] == [theirs]
    assert acting.get(theirs).status_code == 200
    assert person.get(theirs).status_code == 200
    looks = person.door.rows_of("person_data_read")
    assert {(str(row["about"]), row["reader"]) for row in looks} == {
        (theirs, str(acting.caller.actor))
    }


@pytest.mark.parametrize(
    "address", ["nonsense", "00000000-0000-0000-0000-00000000000g", str(uuid4())]
)
def test_what_is_no_file_is_not_there(person: Somebody, address: str) -> None:
    problem(person.http.get(f"{FILES}/{address}"), 404, "not_found")
    problem(person.http.get(f"/api/v1/elsewhere/{address}"), 404, "not_found")


# Part of a request


def test_a_file_becomes_part_of_a_request_and_its_officers_see_it_on_record(
    person: Somebody,
) -> None:
    door = person.door
    plan = person.clean(picture(1000), NAME)
    door.later(seconds=1)  # they are listed as they came
    paper = person.clean(PDF, "deed.pdf")
    request_id = submit(person, {"plan": plan, "papers": [paper]})
    officer, elsewhere = door.officer("tehran"), door.officer("police")
    problem(officer.get(plan), 403, "take_it_first")
    door.review(request_id, officer)

    got = officer.get(plan)

    assert (got.status_code, len(got.content)) == (200, 1000)
    looks = door.rows_of("person_data_read")
    assert [(row["reader"], str(row["about"]), row["person_id"]) for row in looks] == [
        (str(officer.caller.subject), request_id, person.caller.subject)
    ]
    problem(elsewhere.get(plan), 404, "not_found")
    problem(door.person().get(plan), 404, "not_found")
    listed = door.of_requests.of(officer.caller, officer.caller.cause("web"), UUID(request_id))
    assert [(row["name"], row["type"]) for row in listed["items"]] == [
        (NAME, "image/png"),
        ("deed.pdf", "application/pdf"),
    ]
    with pytest.raises(NotFound):
        door.of_requests.of(elsewhere.caller, elsewhere.caller.cause("web"), UUID(request_id))
    assert person.get(plan).status_code == 200
    problem(person.http.delete(f"{FILES}/{plan}", headers=TUS), 409, "file_of_request")


def test_every_file_that_does_not_fit_is_named_and_nothing_is_stored(person: Somebody) -> None:
    door = person.door
    half = person.begin(1000)
    harmful = person.upload(picture(100) + EICAR)
    strangers = door.person().clean(PDF)
    large = person.clean(picture(600_001))
    used = person.clean(PDF)
    submit(person, {"plan": person.clean(picture(100)), "papers": [used]})

    with pytest.raises(InvalidInput) as refused:
        submit(
            person,
            {
                "plan": large,
                "papers": [
                    half,
                    harmful,
                    strangers,
                    str(uuid4()),
                    used,
                    person.clean(picture(9999)),
                ],
            },
        )

    assert points(refused) == [
        ("/form/plan", "This file has 600001 bytes"),
        ("/form/papers/0", "This file has not arrived "),
        ("/form/papers/1", "This file was refused when"),
        ("/form/papers/2", "There is no file of yours "),
        ("/form/papers/3", "There is no file of yours "),
        ("/form/papers/4", "This file is part of anoth"),
        ("/form/papers/5", "This file is of the type i"),
    ]
    assert len(door.rows_of("request")) == 1
    assert [row["request_id"] for row in door.rows_of("file")].count(None) == 5


def test_a_file_that_is_still_looked_through_is_waited_for_and_then_taken(person: Somebody) -> None:
    plan = person.upload(picture(100))

    with pytest.raises(Refusal) as refused:
        submit(person, {"plan": plan})
    assert (refused.value.code, refused.value.kind.value) == ("file_being_checked", 503)
    person.door.look()

    submit(person, {"plan": plan})


def test_a_file_becomes_part_of_one_request_however_many_ask(person: Somebody) -> None:
    plan = person.clean(picture(100))

    def ask(_: int) -> str:
        try:
            return submit(person, {"plan": plan}) and "submitted"
        except InvalidInput:
            return "refused"

    with ThreadPoolExecutor(6) as pool:
        said = list(pool.map(ask, range(6)))

    assert sorted(said) == ["refused"] * 5 + ["submitted"]


# The end


def test_what_is_part_of_no_request_goes_when_its_time_is_over(person: Somebody) -> None:
    door = person.door
    half = person.begin(1000)
    person.send(half, 0, picture(500))
    whole, kept = person.clean(picture(CHUNK + 1)), person.clean(picture(100))
    submit(person, {"plan": kept})

    door.later(hours=24)
    problem(person.http.get(f"{FILES}/{half}/state"), 404, "not_found")
    assert door.files.sweep(door.now) == 1
    door.now += KEPT_FOR
    assert door.files.sweep(door.now) == 1

    problem(person.get(whole), 404, "not_found")
    assert person.get(kept).status_code == 200
    assert [str(row["file_id"]) for row in door.rows_of("file")] == [kept]
    assert len(door.rows_of("blob_chunk")) == 1


def test_a_draft_keeps_the_files_that_it_names(person: Somebody) -> None:
    door = person.door
    named_file, other, strangers = (
        person.clean(picture(100)),
        person.clean(picture(100)),
        door.person().clean(picture(100)),
    )
    door.later(days=20)
    asking = Asking(person.caller, person.caller.cause("web"), str(uuid4()), "en")
    door.drafts.create(
        asking, CreateDraft(CODE, {"plan": named_file, "papers": [strangers, "no id"]})
    )

    door.later(days=20)
    door.files.sweep(door.now)

    assert [str(row["file_id"]) for row in door.rows_of("file")] == [named_file]
    problem(person.get(other), 404, "not_found")


def test_a_file_that_is_deleted_is_gone_with_its_bytes(person: Somebody) -> None:
    whole, half = person.upload(picture(100)), person.begin(1000)
    person.send(half, 0, picture(500))

    for file_id in (whole, half):
        answer = person.http.delete(f"{FILES}/{file_id}", headers=TUS)
        assert answer.status_code == 204

    for table in ("file", "blob_chunk", "due"):
        assert person.door.rows_of(table) == []


def test_no_more_than_so_many_are_kept(person: Somebody) -> None:
    for _ in range(MOST_FILES):
        person.begin(5)

    answer = person.http.post(FILES, headers=TUS | {"Upload-Length": "5"})

    problem(answer, 409, "too_many_files")


def test_the_list_goes_on_where_the_page_before_ended(person: Somebody) -> None:
    sent = []
    for _ in range(5):
        person.door.later(minutes=1)
        sent.append(person.begin(5))

    first = person.http.get(FILES, params={"limit": 3}).json()
    second = person.http.get(FILES, params={"limit": 3, "after": first["next"]}).json()

    assert [row["file_id"] for row in first["items"] + second["items"]] == sent[::-1]
    assert second["next"] is None
    problem(person.http.get(FILES, params={"limit": 0}), 422, "invalid_input")
    problem(person.http.get(FILES, params={"after": "x"}), 422, "invalid_input")
