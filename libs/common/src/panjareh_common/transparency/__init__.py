"""Proof that a service's log was only ever added to: one RFC 9162 tree over it, its signed heads, and their check."""
