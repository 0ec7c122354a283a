"""Stock Nameko: a service with an `rpc` method, called by another service through ServiceRpc.

The standalone client is slower by far (it connects anew for every reply), so it is not the peer.
Ten workers, Nameko's own default, would be fewer than the calls in flight: both have 64.
"""

from __future__ import annotations

import sys
import time
import warnings

warnings.simplefilter("ignore")
import eventlet  # noqa: E402

eventlet.monkey_patch()

from eventlet.hubs import trampoline  # noqa: E402
from nameko import config  # noqa: E402
from nameko.containers import ServiceContainer  # noqa: E402
from nameko.rpc import ServiceRpc, rpc  # noqa: E402
from nameko.testing.services import entrypoint_hook  # noqa: E402

from tests.bench.rpc_peers import AMQP_URL, TEXT, Answers, order, ready  # noqa: E402


class Echo:
    name = "stock_echo"

    @rpc
    def echo(self, text: str) -> str:
        return text


class Asking:
    name = "stock_asking"
    remote = ServiceRpc("stock_echo")

    @rpc
    def ask(self) -> None:
        """Obeys orders until the input ends."""
        ready()
        while True:
            trampoline(sys.stdin.fileno(), read=True)  # the hub goes on, and with it heartbeats
            line = sys.stdin.readline()
            if not line:
                return
            in_flight, seconds = order(line)
            answers = Answers(seconds)
            pool = eventlet.GreenPool(in_flight)
            callers = [pool.spawn(self._keep_calling, answers) for _ in range(in_flight)]
            for caller in callers:
                caller.wait()
            answers.tell()

    def _keep_calling(self, answers: Answers) -> None:
        while not answers.over:
            sent_at = time.perf_counter()
            answers.take(sent_at, self.remote.echo(TEXT))


def main(what: str) -> None:
    config.update({"AMQP_URI": AMQP_URL, "max_workers": 64})
    container = ServiceContainer(Echo if what == "serve" else Asking)
    container.start()
    if what == "serve":
        ready()
        container.wait()
    else:
        with entrypoint_hook(container, "ask", timeout=None) as ask:
            ask()
        container.stop()


if __name__ == "__main__":
    main(sys.argv[1])
