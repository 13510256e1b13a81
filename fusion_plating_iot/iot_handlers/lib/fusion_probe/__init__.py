"""Reads DS18B20 probes on a Raspberry Pi and brings every reading to Odoo, once and in order.

Standard library only, Python 3.9 or newer; it runs without anything of the rest of the suite.
"""

__version__ = "1.0.0"
