"""What a process is told from outside: environment variables, read once, typed and checked together."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

SERVICES = ("identity", "catalog", "requests", "inquiry", "feedback")


class SettingsMissing(Exception):
    """Names every variable that is missing or cannot be read, with what it is for."""


@dataclass(frozen=True)
class Setting:
    """One variable: its name, what it is for, and how its text is read."""

    name: str
    help: str
    read: Callable[[str], Any] = str
    default: str | None = None
    secret: bool = False


def _bytes32(text: str) -> bytes:
    raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if len(raw) != 32:
        raise ValueError("needs 32 bytes in base64url")
    return raw


def _public_url(text: str) -> str:
    """An address that browsers are sent to. Without TLS only to places that no stranger can have."""
    parts = urlsplit(text)
    host = parts.hostname or ""
    if not host or parts.scheme not in (("https", "http") if _near(host) else ("https",)):
        raise ValueError("needs https; http only on this machine or a private network")
    if parts.query or parts.fragment or parts.username or text.endswith("/"):
        raise ValueError("needs an address alone, without a slash at its end")
    return text


def _near(host: str) -> bool:
    try:
        return ip_address(host).is_private
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".test", ".internal"))


def _inside_url(text: str) -> str:
    """An address that only we go to; empty is none."""
    parts = urlsplit(text)
    if text and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise ValueError("needs http or https and a host")
    if parts.query or parts.fragment or parts.username or text.endswith("/"):
        raise ValueError("needs an address alone, without a slash at its end")
    return text


def _certificates(text: str) -> tuple[Any, ...]:
    """Certificates of cryptography's, which only who has any needs; empty is none."""
    if not text.strip():
        return ()
    from cryptography import x509  # noqa: PLC0415

    return tuple(x509.load_pem_x509_certificates(text.encode()))


def _issuer_url(text: str) -> str:
    if urlsplit(_public_url(text)).path != "/id":
        raise ValueError("needs /id as its path")
    return text


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds <= 86_400:
        raise ValueError("needs 0 to 86400 seconds")
    return seconds


def _scanner_url(text: str) -> str:
    parts = urlsplit(text)
    if text and not (
        (parts.scheme == "tcp" and parts.hostname and parts.port)
        or (parts.scheme == "unix" and parts.path.startswith("/") and not parts.netloc)
    ):
        raise ValueError("needs tcp://host:port or unix:///path")
    return text


def _days(text: str) -> int:
    days = int(text)
    if not 1 <= days <= 365:
        raise ValueError("needs 1 to 365 days")
    return days


