import pytest

from panjareh_identity.adapters.passwords import Argon2Passwords


@pytest.fixture(scope="module")
def passwords() -> Argon2Passwords:
    return Argon2Passwords()


@pytest.fixture(scope="module")
def stored(passwords) -> str:
    return passwords.hash("a long sentence of mine")


def test_a_password_is_kept_with_the_parameters_of_owasp(stored):
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_the_right_password_fits_and_another_does_not(passwords, stored):
    assert passwords.fits("a long sentence of mine", stored)
    assert not passwords.fits("a long sentence of yours", stored)


def test_two_people_with_one_password_have_two_hashes(passwords, stored):
    assert passwords.hash("a long sentence of mine") != stored


def test_the_same_characters_fit_however_the_keyboard_puts_them_together(passwords):
    stored = passwords.hash("\u0622rash-o-kaman")

    assert passwords.fits("\u0627\u0653rash-o-kaman", stored)


def test_where_nobody_is_known_a_password_is_hashed_all_the_same(stored):
    worked = []

    def aside(function, *arguments):
        worked.append(function)
        return function(*arguments)

    passwords = Argon2Passwords(aside)

    assert not passwords.fits("a long sentence of mine", None)
    assert len(worked) == 1


def test_a_hash_that_cannot_be_read_is_a_fault_and_no_wrong_password(passwords):
    with pytest.raises(ValueError, match="cannot be read"):
        passwords.fits("a long sentence of mine", "plain")
