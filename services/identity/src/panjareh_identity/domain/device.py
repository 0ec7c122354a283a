"""What a person calls the device of a session by: the families of its browser and system, nothing finer.

A version or a model would help the owner little and a thief of the table much.
"""

from __future__ import annotations

# The first that fits: browsers name the ones they descend from, too.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Opera", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("FxiOS", "Firefox"),
    ("Firefox", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chromium", "Chromium"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def device_of(agent: str | None) -> str | None:
    """`Firefox/Android` for a User-Agent (RFC 9110, section 10.1.5); None where neither half is known."""
    browser, system = _first(_BROWSERS, agent or ""), _first(_SYSTEMS, agent or "")
    return f"{browser}/{system}" if browser or system else None


def label(device: str | None) -> tuple[str, str]:
    """The browser and the system that `device_of` found; empty where it found none."""
    browser, _, system = (device or "").partition("/")
    return browser, system


def _first(families: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for mark, name in families if mark in agent), "")