def _days_from(least: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        days = int(text)
        if not least <= days <= 3650:
            raise ValueError(f"needs {least} to 3650 days")
        return days

    return read


def _networks(text: str) -> tuple[str, ...]:
    """Addresses and networks (192.0.2.7, 10.0.0.0/8, fd00::/8), with commas between them."""
    return tuple(str(ip_network(each.strip())) for each in text.split(",") if each.strip())


DATABASE_URL = Setting(
    "PANJAREH_DATABASE_URL",
    "administrator's PostgreSQL URL, from which each service's database and role are made",
    secret=True,
)
AMQP_URL = Setting("PANJAREH_AMQP_URL", "the RabbitMQ broker", secret=True)
JWKS = Setting(
    "PANJAREH_SERVICE_JWKS", "public keys of the services, a JWK set as JSON", read=json.loads
)
LOG_LEVEL = Setting("PANJAREH_LOG_LEVEL", "least severity that is logged", default="INFO")
HTTP_HOST = Setting(
    "PANJAREH_HTTP_HOST",
    "address the gateway, the OpenID provider and the door for files listen on",
    default="127.0.0.1",
)
HTTP_PORT = Setting("PANJAREH_HTTP_PORT", "port the gateway listens on", read=int, default="8080")
IDENTITY_HTTP_PORT = Setting(
    "PANJAREH_IDENTITY_HTTP_PORT",
    "port identity's OpenID provider and its pages listen on",
    read=int,
    default="8082",
)
REQUESTS_HTTP_PORT = Setting(
    "PANJAREH_REQUESTS_HTTP_PORT",
    "port on which requests takes and gives files",
    read=int,
    default="8083",
)
SCANNER_URL = Setting(
    "PANJAREH_SCANNER_URL",
    "clamd, or what speaks as it does, that looks through every uploaded file: `tcp://host:3310` or "
    "`unix:///path`; without it no files are taken",
    read=_scanner_url,
    default="",
)
PAYMENT_URL = Setting(
    "PANJAREH_PAYMENT_URL",
    "payment provider that takes fees and gives them back, without a slash at its end; without it no service that "
    "has its fee paid online can be asked for",
    read=_inside_url,
    default="",
)
PAYMENT_SECRET = Setting(
    "PANJAREH_PAYMENT_SECRET",
    "shared with the payment provider: what requests' clock process asks it and what it answers is signed with it",
    default="",
    secret=True,
)
WINDOW_URL = Setting(
    "PANJAREH_WINDOW_URL",
    "public address of the window, without a slash at its end; https but on this machine or a private network",
    read=_public_url,
)
ISSUER_URL = Setting(
    "PANJAREH_ISSUER_URL",
    "public address of identity's OpenID provider, its issuer: as the window's, with /id at its end",
    read=_issuer_url,
)
ISSUER_BACKCHANNEL_URL = Setting(
    "PANJAREH_ISSUER_BACKCHANNEL_URL",
    "address at which the gateway reaches the OpenID provider from inside; without it, its public one",
    default="",
)
WINDOW_BACKCHANNEL_URL = Setting(
    "PANJAREH_WINDOW_BACKCHANNEL_URL",
    "address at which catalog's clock process looks whether the window answers people, without a slash at its "
    "end; without it the availability of what is offered at the window is not measured",
    read=_inside_url,
    default="",
)
HEALTH_PORT = Setting(
    "PANJAREH_HEALTH_PORT",
    "port on which a process that goes on answers /livez, /readyz and /metrics; without it there is none",
    read=int,
    default="0",
)
TRUSTED_PROXIES = Setting(
    "PANJAREH_TRUSTED_PROXIES",
    "addresses and networks of the proxies before the platform, with commas; only what they say in "
    "X-Forwarded-For is believed, and without them the address of a caller is the one that connects",
    read=_networks,
    default="",
)
SMS_URL = Setting("PANJAREH_SMS_URL", "SMS gateway that identity posts messages to")
EMAIL_URL = Setting(
    "PANJAREH_EMAIL_URL",
    "what carries identity's e-mail: `smtp://` or `smtps://` with user and password, or a gateway it "
    "posts to; without it no codes are sent by e-mail",
    default="",
    secret=True,
)
EMAIL_SENDER = Setting(
    "PANJAREH_EMAIL_SENDER",
    "address that identity's e-mail comes from",
    default="no-reply@localhost",
)
SMART_CARD_AUTHORITY_FILE = Setting(
    "PANJAREH_SMART_CARD_AUTHORITY_FILE",
    "PEM file with the certificates of who issues smart national cards; without it no card is believed",
    default="",
)
SMART_CARD_REVOKED_URL = Setting(
    "PANJAREH_SMART_CARD_REVOKED_URL",
    "address of the signed list of revoked smart cards (CRL, DER); without it no card is believed",
    default="",
)

TREE_HEADS_DIR = Setting(
    "PANJAREH_TREE_HEADS_DIR",
    "folder, outside the database, where the signed heads of the logs' trees are kept; "
    "without it they are logged",
    default="",
)
TSA_URL = Setting(
    "PANJAREH_TSA_URL",
    "time-stamping authority (RFC 3161, over HTTP) that stamps the signed heads; without it none are stamped",
    read=_inside_url,
    default="",
)
TSA_CERTIFICATES = Setting(
    "PANJAREH_TSA_CERTIFICATES",
    "certificates in PEM, one after another, of the roots that the time-stamping authority is believed by; "
    "verify-log checks time stamps with them",
    read=_certificates,
    default="",
)
FOLLOWER_LAG_SECONDS = Setting(
    "PANJAREH_FOLLOWER_LAG_SECONDS",
    "seconds that a follower of a log may be behind before its process warns, with who holds it up",
    read=float,
    default="10",
)
PROBE_SECONDS = Setting(
    "PANJAREH_PROBE_SECONDS",
    "seconds between two looks of catalog's clock process at the window and at each address of a published service; 0: it looks at none",
    read=_seconds,
    default="60",
)
DRAFT_DAYS = Setting(
    "PANJAREH_DRAFT_DAYS",
    "days that requests keeps a draft after it was saved last",
    read=_days,
    default="30",
)
ANSWERS_DAYS = Setting(
    "PANJAREH_ANSWERS_DAYS",
    "days that the answer to a command is kept for a repeat under its Idempotency-Key; at least 7",
    read=_days_from(7),
    default="14",
)
INBOX_DAYS = Setting(
    "PANJAREH_INBOX_DAYS",
    "days that a message is known as handled, and dropped when it comes again; at least 30, and longer than any "
    "queue is left unread",
    read=_days_from(30),
    default="60",
)
ERASURES_DIR = Setting(
    "PANJAREH_ERASURES_DIR",
    "folder, outside the database and its backups, where each service notes the ids of erased persons; "
    "without it they are logged, and a restore forgets its erasures",
    default="",
)


def signing_key(service: str) -> Setting:
    return Setting(
        f"PANJAREH_{service.upper()}_SIGNING_KEY",
        f"{service}'s Ed25519 private key, a JWK as JSON",
        read=json.loads,
        secret=True,
    )


def sealing_key(service: str) -> Setting:
    return Setting(
        f"PANJAREH_{service.upper()}_SEALING_KEY",
        f"key-encryption key of {service}, 32 bytes in base64url",
        read=_bytes32,
        secret=True,
    )


def transport_key(service: str) -> Setting:
    return Setting(
        f"PANJAREH_{service.upper()}_TRANSPORT_KEY",
        f"seals RPC bodies for {service}, 32 bytes in base64url",
        read=_bytes32,
        secret=True,
    )


def database_password(service: str) -> Setting:
    return Setting(
        f"PANJAREH_{service.upper()}_DATABASE_PASSWORD",
        f"password of the role panjareh_{service}",
        secret=True,
    )


def database_url_override(service: str) -> Setting:
    return Setting(
        f"PANJAREH_{service.upper()}_DATABASE_URL",
        f"{service}'s own PostgreSQL URL, instead of one derived from PANJAREH_DATABASE_URL",
        default="",
        secret=True,
    )


def all_settings() -> list[Setting]:
    """Every variable the platform reads, for the table in docs/settings.md."""
    signers = (*SERVICES, "gateway")
    return [
        DATABASE_URL,
        AMQP_URL,
        JWKS,
        LOG_LEVEL,
        HTTP_HOST,
        HTTP_PORT,
        IDENTITY_HTTP_PORT,
        REQUESTS_HTTP_PORT,
        SCANNER_URL,
        PAYMENT_URL,
        PAYMENT_SECRET,
        WINDOW_URL,
        ISSUER_URL,
        ISSUER_BACKCHANNEL_URL,
        WINDOW_BACKCHANNEL_URL,
        HEALTH_PORT,
        TRUSTED_PROXIES,
        SMS_URL,
        EMAIL_URL,
        EMAIL_SENDER,
        SMART_CARD_AUTHORITY_FILE,
        SMART_CARD_REVOKED_URL,
        TREE_HEADS_DIR,
        TSA_URL,
        TSA_CERTIFICATES,
        ERASURES_DIR,
        FOLLOWER_LAG_SECONDS,
        PROBE_SECONDS,
        DRAFT_DAYS,
        ANSWERS_DAYS,
        INBOX_DAYS,
        *(signing_key(service) for service in signers),
        *(sealing_key(service) for service in signers),
        *(transport_key(service) for service in SERVICES),
        *(database_password(service) for service in SERVICES),
        *(database_url_override(service) for service in SERVICES),
    ]


class Settings:
    """The variables one process asked for, by name. Raises SettingsMissing naming all that fail."""

    def __init__(self, *wanted: Setting, environ: Mapping[str, str] = os.environ) -> None:
        self._values: dict[str, Any] = {}
        wrong: list[str] = []
        for setting in wanted:
            text = environ.get(setting.name, setting.default)
            if text is None:
                wrong.append(f"{setting.name} is missing: {setting.help}")
                continue
            try:
                self._values[setting.name] = setting.read(text)
            except ValueError as cause:
                wrong.append(f"{setting.name} cannot be read ({cause}): {setting.help}")
        if wrong:
            raise SettingsMissing("; ".join(wrong))

    def __getitem__(self, setting: Setting) -> Any:
        return self._values[setting.name]


def service_database_url(service: str, environ: Mapping[str, str] = os.environ) -> str:
    """The URL a service's processes connect with: its own override, or role and database of its name."""
    override = str(
        Settings(database_url_override(service), environ=environ)[database_url_override(service)]
    )
    if override:
        return override
    wanted = (DATABASE_URL, database_password(service))
    settings = Settings(*wanted, environ=environ)
    url = urlsplit(settings[DATABASE_URL])
    host = url.netloc.rpartition("@")[2]
    user = f"panjareh_{service}"
    netloc = f"{user}:{quote(settings[database_password(service)], safe='')}@{host}"
    return str(urlunsplit((url.scheme, netloc, f"/{user}", url.query, "")))


def owner_database_url(service: str, environ: Mapping[str, str] = os.environ) -> str:
    """The URL of whoever owns a service's tables, for operators' doors that change them.

    The administrator, where PANJAREH_DATABASE_URL names one; else the service's own role, where it has
    a URL of its own.
    """
    url = service_database_url(service, environ)
    admin = environ.get(DATABASE_URL.name)
    if not admin:
        return url
    own = urlsplit(admin)
    return str(urlunsplit((own.scheme, own.netloc, urlsplit(url).path, own.query, "")))
