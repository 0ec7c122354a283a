#!/opt/panjareh/bin/python
"""The entry point of an image: `run COMMAND …` does `python -m <its package> COMMAND …`."""

import runpy
import signal
import sys

# The kernel drops SIGTERM for process 1 until it has a handler of its own. Without this one a start
# or a migration could only be killed, after the whole grace period.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
runpy.run_module("PACKAGE_OF_THIS_IMAGE", run_name="__main__", alter_sys=True)
