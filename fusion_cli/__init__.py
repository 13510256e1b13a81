"""The `./fusion` command: a private Odoo 19 with this suite, its tests and its tools.

Only the standard library is imported here, so that it runs on a machine that has nothing but Python.
"""
