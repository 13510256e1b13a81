"""Equipment with Modbus registers, over TCP."""

from .connector import ModbusConnector

__all__ = ["ModbusConnector"]
