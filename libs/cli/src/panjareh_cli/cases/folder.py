"""Where real logs lie: they are not part of the project."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

USUAL = Path("../shared/data")


def cases_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder that PANJAREH_CASES_DIR names, else the usual one beside the project."""
    return Path(environ.get("PANJAREH_CASES_DIR") or USUAL)
