"""The operators' door `keep-synonyms FILE`: what people call things that services call otherwise.

YAML: `synonyms: {پاسپورت: [گذرنامه], …}`. A word has what the file says in place of what stood there, nothing
where the list is empty; words that the file does not name stay as they are. It works at once.
"""

from __future__ import annotations

import sys
from pathlib import Path

import yaml
from marshmallow import ValidationError

from panjareh_catalog.read_model.synonyms import Synonyms
from panjareh_catalog.schemas.synonyms import SynonymsSchema
from panjareh_catalog.wiring import wire


def main(arguments: list[str]) -> None:
    if len(arguments) != 1:
        sys.exit("usage: python -m panjareh_catalog keep-synonyms FILE")
    try:
        said = yaml.safe_load(Path(arguments[0]).read_text(encoding="utf-8"))
        synonyms = SynonymsSchema().load(said if isinstance(said, dict) else {})["synonyms"]
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as fault:
        sys.exit(f"{arguments[0]}: {fault}")
    except ValidationError as fault:
        sys.exit(f"{arguments[0]}: {fault.messages}")
    wiring = wire()
    wiring.foundation.open_databases()
    for word, means in Synonyms(wiring.foundation.database).keep(synonyms).items():
        print(f"kept {word}: {'، '.join(means) or '-'}")
    wiring.foundation.close_databases()
