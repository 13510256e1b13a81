"""Starts the client. Copied into the folder `bin` of a box: the client takes the folder above for its own."""

import atexit
import gc

from odoo.cli import main

if __name__ == "__main__":
    # As the launcher of the server does it: what is no longer needed need not be sorted out at the end.
    atexit.register(gc.freeze)
    main()
