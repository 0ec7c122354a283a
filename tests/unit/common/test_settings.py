"""Settings: read once, typed, and everything that is missing named at once."""

import base64

import pytest

from panjareh_common import settings as names
from panjareh_common.settings import (
    SERVICES,
    Settings,
    SettingsMissing,
    all_settings,
    service_database_url,
)

ADMIN = "postgresql://root:hush@db.example:5433/postgres?sslmode=require"
KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()


def test_everything_that_is_missing_is_named_at_once_with_what_it_is_for():
    with pytest.raises(SettingsMissing) as missing:
        Settings(names.AMQP_URL, names.JWKS, names.sealing_key("requests"), environ={})

    for setting in (names.AMQP_URL, names.JWKS, names.sealing_key("requests")):
        assert f"{setting.name} is missing: {setting.help}" in str(missing.value)


@pytest.mark.parametrize("text", ["", "short", KEY[:-4], KEY + KEY, "not/base64!"])
def test_a_key_of_another_length_cannot_be_read(text):
    wanted = names.sealing_key("requests")

    with pytest.raises(SettingsMissing, match="PANJAREH_REQUESTS_SEALING_KEY cannot be read"):
        Settings(wanted, environ={wanted.name: text})


@pytest.mark.parametrize("text", [KEY, KEY.rstrip("=")])
def test_a_key_is_read_with_or_without_its_padding(text):
    wanted = names.transport_key("inquiry")

    assert Settings(wanted, environ={wanted.name: text})[wanted] == bytes(range(32))


@pytest.mark.parametrize(
    ("setting", "text"), [(names.HTTP_PORT, "eighty"), (names.JWKS, "{"), (names.JWKS, "")]
)
def test_what_cannot_be_read_is_named_and_its_value_is_not_told(setting, text):
    with pytest.raises(SettingsMissing, match=f"{setting.name} cannot be read"):
        Settings(setting, environ={setting.name: text})


def test_a_secret_that_cannot_be_read_is_not_told():
    wanted = names.signing_key("requests")

    with pytest.raises(SettingsMissing) as missing:
        Settings(wanted, environ={wanted.name: "hush-hush"})

    assert "hush-hush" not in str(missing.value)


def test_defaults_are_used_and_read_like_what_is_given():
    settings = Settings(names.HTTP_PORT, names.HTTP_HOST, environ={})

    assert settings[names.HTTP_PORT] == 8080
    assert settings[names.HTTP_HOST] == "127.0.0.1"


def test_a_services_database_is_derived_from_the_administrators_url():
    environ = {
        "PANJAREH_DATABASE_URL": ADMIN,
        "PANJAREH_REQUESTS_DATABASE_PASSWORD": "p@ss/word:1",
    }

    assert service_database_url("requests", environ) == (
        "postgresql://panjareh_requests:p%40ss%2Fword%3A1@db.example:5433"
        "/panjareh_requests?sslmode=require"
    )


def test_an_own_url_needs_no_administrator():
    own = "postgresql://me@elsewhere/mine"

    assert service_database_url("requests", {"PANJAREH_REQUESTS_DATABASE_URL": own}) == own


def test_without_either_both_are_named():
    with pytest.raises(SettingsMissing) as missing:
        service_database_url("requests", {})

    assert "PANJAREH_DATABASE_URL" in str(missing.value)
    assert "PANJAREH_REQUESTS_DATABASE_PASSWORD" in str(missing.value)


def test_every_setting_has_a_name_of_its_own_and_says_what_it_is_for():
    listed = [setting.name for setting in all_settings()]

    assert len(set(listed)) == len(listed)
    assert all(setting.help and setting.name.startswith("PANJAREH_") for setting in all_settings())
    for service in SERVICES:
        assert {
            f"PANJAREH_{service.upper()}_{kind}"
            for kind in ("SIGNING_KEY", "SEALING_KEY", "TRANSPORT_KEY", "DATABASE_PASSWORD")
        } <= set(listed)


# Addresses without a password in them.
_PUBLIC = (
    names.SMS_URL,
    names.SMART_CARD_REVOKED_URL,
    names.WINDOW_URL,
    names.ISSUER_URL,
    names.ISSUER_BACKCHANNEL_URL,
    names.WINDOW_BACKCHANNEL_URL,
    names.SCANNER_URL,
    names.PAYMENT_URL,
    names.TSA_URL,
)


@pytest.mark.parametrize(
    "address",
    [
        "https://window.example.org",
        "https://window.example.org:8443",
        "http://127.0.0.1:8080",
        "http://localhost:8080",
        "http://10.1.2.3",
        "http://panjareh.local",
    ],
)
def test_browsers_are_sent_to_addresses_with_tls_or_near_by(address):
    environ = {"PANJAREH_WINDOW_URL": address, "PANJAREH_ISSUER_URL": f"{address}/id"}

    settings = Settings(names.WINDOW_URL, names.ISSUER_URL, environ=environ)

    assert settings[names.WINDOW_URL] == address


@pytest.mark.parametrize(
    "address",
    [
        "http://window.example.org",
        "http://8.8.8.8",
        "ftp://localhost",
        "https://",
        "window.example.org",
        "https://window.example.org/",
        "https://window.example.org?x=1",
        "https://window.example.org#x",
        "https://somebody@window.example.org",
    ],
)
def test_an_address_that_browsers_must_not_be_sent_to_stops_the_start(address):
    with pytest.raises(SettingsMissing, match="PANJAREH_WINDOW_URL"):
        Settings(names.WINDOW_URL, environ={"PANJAREH_WINDOW_URL": address})
    with pytest.raises(SettingsMissing, match="PANJAREH_ISSUER_URL"):
        Settings(names.ISSUER_URL, environ={"PANJAREH_ISSUER_URL": "https://window.example.org/x"})


@pytest.mark.parametrize("address", ["", "http://panjareh-gateway:80", "https://10.1.2.3:8443"])
def test_the_window_is_looked_at_from_inside_without_tls_or_not_at_all(address):
    environ = {"PANJAREH_WINDOW_BACKCHANNEL_URL": address}

    assert Settings(names.WINDOW_BACKCHANNEL_URL, environ=environ)[
        names.WINDOW_BACKCHANNEL_URL
    ] == (address)
    assert Settings(names.WINDOW_BACKCHANNEL_URL, environ={})[names.WINDOW_BACKCHANNEL_URL] == ""


@pytest.mark.parametrize(
    "address",
    ["gateway:80", "file:///etc/passwd", "http://gateway/", "http://a:b@gateway", "http://g?x=1"],
)
def test_what_is_no_address_to_look_at_stops_the_start(address):
    with pytest.raises(SettingsMissing, match="PANJAREH_WINDOW_BACKCHANNEL_URL"):
        Settings(
            names.WINDOW_BACKCHANNEL_URL,
            environ={"PANJAREH_WINDOW_BACKCHANNEL_URL": address},
        )


def test_every_key_and_password_is_marked_as_secret():
    for setting in all_settings():
        telling = setting.name.endswith(("_KEY", "_PASSWORD", "_URL"))
        assert setting.secret or not telling or setting in _PUBLIC, setting.name
