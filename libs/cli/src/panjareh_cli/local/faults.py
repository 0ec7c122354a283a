"""What can go wrong when the platform runs on this machine, said so that a person can act on it."""


class LocalFault(Exception):
    """The platform cannot be started or kept up here; the text says why and what to do."""


class AlreadyRunning(LocalFault):
    """Another process holds this data folder."""
