"""The hash of a rule set: of its content, whatever the order of writing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def content_hash(source: Mapping[str, Any]) -> str:
    """SHA-256 of the source as JSON with sorted keys, in hexadecimal. Stored with decisions: never changes."""
    text = json.dumps(source, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
