"""The door `settings`: what a process is told, without what is secret in it, and whether anybody reads it.

    python -m panjareh_requests settings --check

`--check` ends with 2 where a PANJAREH_ variable is known to nobody, as a misspelt one is, or cannot be read.
What a process needs and is not told is named by itself, all at once, when it starts.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import NoReturn
from urllib.parse import urlsplit

from panjareh_common.settings import SERVICES, Setting, all_settings

_OURS = "PANJAREH_"
# Of the command line, of the sandbox and of the providers' file (docs/settings.md): no process of a
# service reads them, and they stand in the same environment where everything runs on one machine.
_OF_OTHERS = re.compile(
    r"PANJAREH_(URL|HOME|CASES_DIR|TOKEN|PASSWORD|OFFICER_NATIONAL_ID|OFFICER_PASSWORD|"
    r"DATABASE_ADMIN_PASSWORD|AMQP_PASSWORD|SANDBOX_[A-Z_]+|PROVIDER_[A-Z0-9_]+_URL)"
)
# Whose a setting is, by how its name goes on.
_OWNERS = {service.upper(): service for service in (*SERVICES, "gateway")} | {
    "HTTP": "gateway",
    "ISSUER": "gateway",  # what has a default of it
    "SMS": "identity",
    "EMAIL": "identity",
    "SMART": "identity",
}


def main(
    service: str, arguments: Sequence[str], environ: Mapping[str, str] = os.environ
) -> NoReturn:
    """Prints one `NAME=value` a line, faults to stderr. Ends the process."""
    if arguments not in ([], ["--check"]):
        print(f"usage: python -m panjareh_{service} settings [--check]", file=sys.stderr)
        sys.exit(2)
    for line in told(service, environ):
        print(line)
    wrong = faults(environ)
    for line in wrong:
        print(line, file=sys.stderr)
    sys.exit(2 if wrong and arguments else 0)


def told(service: str, environ: Mapping[str, str]) -> list[str]:
    """Every setting that is given, and those of nobody else that have a default."""
    lines = []
    for setting in all_settings():
        if setting.name in environ:
            lines.append(f"{setting.name}={_masked(setting, environ[setting.name])}")
        elif setting.default is not None and _owner(setting) in (service, None):
            lines.append(f"{setting.name}={setting.default}  # by default")
    given = sorted(filter(_OF_OTHERS.fullmatch, environ))
    return lines + [f"{name}=***" for name in given]


def faults(environ: Mapping[str, str]) -> list[str]:
    """What of PANJAREH_ nobody reads, and what cannot be read. No value of a secret is in it."""
    found = [
        f"{name} is read by nobody" + (f"; {meant}?" if meant else "")
        for name, meant in unknown(environ).items()
    ]
    for setting in all_settings():
        if setting.name in environ:
            try:
                setting.read(environ[setting.name])
            except ValueError as cause:
                found.append(f"{setting.name} cannot be read ({cause}): {setting.help}")
    return found


def unknown(names: Iterable[str]) -> dict[str, str | None]:
    """Those that begin like ours and are not, each with the one that was perhaps meant."""
    known = [setting.name for setting in all_settings()]
    strangers = sorted(
        name
        for name in names
        if name.startswith(_OURS) and name not in known and not _OF_OTHERS.fullmatch(name)
    )
    # Without what all of them begin with, or every short name would be close to every other.
    ends = {name.removeprefix(_OURS): name for name in known}
    close = {name: get_close_matches(name.removeprefix(_OURS), ends, 1, 0.8) for name in strangers}
    return {name: ends[found[0]] if found else None for name, found in close.items()}


def _owner(setting: Setting) -> str | None:
    return _OWNERS.get(setting.name.split("_")[1])


def _masked(setting: Setting, text: str) -> str:
    """A secret as stars; of an address, scheme, server and path are no secret."""
    if not setting.secret or not text:
        return text
    try:
        url = urlsplit(text)
    except ValueError:
        return "***"
    if not url.scheme or not url.netloc:
        return "***"
    return f"{url.scheme}://***@{url.netloc.rpartition('@')[2]}{url.path}"
