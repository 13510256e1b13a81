"""What Fusion IoT knows of devices and their measurements: plain Python, without Odoo."""

__version__ = "1.1.0"

PORTABLE = ("__init__.py", "onewire.py", "signature.py", "queue", "probe")
"""The files and folders of this package that a device can carry by themselves: they run on Python 3.9, import nothing
but the standard library and each other, and that by relative imports, whatever the package is called there."""
