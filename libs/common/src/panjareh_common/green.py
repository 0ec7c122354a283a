"""Imported first, and only, by processes that run Nameko: makes eventlet, psycopg and eventsourcing agree.

Three traps measured in this stack are closed here. The C driver's own wait function blocks the whole
process for the length of a query, heartbeats included, so psycopg is told to wait through `select`,
which eventlet makes green. And eventlet replaces `queue.Queue` by a class without the parts that
`eventsourcing` builds on; the standard class runs well on green threads. And where trio is installed
(Selenium brings it, for the tests), httpx loads it, which eventlet's sockets cannot bear: it is hidden.
"""

import os
import queue
import sys
import warnings

if "psycopg" in sys.modules:
    raise RuntimeError("panjareh_common.green must be imported before psycopg")

# Names are looked up when connecting, with the machine's own resolver and all its rules; eventlet's
# substitute knows fewer of them and takes a third of the start-up time.
os.environ.setdefault("EVENTLET_NO_GREENDNS", "yes")
os.environ["PSYCOPG_WAIT_FUNC"] = "wait_select"
_standard = (queue.Queue, queue.LifoQueue, queue.PriorityQueue)

with warnings.catch_warnings():
    # eventlet announces its retirement at every import; decision 0001 says what we do about it.
    warnings.simplefilter("ignore")
    import eventlet

eventlet.monkey_patch()
queue.Queue, queue.LifoQueue, queue.PriorityQueue = _standard  # type: ignore[misc]
sys.modules["trio"] = None  # type: ignore[assignment]

import psycopg.waiting  # noqa: E402  # after the variable it reads

if psycopg.waiting.wait is not psycopg.waiting.wait_select:
    raise RuntimeError(
        "psycopg does not wait through select: every query would freeze this process"
    )
