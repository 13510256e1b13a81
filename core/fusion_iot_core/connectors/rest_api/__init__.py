"""Equipment with an HTTP interface that answers JSON."""

from .connector import RestApiConnector

__all__ = ["RestApiConnector"]
