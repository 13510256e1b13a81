"""Equipment with an OPC UA server."""

from .connector import OpcUaConnector
from .trust import OwnCertificate, make_certificate

__all__ = ["OpcUaConnector", "OwnCertificate", "make_certificate"]
