import pytest

from panjareh_identity.application.origin import Origin


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        (None, None),
        ("x" * 500, "x" * 64),
    ],
)
def test_an_address_stands_for_whoever_has_it(address, network):
    assert Origin(address).network == network


def test_nothing_of_an_origin_is_shown():
    assert repr(Origin("192.0.2.1", "Firefox", "a secret")) == "Origin()"
