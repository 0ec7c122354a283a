"""A stock Nameko service with the store and the telemetry that ours load; it answers `ping`."""

import os
import warnings

warnings.simplefilter("ignore")
import eventlet  # noqa: E402

eventlet.monkey_patch()

import eventsourcing.application  # noqa: E402
import eventsourcing.postgres  # noqa: E402, F401
import opentelemetry.trace  # noqa: E402, F401
import psycopg_pool  # noqa: E402, F401
from nameko import config  # noqa: E402
from nameko.rpc import rpc  # noqa: E402
from nameko.runners import ServiceRunner  # noqa: E402


class Stock:
    name = "stock_start"

    @rpc
    def ping(self) -> str:
        return "ready"


if __name__ == "__main__":
    config.update({"AMQP_URI": os.environ["PANJAREH_AMQP_URL"]})
    runner = ServiceRunner()
    runner.add_service(Stock)
    runner.start()
    print("ready", flush=True)
    runner.wait()
