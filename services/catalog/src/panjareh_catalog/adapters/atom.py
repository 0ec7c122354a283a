"""The Atom feed of outages (RFC 4287): what was announced, changed and ended, for feed readers and other windows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any

from feedgenerator import Atom1Feed

from panjareh_common.texts import moment_in_words, text

_PLATFORM = "the whole platform"
_TITLES = {
    "announced": "Planned outage: {where}",
    "under_way": "Out of service now: {where}",
    "ended": "In service again: {where}",
    "withdrawn": "Outage withdrawn: {where}",
}
_FEED_TITLE = "Outages of public services"
_FEED_AUTHOR = "Panjareh, the window of public services"
_FROM_TO = "From {start} to {end}, Tehran time."
_SINCE = "From {start}, Tehran time; when it ends is not known yet."
_MORE = " and {more} more"
_NAMED = 3  # services; a title is to be read at a glance


class _Feed(Atom1Feed):  # type: ignore[misc]  # it has no types
    """The library writes the moment of reading into a feed without entries: every reading would be news."""

    def latest_post_date(self) -> datetime:
        if not self.items:
            return datetime(1970, 1, 1, tzinfo=UTC)
        latest: datetime = super().latest_post_date()
        return latest


def feed(
    outages: Sequence[Mapping[str, Any]],
    names: Mapping[str, str],
    *,
    window: str,
    language: str,
) -> str:
    """The feed as XML. `outages` as they are shown, the latest change first; `names` of services and authorities."""
    here = f"{window}/api/v1/outages.atom"
    made = _Feed(
        title=text("panjareh_catalog", _FEED_TITLE, language),
        link=f"{window}/",
        description=None,
        language=language,
        feed_url=here,
        feed_guid=here,
        author_name=text("panjareh_catalog", _FEED_AUTHOR, language),
    )
    for outage in outages:
        where = _where(outage, names, language)
        made.add_item(
            title=text("panjareh_catalog", _TITLES[outage["state"]], language, where=where),
            link=f"{window}/api/v1/outages/{outage['outage_id']}",
            # The library calls it HTML: what people wrote is text.
            description=escape(f"{_when(outage, language)} {outage['explanation']}"),
            unique_id=f"urn:uuid:{outage['outage_id']}",
            pubdate=outage["announced_at"],
            updateddate=outage["changed_at"],
            categories=[outage["kind"], outage["state"]],
        )
    return str(made.writeString("utf-8"))


def _where(outage: Mapping[str, Any], names: Mapping[str, str], language: str) -> str:
    if outage["whole_platform"]:
        return text("panjareh_catalog", _PLATFORM, language)
    codes = [*outage["authorities"], *outage["services"]]
    named = [names.get(code, code) for code in codes[:_NAMED]]
    more = len(codes) - len(named)
    told = ("، " if language == "fa" else ", ").join(named)
    return told + (text("panjareh_catalog", _MORE, language, more=more) if more else "")


def _when(outage: Mapping[str, Any], language: str) -> str:
    start, end = outage["starts_at"], outage["ends_at"]
    message = _FROM_TO if end else _SINCE
    return text(
        "panjareh_catalog",
        message,
        language,
        start=moment_in_words(start, language),
        end=end and moment_in_words(end, language),
    )
