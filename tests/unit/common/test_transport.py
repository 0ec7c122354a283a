"""RPC bodies are sealed for one service and one method, and open nowhere else."""

import pytest

from panjareh_common.security.transport import NotForUs, Transport

KEYS = {"requests": b"r" * 32, "inquiry": b"i" * 32}
BODY = '{"national_id":"0499370899","نام":"لیلا"}'.encode()


def test_what_is_sealed_opens_under_its_own_context():
    sealed = Transport(KEYS).seal("requests", BODY, "requests.submit")

    assert Transport(KEYS).open("requests", sealed, "requests.submit") == BODY


def test_nothing_of_a_body_can_be_read_in_a_queue_and_no_two_look_alike():
    one, two = (Transport(KEYS).seal("requests", BODY, "requests.submit") for _ in range(2))

    assert b"0499370899" not in one
    assert one != two


@pytest.mark.parametrize(
    ("service", "context"),
    [
        ("requests", "requests.decide"),
        ("requests", "answer/1"),
        ("requests", ""),
        ("inquiry", "requests.submit"),
    ],
)
def test_a_body_moved_to_another_method_or_service_does_not_open(service, context):
    sealed = Transport(KEYS).seal("requests", BODY, "requests.submit")

    with pytest.raises(NotForUs):
        Transport(KEYS).open(service, sealed, context)


def test_a_body_with_one_changed_byte_does_not_open():
    sealed = Transport(KEYS).seal("requests", BODY, "requests.submit")

    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(NotForUs):
            Transport(KEYS).open("requests", bytes(changed), "requests.submit")


@pytest.mark.parametrize("length", [0, 5, 12, 20])
def test_a_body_that_was_cut_off_does_not_open(length):
    sealed = Transport(KEYS).seal("requests", BODY, "requests.submit")

    with pytest.raises(NotForUs):
        Transport(KEYS).open("requests", sealed[:length], "requests.submit")


def test_a_service_without_a_key_is_not_written_to():
    assert [Transport(KEYS).knows(name) for name in ("requests", "feedback")] == [True, False]
    with pytest.raises(KeyError):
        Transport(KEYS).seal("feedback", BODY, "feedback.give")
