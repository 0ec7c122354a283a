"""The demo catalogue: made-up people, public services, providers, officers and authorities."""

from pathlib import Path

from panjareh_sandbox.demo.people import Persona, personas

__all__ = [
    "Persona",
    "authorities_file",
    "life_events_file",
    "officers_file",
    "personas",
    "providers_file",
    "services_dir",
]

_HERE = Path(__file__).parent


def services_dir() -> Path:
    """A folder of identity cards, one public service a file."""
    return _HERE / "services"


def providers_file() -> Path:
    """The members of the exchange and the evidence types each of them answers."""
    return _HERE / "providers.yaml"


def officers_file() -> Path:
    """Officers of the demo authorities, with sandbox passwords."""
    return _HERE / "officers.yaml"


def authorities_file() -> Path:
    """The tree of competent authorities."""
    return _HERE / "authorities.yaml"


def life_events_file() -> Path:
    """The vocabulary of life events under which services are found."""
    return _HERE / "life_events.yaml"
