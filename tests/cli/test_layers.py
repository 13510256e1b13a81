"""The layer check, on examples of what it is there to refuse."""

from pathlib import Path

import pytest

from fusion_cli.addons import Addon
from fusion_cli.checks.layers import faults_of
from fusion_cli.checks.settings import pure_packages
from fusion_cli.project import Project

ADDONS = {
    "low": Addon("low", Path("low"), ("base",), {}),
    "mid": Addon("mid", Path("mid"), ("low",), {}),
    "high": Addon("high", Path("high"), ("mid",), {}),
}
PURE = ["low/protocol", "beside/core"]


def faults(path, source):
    return list(faults_of(Path(path), source, ADDONS, PURE))


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("low/protocol/units.py", "import odoo"),
        ("low/protocol/units.py", "from odoo.tools import float_round"),
        ("low/protocol/units.py", "import requests"),
        ("low/protocol/units.py", "from low.protocol import clock"),
        ("low/protocol/units.py", "from .. import models"),
        ("low/protocol/sub/deep.py", "from ...models import x"),
        ("low/protocol/units.py", "def f():\n    from odoo import fields"),
        ("low/protocol/units.py", "import importlib\nimportlib.import_module('odoo.tools')"),
        ("beside/core/x.py", "import requests"),
        ("beside/core/x.py", "from ..other import y"),
        ("low/models/x.py", "from odoo.addons.high.models import y"),
        ("low/models/x.py", "from odoo.addons import mid"),
        ("low/models/x.py", "import odoo.addons.mid.tools"),
        ("mid/models/x.py", "from ..controllers import main"),
        ("mid/models/x.py", "from .. import controllers"),
        ("mid/models/sub/x.py", "from ...controllers.main import y"),
        ("mid/models/x.py", "from odoo.addons.mid.controllers.main import y"),
        ("mid/wizards/x.py", "from odoo.addons.mid import controllers"),
    ],
)
def test_refused(path, source):
    (fault,) = faults(path, source)
    assert fault.startswith(f"{path}:")


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("low/protocol/units.py", "import math\nfrom dataclasses import dataclass\nfrom .clock import now"),
        ("low/protocol/sub/deep.py", "from ..clock import now\nfrom . import other"),
        ("beside/core/x.py", "import ctypes\nfrom . import other"),
        ("low/models/x.py", "import requests\nfrom odoo import fields\nfrom ..protocol import units"),
        ("high/models/x.py", "from odoo.addons.low.protocol import units\nfrom odoo.addons.mid import tools"),
        ("high/models/x.py", "from odoo.addons.mail.models import mail_thread"),
        ("mid/controllers/main.py", "from ..models import x\nfrom odoo.http import Controller"),
        ("mid/__init__.py", "from . import controllers, models"),
        ("mid/tests/test_x.py", "from ..controllers import main"),
    ],
)
def test_accepted(path, source):
    assert faults(path, source) == []


def test_the_list_of_pure_packages_is_read_from_pyproject():
    root = Project.here().root
    assert all((root / folder).is_dir() for folder in pure_packages(root))
