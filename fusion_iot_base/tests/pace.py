"""How long tests wait for what is no promise. `FUSION_PACE` says how many times slower than usual the machine is."""

import os
from unittest.mock import patch

from odoo.tests import HttpCase, common

GENEROUS = 3


def patient(seconds):
    """The end of a wait for what usually takes up to so many seconds. Who waits for less, waits no longer."""
    return seconds * GENEROUS * float(os.environ.get("FUSION_PACE") or 1)


class PatientHttpCase(HttpCase):
    """Gives a browser the time that it needs."""

    def browser_js(self, *arguments, **options):
        # All waits for the browser are multiplied by what Odoo takes for the factor by which it slows it down.
        factor = property(lambda browser: patient(1), lambda browser, value: None)
        with (
            patch.object(common.ChromeBrowser, "throttling_factor", factor, create=True),
            patch.object(common, "CHECK_BROWSER_ITERATIONS", int(patient(common.CHECK_BROWSER_ITERATIONS))),
        ):
            return super().browser_js(*arguments, **options)
