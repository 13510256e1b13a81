"""Starts Odoo's command line: `python run_odoo.py -c odoo.conf`, `python run_odoo.py shell ...`.

A script and not `python -m odoo`, since a prefork server starts its websocket process by running its own
script again. It stands alone in its folder because that folder is put on the module search path.
"""

import atexit
import gc
import logging
import threading

from odoo.cli import main


def _log_end(ended: threading.ExceptHookArgs) -> None:
    """Log what ended a thread as one record. Python prints it piece by piece, into the lines of other threads."""
    if ended.exc_type is not SystemExit:
        name = ended.thread.name if ended.thread else "?"
        error = ended.exc_value or ended.exc_type()
        logging.getLogger("odoo.threads").error("The thread %s has ended.", name, exc_info=error)


if __name__ == "__main__":
    threading.excepthook = _log_end
    # Python looks through all objects for garbage at its end, several times: half a second for each process.
    atexit.register(gc.freeze)
    main()
