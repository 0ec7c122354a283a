"""A log of an invented municipality, to try the import on where no real log is at hand."""
