"""What every process of a service is built on: settings read, database, log, keys, calls. Wiring starts here."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from panjareh_common import settings as names
from panjareh_common.clock import Clock, utc_now
from panjareh_common.database import Database
from panjareh_common.erasure import Erasures, ledger_of
from panjareh_common.event_store.log import EventLog
from panjareh_common.event_store.sealing import Keyring
from panjareh_common.health import HEALTH
from panjareh_common.messaging.live import LiveListener
from panjareh_common.messaging.topology import PERSON_ERASED
from panjareh_common.migrations.state import not_migrated
from panjareh_common.refusals import Unavailable
from panjareh_common.rpc.client import RpcClient
from panjareh_common.security.tokens import ServiceIdentity, TokenVerifier
from panjareh_common.security.transport import Transport
from panjareh_common.security.trust import Trust, TrustStore
from panjareh_common.settings import Setting, Settings, service_database_url

_LOOK_SECONDS = 0.5


@dataclass(frozen=True)
class Foundation:
    """One service's parts, in one process. One that checks tokens opens `trust` once it is migrated."""

    service: str
    settings: Settings
    database_url: str
    amqp_url: str
    database: Database
    keys: Database
    keyring: Keyring
    log: EventLog
    identity: ServiceIdentity
    verifier: TokenVerifier
    trust: Trust
    transport: Transport
    calls: RpcClient
    erasures: Erasures
    live: LiveListener

    def open(self) -> Foundation:
        """Opens connections; before this, making a Foundation touches nothing outside."""
        self.open_databases()
        self.calls.open()
        self.live.open()
        return self

    def wait_until_migrated(self) -> None:
        """Returns when the database is as this version needs it, however long `migrate` takes to make it so."""
        pause = threading.Event()
        with HEALTH.waits_for("migrate") as still:
            while self.unfit() is not None:
                still()
                pause.wait(_LOOK_SECONDS)

    def unfit(self) -> str | None:
        """What keeps the database from being worked with, in a word; None when nothing does."""
        try:
            return not_migrated(self.database, self.service)
        except Unavailable:
            return "away"

    def no_broker(self) -> str | None:
        """Whether answers of other services would come here; None when they would."""
        return None if self.calls.wait_until_open(0) else "away"

    def close(self) -> None:
        self.live.close()
        self.calls.close()
        self.close_databases()

    def open_databases(self) -> None:
        """For processes and doors that call no other service."""
        self.database.open()
        self.keys.open()

    def close_databases(self) -> None:
        self.keys.close()
        self.database.close()


def lay(
    service: str,
    *,
    calls: tuple[str, ...] = (),
    also: tuple[Setting, ...] = (),
    clock: Clock = utc_now,
) -> Foundation:
    """A service's foundation. `calls` names the services it calls, `also` further settings it reads.

    Raises SettingsMissing naming everything that is missing at once.
    """
    transports = {name: names.transport_key(name) for name in {service, *calls}}
    signing, sealing = names.signing_key(service), names.sealing_key(service)
    settings = Settings(
        names.AMQP_URL,
        names.JWKS,
        names.TREE_HEADS_DIR,
        names.ERASURES_DIR,
        signing,
        sealing,
        *transports.values(),
        *also,
    )
    database_url = service_database_url(service)
    database = Database(database_url)
    # Connections of its own: whoever needs a key may hold one of the others already.
    keys = Database(database_url, size=4)
    keyring = Keyring(settings[sealing], keys)
    transport = Transport({name: settings[key] for name, key in transports.items()})
    amqp_url: str = settings[names.AMQP_URL]
    log = EventLog(database, keyring, clock)
    verifier = TokenVerifier(settings[names.JWKS], lambda: clock().timestamp())
    erasures = Erasures(log, ledger_of(service, settings[names.ERASURES_DIR]))
    return Foundation(
        service=service,
        settings=settings,
        database_url=database_url,
        amqp_url=amqp_url,
        database=database,
        keys=keys,
        keyring=keyring,
        log=log,
        identity=ServiceIdentity(service, settings[signing]),
        verifier=verifier,
        trust=Trust(TrustStore(keys, verifier, clock), verifier, amqp_url, clock),
        transport=transport,
        calls=RpcClient(amqp_url, transport),
        erasures=erasures,
        # A queue of the service has each erasure done once; this has it done in every process at once.
        live=LiveListener(amqp_url, PERSON_ERASED, handle=erasures.hear),
    )
