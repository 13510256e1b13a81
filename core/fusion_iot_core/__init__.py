"""What Fusion IoT knows of devices and their measurements: plain Python, without Odoo."""

__version__ = "1.0.0"
