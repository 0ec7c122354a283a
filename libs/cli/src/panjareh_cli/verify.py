"""`panjareh verify`: is this issued document genuine, and does it still hold."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

import typer

from panjareh_cli.client import NotSet, ProblemError, Unreachable, open_client
from panjareh_cli.output import document, fail, options_of, say

_SENTENCES = {
    "en": {
        "forged": "Not genuine: the platform never issued a document with the number {number}.",
        "valid": "Genuine and valid: {number} was issued by {authority} at {issued_at}.",
        "revoked": "Genuine, but no longer valid: {number} was revoked at {revoked_at}.",
        "over": "Genuine, but not valid now: {number} was valid until {valid_until}.",
    },
    "fa": {
        "forged": "اصیل نیست: سندی با شمارهٔ {number} هرگز صادر نشده است.",
        "valid": "اصیل و معتبر است: {number} را {authority} در {issued_at} صادر کرده است.",
        "revoked": "اصیل است ولی دیگر معتبر نیست: {number} در {revoked_at} باطل شده است.",
        "over": "اصیل است ولی اکنون معتبر نیست: {number} تا {valid_until} اعتبار داشت.",
    },
}


def register(app: typer.Typer) -> None:
    app.command("verify")(verify)


def verify(
    ctx: typer.Context,
    number: Annotated[str, typer.Argument(help="The number printed on the document.")],
    as_json: Annotated[bool, typer.Option("--json", help="Answer with JSON.")] = False,
) -> None:
    """Ask whether a document is genuine and still valid; exit 1 when it is not genuine."""
    options = options_of(ctx, as_json=as_json)
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


def _sentence(found: dict[str, Any], lang: str) -> str:
    if found.get("genuine") is not True:
        kind = "forged"
    elif found.get("valid") is True:
        kind = "valid"
    else:
        kind = "revoked" if found.get("revoked_at") else "over"
    words = dict.fromkeys(("authority", "issued_at", "revoked_at", "valid_until"), "?")
    return _SENTENCES.get(lang, _SENTENCES["en"])[kind].format(**{**words, **found})
