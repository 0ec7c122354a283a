"""A file from its first piece to its place in a request: what it takes, how long it lasts, where it fits."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from panjareh_requests.domain import file as files
from panjareh_requests.domain.file import MOST_BYTES, UPLOAD_LASTS, FileState, StoredFile
from panjareh_requests.domain.refusals_files import (
    FileBeingChecked,
    FileNotShown,
    FileOfRequest,
    FileTooLarge,
    TooManyFiles,
    UploadOver,
    WrongOffset,
)

NOW = datetime(2026, 3, 1, tzinfo=UTC)
MONTH = timedelta(days=30)
REQUEST = uuid4()


def begun(length=100):
    me = uuid4()
    return StoredFile.begun(uuid4(), owner_id=me, uploader_id=me, length=length, about={}, at=NOW)


def whole(**changes):
    return replace(begun().with_piece(100, at=NOW, kept_for=MONTH), **changes)


def clean(**changes):
    return replace(whole().found_clean("image/png", "digest", NOW + MONTH), **changes)


def faults(file, types=("image/png",), most=100):
    return [sentence for sentence, _ in files.faults_of(file, REQUEST, types, most)]


@pytest.mark.parametrize("length", [0, -1, MOST_BYTES + 1])
def test_it_has_a_size_that_is_taken(length):
    with pytest.raises(FileTooLarge):
        begun(length)
    assert begun(MOST_BYTES).received == 0


def test_a_piece_goes_where_the_last_one_ended():
    file = begun().with_piece(40, at=NOW, kept_for=MONTH)

    file.must_take(40, 60)
    file.must_take(40, 0)
    for offset in (0, 39, 41):
        with pytest.raises(WrongOffset) as refused:
            file.must_take(offset, 1)
        assert refused.value.details == {"offset": 40}
    with pytest.raises(FileTooLarge):
        file.must_take(40, 61)


def test_nothing_is_added_to_what_is_whole():
    with pytest.raises(UploadOver):
        whole().must_take(100, 1)
    whole().must_take(100, 0)  # asking again for what was done changes nothing


def test_each_piece_puts_the_end_off_and_what_is_whole_waits_for_its_scanner_as_long_as_a_draft_lasts():
    later = NOW + timedelta(hours=20)

    assert begun().expires_at == NOW + UPLOAD_LASTS
    assert begun().with_piece(1, at=later, kept_for=MONTH).expires_at == later + UPLOAD_LASTS
    done = begun().with_piece(100, at=later, kept_for=MONTH)
    assert (done.state, done.expires_at) == (FileState.CHECKING, later + MONTH)


def test_only_a_clean_one_is_shown():
    clean().must_be_clean()
    for file in (begun(), whole(), whole().found_unfit("harmful", None, NOW)):
        with pytest.raises(FileNotShown):
            file.must_be_clean()


def test_what_is_part_of_a_request_stays():
    clean().must_be_free()
    with pytest.raises(FileOfRequest):
        clean(request_id=REQUEST).must_be_free()


def test_so_many_are_kept():
    files.must_have_room(files.MOST_FILES - 1)
    with pytest.raises(TooManyFiles):
        files.must_have_room(files.MOST_FILES)


def test_it_fits_where_a_form_takes_it():
    assert faults(clean()) == []
    assert faults(clean(request_id=REQUEST)) == []  # corrected: it is there already


@pytest.mark.parametrize(
    ("file", "told"),
    [
        (None, [files.NOT_YOURS]),
        (begun(), [files.NOT_COMPLETE]),
        (whole().found_unfit("harmful", None, NOW), [files.REFUSED]),
        (clean(request_id=uuid4()), [files.OF_ANOTHER]),
        (clean(type="application/pdf"), [files.WRONG_TYPE]),
        (clean(length=101), [files.TOO_LARGE]),
        (clean(type="application/pdf", length=101), [files.WRONG_TYPE, files.TOO_LARGE]),
    ],
)
def test_why_it_does_not_fit_is_said(file, told):
    assert faults(file) == told


def test_what_is_still_looked_through_is_nobodys_fault():
    with pytest.raises(FileBeingChecked):
        faults(whole())
