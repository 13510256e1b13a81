"""What the tests of the command find, however pytest was started."""

import os

import pytest

from fusion_cli.project import Project
from fusion_cli.report import Reporter
from fusion_cli.testing import lanes
from fusion_cli.tools import mosquitto, odoo_source


@pytest.fixture(scope="session", autouse=True)
def programs():
    """The Odoo and the Mosquitto of this checkout, which a trial checkout must not download again."""
    project, report = Project.here(), Reporter()
    with lanes.alone(project):
        os.environ["FUSION_ODOO_PYTHON"] = str(odoo_source.get(project, report).python)
        clients = str(mosquitto.get(project, report).clients)
    os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", os.defpath), clients])
