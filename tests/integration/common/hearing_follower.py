"""The hearing service's plain process, which catches up with what that missed."""

from __future__ import annotations

import sys

from panjareh_common import logs
from panjareh_common.following_process import follow_log
from tests.integration.common.hearing import NOTED, SERVICE


def main() -> None:
    logs.set_up(SERVICE, "INFO")
    follow_log(SERVICE, {}, [NOTED])


if __name__ == "__main__":
    sys.exit(main())
