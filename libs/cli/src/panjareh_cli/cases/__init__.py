"""Past cases of an authority: read from its log, checked, and sent to the platform."""
