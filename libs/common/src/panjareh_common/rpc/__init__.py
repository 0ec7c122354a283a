"""Remote calls between services: transient, with a deadline, sealed, and answered by name."""
