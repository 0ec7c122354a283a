"""Where somebody signs in from, as far as a trusted door can tell."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field

_HOME_OF_V6 = 64  # bits: what one household or phone is given


@dataclass(frozen=True)
class Origin:
    """`address` and `agent` come from the gateway or from our own pages, `known_device` from the device."""

    address: str | None = field(default=None, repr=False)
    agent: str | None = field(default=None, repr=False)
    known_device: str | None = field(default=None, repr=False)

    @property
    def network(self) -> str | None:
        """Whom an address stands for: itself, or for IPv6 its /64, which one guesser has all of."""
        if self.address is None:
            return None
        try:
            address = ipaddress.ip_address(self.address)
        except ValueError:
            return self.address[:64]
        if isinstance(address, ipaddress.IPv6Address):
            mapped = address.ipv4_mapped
            if mapped is None:
                return str(ipaddress.ip_network((address, _HOME_OF_V6), strict=False))
            address = mapped
        return str(address)


NOWHERE = Origin()
