"""`panjareh up` runs the whole platform until it is told to stop; `panjareh down` tells it."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from types import FrameType
from typing import Self

import typer
from rich.panel import Panel
from rich.text import Text

from panjareh_cli.local.faults import LocalFault
from panjareh_cli.local.home import find_home, holder_of, read_json
from panjareh_cli.local.platform import Platform
from panjareh_cli.local.servers import LocalServers
from panjareh_cli.local.system import signal_and_wait
from panjareh_cli.output import Options, console, document, fail, options_of, say_aside

STOPPED_WITHIN = 90

TEXTS = {
    "en": {
        "starting": "Panjareh is starting",
        "title": "Panjareh is up",
        "address": "address",
        "docs": "API documentation",
        "files": "files",
        "demo": "demonstration",
        "demo_how": "make demo, or panjareh demo, in another terminal",
        "data": "data",
        "logs": "logs",
        "stop": "stop",
        "stop_how": "Ctrl-C here, or panjareh down",
        "stopping": "stopping what was started here …",
        "stopped": "Everything that was started here has stopped; the data stays in {home}.",
        "patience": "already stopping; a moment",
        "not_up": "Nothing of Panjareh runs from {home}.",
        "down": "Panjareh has stopped; the data stays in {home}.",
    },
    "fa": {
        "starting": "پنجره در حال راه‌اندازی است",
        "title": "پنجره برپاست",
        "address": "نشانی",
        "docs": "مستندات API",
        "files": "پرونده‌ها",
        "demo": "نمایش",
        "demo_how": "در پایانه‌ای دیگر: make demo یا panjareh demo",
        "data": "داده‌ها",
        "logs": "گزارش‌ها",
        "stop": "توقف",
        "stop_how": "در همین پایانه Ctrl-C یا panjareh down",
        "stopping": "در حال توقف آنچه اینجا راه افتاد …",
        "stopped": "هر چه اینجا راه افتاده بود متوقف شد؛ داده‌ها در {home} می‌ماند.",
        "patience": "در حال توقف است؛ کمی صبر کنید",
        "not_up": "چیزی از پنجره در {home} در حال اجرا نیست.",
        "down": "پنجره متوقف شد؛ داده‌ها در {home} می‌ماند.",
    },
}


class _StopAsked(BaseException):
    """A signal came while the platform was still starting."""


class _Interrupts:
    """Turns signals into an orderly end, whatever the command is doing when they come."""

    def __init__(self, texts: dict[str, str]) -> None:
        self._asked = threading.Event()
        self._starting = True
        self._texts = texts

    def __enter__(self) -> Self:
        self._before = {
            number: signal.signal(number, self._on_signal)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        }
        return self

    def __exit__(self, *fault: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._asked.is_set():
            # What is stopping is not to be interrupted. Not printed by way of rich: the signal
            # may have come while it holds its lock.
            os.write(2, f"{self._texts['patience']}\n".encode())
            return
        self._asked.set()
        if self._starting:
            raise _StopAsked

    def wait(self) -> None:
        """Return when one of them has come."""
        self._starting = False
        self._asked.wait()


def _panel(platform: Platform, texts: dict[str, str]) -> Panel:
    rows = (
        ("address", platform.url),
        ("docs", f"{platform.url}/api/docs"),
        ("files", f"{platform.files_url}/api/v1/files"),
        ("demo", texts["demo_how"]),
        ("data", str(platform.home)),
        ("logs", str(platform.home / "logs")),
        ("stop", texts["stop_how"]),
    )
    width = max(len(texts[key]) for key, _ in rows)
    body = Text("\n".join(f"{texts[key]:<{width}}  {value}" for key, value in rows))
    return Panel(body, title=texts["title"], expand=False, padding=(1, 2))


def _start(platform: Platform, options: Options, texts: dict[str, str]) -> None:
    """Start with one line a step; on a terminal also a spinner, so that waiting looks like it."""
    screen = console(to_stderr=True)
    if not screen.is_terminal or options.json:
        platform.start(say_aside)
        return
    with screen.status(f"{texts['starting']} …"):
        platform.start(lambda step: screen.print(f"  ✓ {step}"))


def up(ctx: typer.Context) -> None:
    """Start everything on this machine and keep it running until Ctrl-C."""
    options = options_of(ctx)
    texts = TEXTS[options.lang]
    home = find_home()
    platform = Platform(home, announce=say_aside)
    with _Interrupts(texts) as interrupts:
        try:
            _start(platform, options, texts)
        except LocalFault as fault:
            fail(str(fault), options=options)
        except _StopAsked:
            say_aside(texts["stopped"].format(home=home))
            return
        try:
            _show(platform, options, texts)
            interrupts.wait()
        finally:
            say_aside(texts["stopping"])
            platform.stop(say_aside)
    say_aside(texts["stopped"].format(home=home))


def _show(platform: Platform, options: Options, texts: dict[str, str]) -> None:
    if options.json:
        document(read_json(platform.home / "run.json"))
    else:
        console().print(_panel(platform, texts))


def down(ctx: typer.Context) -> None:
    """Stop the platform that runs from this data folder, or the servers a killed one left behind."""
    options = options_of(ctx)
    texts = TEXTS[options.lang]
    home = find_home()
    try:
        stopped = _stop_holder(home) or _stop_left_over(home)
    except LocalFault as fault:
        fail(str(fault), options=options)
    if options.json:
        document({"stopped": stopped, "home": str(home)})
    else:
        console().print(texts["down" if stopped else "not_up"].format(home=home))


def _stop_holder(home: Path) -> bool:
    pid = holder_of(home)
    if not pid:
        return False
    if not signal_and_wait(pid, signal.SIGTERM, STOPPED_WITHIN):
        raise LocalFault(f"process {pid} did not stop within {STOPPED_WITHIN} s")
    return True


def _stop_left_over(home: Path) -> bool:
    if not home.is_dir():
        return False
    return LocalServers(home).stop_left_over()


def register(app: typer.Typer) -> None:
    app.command()(up)
    app.command()(down)
