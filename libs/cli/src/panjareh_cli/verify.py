"""`panjareh verify`: is this issued document genuine, do the services' logs still say what they said, and
does what rules decided come out again.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Annotated, Any, NoReturn
from urllib.parse import quote
from uuid import UUID

import typer

from panjareh_cli.client import NotSet, ProblemError, Unreachable, open_client
from panjareh_cli.local.faults import LocalFault
from panjareh_cli.local.secrets import SERVICES
from panjareh_cli.output import Options, document, fail, options_of, say

LOG, DECISIONS = "log", "decisions"  # never a document's number: those are digits

_SENTENCES = {
    "en": {
        "forged": "Not genuine: the platform never issued a document with the number {number}.",
        "valid": "Genuine and valid: {number} was issued by {authority} at {issued_at}.",
        "revoked": "Genuine, but no longer valid: {number} was revoked at {revoked_at}. {because_text}",
        "over": "Genuine, but not valid now: {number} was valid until {valid_until}.",
        "logs_fit": "Every log that was checked is as it was written: {services}.",
        "logs_differ": "Not every log is as it was written: look at {services}.",
        "decisions_unchecked": "The decisions could not be checked to the end; above is why.",
    },
    "fa": {
        "forged": "اصیل نیست: سندی با شمارهٔ {number} هرگز صادر نشده است.",
        "valid": "اصیل و معتبر است: {number} را {authority} در {issued_at} صادر کرده است.",
        "revoked": "اصیل است ولی دیگر معتبر نیست: {number} در {revoked_at} باطل شده است. {because_text}",
        "over": "اصیل است ولی اکنون معتبر نیست: {number} تا {valid_until} اعتبار داشت.",
        "logs_fit": "هر دفتر رویداد که بررسی شد همان است که نوشته شده بود: {services}.",
        "decisions_unchecked": "بررسی تصمیم‌ها به پایان نرسید؛ علت بالاتر آمده است.",
        "logs_differ": "همهٔ دفترهای رویداد چنان نیستند که نوشته شده بودند: {services} را ببینید.",
    },
}


def register(app: typer.Typer) -> None:
    app.command("verify")(verify)


def verify(
    ctx: typer.Context,
    number: Annotated[
        str,
        typer.Argument(
            metavar="NUMBER|log|decisions",
            help="The number printed on the document; or the word `log`: check the services' event logs; "
            "or `decisions`: decide again what rules decided.",
        ),
    ],
    service: Annotated[
        str | None, typer.Option(help="With `log`: only this service's.", metavar="NAME")
    ] = None,
    after: Annotated[
        str | None,
        typer.Option(help="With `decisions`: go on after this request.", metavar="REQUEST"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer with JSON.")] = False,
) -> None:
    """Ask whether a document is genuine and still valid, whether the event logs were tampered with, or
    whether everything that rules decided comes out again; exit 1 when not.
    """
    options = options_of(ctx, as_json=as_json)
    if after is not None and number != DECISIONS:
        fail(
            "--after goes with `panjareh verify decisions` only.",
            options=options,
            exit_code=2,
        )
    if number == LOG:
        _verify_logs(service, options)
    if number == DECISIONS and service is None:
        _verify_decisions(after, options)
    if service is not None:
        fail(
            "--service goes with `panjareh verify log` only.",
            options=options,
            exit_code=2,
        )
    _verify_document(number, options)


def _verify_document(number: str, options: Options) -> None:
    try:
        with open_client(options.lang) as client:
            found = client.get(f"/api/v1/documents/{quote(number, safe='')}/verification")
    except ProblemError as problem:
        if problem.status != 404:
            fail(problem.sentence(), options=options, error=problem.as_json())
        found = {"number": number, "genuine": False, "valid": False}
    except (Unreachable, NotSet) as error:
        fail(str(error), options=options)
    if options.json:
        document(found)
    else:
        say(_sentence({"number": number, **found}, options.lang))
    raise typer.Exit(0 if found.get("genuine") is True else 1)


def _verify_logs(service: str | None, options: Options) -> None:
    if service is not None and service not in SERVICES:
        fail(
            f"No service is called {service}; those with a log are {', '.join(SERVICES)}.",
            options=options,
            exit_code=2,
        )
    environment = _environment(options)
    told: list[dict[str, Any]] = []
    unfit: list[str] = []
    wanted = SERVICES if service is None else (service,)
    for name in wanted:
        command = [sys.executable, "-m", f"panjareh_{name}", "verify-log"]
        done = subprocess.run(
            [*command, "--json"] if options.json else command,
            env={**os.environ, **environment},
            check=False,
            text=True,
            stdout=subprocess.PIPE if options.json else None,
        )
        if done.returncode != 0:
            unfit.append(name)
        if options.json:
            told.append(_told(name, done.stdout))
    if options.json:
        document({"fits": not unfit, "services": told})
    else:
        kind = "logs_differ" if unfit else "logs_fit"
        words = _SENTENCES.get(options.lang, _SENTENCES["en"])[kind]
        say(words.format(services=", ".join(unfit or wanted)))
    raise typer.Exit(1 if unfit else 0)


def _verify_decisions(after: str | None, options: Options) -> NoReturn:
    try:
        going_on = ["--after", str(UUID(after))] if after else []
    except ValueError:
        fail(
            f"{after} is not the id of a request, as a run that was stopped names it.",
            options=options,
            exit_code=2,
        )
    command = [sys.executable, "-m", "panjareh_requests", "verify-decisions"]
    command += ["--lang", options.lang, *going_on, *(["--json"] if options.json else [])]
    done = subprocess.run(
        command,
        env={**os.environ, **_environment(options)},
        check=False,
        text=True,
        stdout=subprocess.PIPE if options.json else None,
    )
    if done.returncode not in (0, 1) or (options.json and not done.stdout):
        words = _SENTENCES.get(options.lang, _SENTENCES["en"])["decisions_unchecked"]
        fail(words, options=options)
    if options.json:
        document(json.loads(done.stdout))
    raise typer.Exit(done.returncode)


def _environment(options: Options) -> dict[str, str]:
    # only these commands need the machinery of the local platform
    from panjareh_cli.local.platform import find_home, load_environment  # noqa: PLC0415

    try:
        return load_environment(find_home())
    except LocalFault as fault:
        fail(str(fault), options=options)


def _told(service: str, text: str) -> dict[str, Any]:
    """What a door answered; one that could not check says why on stderr and answers nothing."""
    try:
        return dict(json.loads(text))
    except ValueError:
        return {"service": service, "fits": None, "error": "its log could not be checked"}


def _sentence(found: dict[str, Any], lang: str) -> str:
    if found.get("genuine") is not True:
        kind = "forged"
    elif found.get("valid") is True:
        kind = "valid"
    else:
        kind = "revoked" if found.get("revoked_at") else "over"
    words = dict.fromkeys(("authority", "issued_at", "revoked_at", "valid_until"), "?")
    said = {**words, "because_text": "", **found}
    return _SENTENCES.get(lang, _SENTENCES["en"])[kind].format(**said).rstrip()
