"""Starts Odoo's command line: `python run_odoo.py -c odoo.conf`, `python run_odoo.py shell ...`.

A script and not `python -m odoo`, since a prefork server starts its websocket process by running its own
script again. It stands alone in its folder because that folder is put on the module search path.
"""

from odoo.cli import main

if __name__ == "__main__":
    main()
