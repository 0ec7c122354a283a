"""The sandbox program: the authorities, an SMS gateway and a scanner for files, until SIGTERM."""

import asyncio
import logging
import os
import signal
import sys
from datetime import UTC, datetime

from panjareh_sandbox.authority import Authority
from panjareh_sandbox.cards import CardAuthority
from panjareh_sandbox.control_http import Station, control_app
from panjareh_sandbox.json_log import log_to_stderr
from panjareh_sandbox.ledger import Ledger
from panjareh_sandbox.listener import Listener, PortTaken
from panjareh_sandbox.payments import Bank
from panjareh_sandbox.payments_http import payment_app, payment_routes
from panjareh_sandbox.provider_http import provider_app
from panjareh_sandbox.register import AUTHORITIES
from panjareh_sandbox.scanner import ScannerDoor
from panjareh_sandbox.settings import Settings, SettingsInvalid
from panjareh_sandbox.sms import Inbox

log = logging.getLogger("panjareh_sandbox")


def main() -> int:
    log_to_stderr("INFO")
    try:
        settings = Settings.read(os.environ)
        log_to_stderr(settings.log_level)
        asyncio.run(_serve(settings))
    except (SettingsInvalid, PortTaken) as fault:
        log.error(str(fault))
        return 2
    return 0


async def _serve(settings: Settings) -> None:
    told_to_stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told_to_stop.set)

    stations = {
        name: _station(name, port, settings) for name, port in settings.authority_ports.items()
    }
    cards = CardAuthority(settings.cards_dir) if settings.cards_dir else None
    bank, counter = _bank(settings)
    further = payment_routes(bank, counter, _now) if bank and counter else []
    control = Listener(
        control_app(stations, Inbox(), _now, cards, further), settings.control_port, settings.host
    )
    listeners: list[Listener | ScannerDoor] = [control]
    listeners += [counter] if counter else []
    listeners += [station.listener for station in stations.values()]
    if settings.scanner_port:
        listeners.append(ScannerDoor(settings.scanner_port, settings.host))
    try:
        for listener in listeners:
            await listener.open()
        print("ready", flush=True)
        await told_to_stop.wait()
        log.info("stopping")
    finally:
        for station in stations.values():
            station.authority.behave(station.authority.mode)  # answers whoever is kept waiting
        await asyncio.gather(*(listener.close() for listener in listeners))
        for station in stations.values():
            station.authority.ledger.close()
        if bank:
            bank.close()


def _bank(settings: Settings) -> tuple[Bank, Listener] | tuple[None, None]:
    """The payment provider and the port where it answers."""
    if settings.payment_port is None:
        return None, None
    if settings.ledger_dir:
        settings.ledger_dir.mkdir(parents=True, exist_ok=True)
    bank = Bank(settings.ledger_dir / "payments.sqlite" if settings.ledger_dir else None)
    app = payment_app(bank, settings.payment_secret, settings.payment_url, _now)
    return bank, Listener(app, settings.payment_port, settings.host)


def _station(name: str, port: int, settings: Settings) -> Station:
    ledger_dir = settings.ledger_dir
    if ledger_dir:
        ledger_dir.mkdir(parents=True, exist_ok=True)
    ledger = Ledger(ledger_dir / f"{name}.jsonl" if ledger_dir else None)
    authority = Authority(name, AUTHORITIES[name], ledger, _now)
    return Station(authority, Listener(provider_app(authority), port, settings.host))


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    sys.exit(main())
