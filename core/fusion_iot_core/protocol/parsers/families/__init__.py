"""One module a family of devices, each with its ``PARSER``."""
