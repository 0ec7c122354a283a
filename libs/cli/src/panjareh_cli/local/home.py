"""Where the platform keeps its data on this machine, and who holds that folder at the moment."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from panjareh_cli.local.faults import AlreadyRunning, LocalFault

# PostgreSQL refuses to run as root, and the user it runs as cannot enter root's folders.
ROOTS_DATA = Path("/var/lib/panjareh")


def checkout() -> Path | None:
    """The working copy this package is installed from, if it is one."""
    root = Path(__file__).resolve().parents[5]
    return root if (root / "requirements.lock").is_file() else None


def find_home(environ: Mapping[str, str] = os.environ) -> Path:
    """The data folder: PANJAREH_HOME, or `.panjareh` in the checkout, or root's own place."""
    named = environ.get("PANJAREH_HOME")
    if named:
        return Path(named).expanduser().absolute()
    beside = checkout() or Path.cwd()
    if os.geteuid() == 0:
        digest = hashlib.sha256(str(beside).encode()).hexdigest()[:8]
        return ROOTS_DATA / f"{beside.name}-{digest}"
    return beside / ".panjareh"


def prepare(home: Path) -> None:
    """Make the data folder; as root, let PostgreSQL's user pass through it but not read it."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        if home.parent == ROOTS_DATA:
            ROOTS_DATA.chmod(0o711)  # root's umask may have closed it
        home.chmod(0o711 if os.geteuid() == 0 else 0o700)
        (home / "logs").mkdir(mode=0o700, exist_ok=True)
    except OSError as cause:
        raise LocalFault(
            f"the data folder {home} cannot be made ({cause.strerror}); "
            "name another with PANJAREH_HOME"
        ) from cause


def write_private(path: Path, content: str) -> None:
    """Replace a file in one step, readable by its owner only."""
    draft = path.with_name(f"{path.name}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(descriptor, 0o600)
        file.write(content)
    draft.replace(path)


def read_json(path: Path) -> dict[str, Any]:
    """What a file of ours holds, or nothing when it is not there."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as cause:
        raise LocalFault(f"{path} is damaged: {cause}") from cause
    if not isinstance(content, dict):
        raise LocalFault(f"{path} is damaged: it holds no mapping")
    return content


class HomeLock:
    """At most one process runs the platform of a data folder. The kernel lets go if it dies."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._descriptor: int | None = None

    def take(self) -> None:
        """Raises AlreadyRunning, saying who holds the folder and where its platform answers."""
        descriptor = os.open(self._home / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 32).decode().strip() or "unknown"
            os.close(descriptor)
            url = read_json(self._home / "run.json").get("url")
            where = f"it answers at {url}" if url else "it is still starting or stopping"
            raise AlreadyRunning(
                f"Panjareh already runs from {self._home} (process {holder}): {where}. "
                "Stop it with Ctrl-C where it runs, or use another folder with PANJAREH_HOME."
            ) from None
        os.truncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        self._descriptor = descriptor

    def release(self) -> None:
        if self._descriptor is not None:
            os.truncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None


def holder_of(home: Path) -> int | None:
    """The process that holds a data folder now, if any."""
    try:
        descriptor = os.open(home / "lock", os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        text = os.read(descriptor, 32).decode().strip()
        return int(text) if text.isdigit() else 0
    finally:
        os.close(descriptor)
    return None
