"""How every process starts and stops: logs, telemetry, health, signals, and the line `ready`."""

from __future__ import annotations

import importlib
import signal
import sys
import threading
from collections.abc import Mapping

# Doors that every service has, told whose they are: `main(service, arguments)`.
SHARED_DOORS = {
    "verify-log": "panjareh_common.transparency.door",
    "catch-up": "panjareh_common.messaging.catching_up_door",
}
# The commands that serve until they are told to stop.
GOING_ON = frozenset({"rpc", "follower", "clock", "http"})


def run(service: str, commands: Mapping[str, str], arguments: list[str] | None = None) -> None:
    """Runs `python -m panjareh_<service> <command>`.

    `commands` maps a command to the module whose `main(arguments)` does it, and may take in
    SHARED_DOORS; only that module is imported, so that a plain process never pays for Nameko.
    `settings` is there always, and before anything is read.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    if not arguments or arguments[0] not in {*commands, "settings"}:
        sys.exit(f"usage: python -m panjareh_{service} {'|'.join((*commands, 'settings'))}")
    command, rest = arguments[0], arguments[1:]
    if command == "settings":
        importlib.import_module("panjareh_common.settings_door").main(service, rest)
    # structlog and httpx would load it where it is installed, for colours that no log here has: a
    # tenth of the time in which a process starts.
    sys.modules["rich"] = None  # type: ignore[assignment]
    if command == "rpc":
        importlib.import_module("panjareh_common.green")

    from panjareh_common import logs, telemetry
    from panjareh_common.settings import HEALTH_PORT, LOG_LEVEL, Settings, SettingsMissing

    try:
        settings = Settings(LOG_LEVEL, HEALTH_PORT)
        logs.set_up(service, settings[LOG_LEVEL], process=command)
        telemetry.set_up(service, command)
        if command in GOING_ON:
            _go_on(service, command, settings[HEALTH_PORT])
        door = importlib.import_module(commands[command])
        if command in SHARED_DOORS:
            door.main(service, rest)
        else:
            door.main(rest)
    except SettingsMissing as missing:
        sys.exit(f"panjareh_{service} {command} cannot start: {missing}")


def _go_on(service: str, command: str, health_port: int) -> None:
    """What a process needs before it waits for anybody: an end, and a door that says what it waits for."""
    from panjareh_common import telemetry
    from panjareh_common.health import HEALTH

    for number in (signal.SIGTERM, signal.SIGINT):
        # The first process of a container would not hear the signal otherwise.
        signal.signal(number, lambda *_: sys.exit(0))
    if health_port:
        from panjareh_common.health_door import HealthDoor

        HealthDoor(health_port).open()
    telemetry.set_up_metrics(service, command, exposed=bool(health_port))
    telemetry.gauge(
        "panjareh.loops.stuck",
        "{loop}",
        "loops that have not come round for too long",
        (),
        lambda: {(): len(HEALTH.stuck())},
    )


def stop_on_signal() -> threading.Event:
    """An event that SIGTERM and SIGINT set."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def ready() -> None:
    """Tells whoever started this process that it serves now."""
    from panjareh_common.health import HEALTH  # its locks are to be green ones in `rpc`

    HEALTH.started()
    print("ready", flush=True)
