"""The operators' door `keep-quotas FILE`: what the law asks of authorities by which day, in place of what stood there."""

from __future__ import annotations

import sys
from pathlib import Path

from panjareh_catalog.schemas.register_files import RegisterUnfit, read_quotas
from panjareh_catalog.wiring import wire


def main(arguments: list[str]) -> None:
    if len(arguments) != 1:
        sys.exit("usage: python -m panjareh_catalog keep-quotas FILE")
    try:
        quotas = read_quotas(Path(arguments[0]))
    except RegisterUnfit as unfit:
        sys.exit(str(unfit))
    wiring = wire()
    wiring.foundation.open_databases()
    wiring.authority_parts.view.keep_quotas(quotas)
    wiring.foundation.close_databases()
    for quota in quotas:
        print(f"kept {quota.measure} {quota.share} by {quota.by}")
