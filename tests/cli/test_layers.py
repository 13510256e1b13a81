"""The layer check, on examples of what it is there to refuse."""

import re
from pathlib import Path

import pytest

from fusion_cli.addons import Addon, discover
from fusion_cli.checks.layers import faults_of
from fusion_cli.checks.settings import outermost, pure_packages
from fusion_cli.project import Project

ADDONS = {
    "low": Addon("low", Path("low"), ("base",), {}),
    "mid": Addon("mid", Path("mid"), ("low",), {}),
    "high": Addon("high", Path("high"), ("mid",), {}),
}
NOTHING = frozenset()
PURE = {
    "low/protocol": NOTHING,
    "low/protocol/net": frozenset({"radio"}),
    "beside/core": NOTHING,
    "mid/engine/table.py": frozenset({"radio"}),
    "mid/engine/rows.py": NOTHING,
}


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
        ("low/protocol/units.py", "import radio"),
        ("low/protocol/units.py", "from .net import client"),
        ("low/protocol/units.py", "from . import net"),
        ("low/protocol/net/client.py", "import requests"),
        ("mid/engine/table.py", "import odoo"),
        ("mid/engine/table.py", "from .store import rows"),
        ("mid/engine/table.py", "from . import store"),
        ("mid/engine/rows.py", "from .table import x"),
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
        ("mid/runtime/x.py", "from .. import models"),
        ("mid/runtime/x.py", "from ..models import y"),
        ("mid/runtime/sub/x.py", "from ... import controllers"),
        ("mid/runtime/sub/x.py", "from ...models.y import z"),
        ("mid/runtime/x.py", "import odoo.addons.mid.models.y"),
        ("mid/runtime/x.py", "from odoo.addons.mid import models"),
        ("mid/runtime/x.py", "from odoo.addons.mid.wizards import y"),
        ("mid/engine/store.py", "from .. import models"),
        ("mid/engine/store.py", "import odoo.addons.mid.models as m"),
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
        ("low/protocol/net/client.py", "import radio.waves\nfrom ..units import ohm\nfrom .. import clock"),
        ("low/protocol/units.py", "from __future__ import annotations"),
        (
            "mid/engine/table.py",
            "import json\nfrom radio import waves\nfrom .rows import x\nfrom . import rows",
        ),
        ("mid/engine/store.py", "import odoo\nfrom .table import x"),
        ("beside/core/x.py", "import ctypes\nfrom . import other"),
        ("low/models/x.py", "import requests\nfrom odoo import fields\nfrom ..protocol import units"),
        ("high/models/x.py", "from odoo.addons.low.protocol import units\nfrom odoo.addons.mid import tools"),
        ("high/models/x.py", "from odoo.addons.mail.models import mail_thread"),
        ("mid/controllers/main.py", "from ..models import x\nfrom odoo.http import Controller"),
        ("mid/models/x.py", "from ..runtime import lease\nfrom ..engine.store import y"),
        ("mid/runtime/x.py", "from ..engine import store\nfrom .. import tools\nfrom . import lease"),
        ("mid/__init__.py", "from . import controllers, models"),
        ("mid/tests/test_x.py", "from ..controllers import main"),
    ],
)
def test_accepted(path, source):
    assert faults(path, source) == []


def test_the_list_of_what_is_pure_is_read_from_pyproject():
    root = Project.here().root
    pure = pure_packages(root)
    assert all((root / place).exists() for place in pure)
    assert pure["core/fusion_iot_core"] == NOTHING
    assert pure["core/fusion_iot_core/mqtt"] == {"paho"}


def test_what_says_that_it_needs_no_odoo_is_listed():
    root = Project.here().root
    pure = pure_packages(root)
    says = re.compile(r"^\"\"\"[^\"]*\b(No Odoo here|no Odoo inside)\b", re.IGNORECASE)
    files = [path for addon in discover(root) for path in addon.folder.rglob("*.py")]
    found = {str(path.relative_to(root)) for path in files if says.match(path.read_text(encoding="utf-8"))}
    assert found
    assert not {path for path in found if path not in pure}


def test_the_outermost_hold_the_others():
    assert outermost(PURE) == ["low/protocol", "beside/core", "mid/engine/table.py", "mid/engine/rows.py"]
