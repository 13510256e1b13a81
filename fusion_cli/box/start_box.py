"""Starts the client. Copied into the folder `bin` of a box: the client takes the folder above for its own."""

from odoo.cli import main

if __name__ == "__main__":
    main()
