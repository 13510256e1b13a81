"""A pytest plugin that brings the addons' tests under pytest: it gives pytest-odoo its database and configuration.

`.fusion/dev/bin/pytest -p fusion_cli.testing.odoo_session fusion_iot/tests/test_x.py -k name` does what
`./fusion test fusion_iot/tests/test_x.py` does; `-n 2` uses two processes. The tests run in a database with all
addons and demo data. With pytest-xdist, each process copies it for itself.
"""

from __future__ import annotations

import importlib
import os
import shutil
import signal
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import psutil
import pytest
import pytest_odoo

from ..addons import Addon, discover
from ..checks.odoo_tests import LOG
from ..database.cluster import OWNER
from ..database.templates import Templates
from ..problem import Problem
from ..project import Project
from ..report import Reporter
from ..stack import Stack

DATABASE = "fusion_test"
CONFIGURATION = "FUSION_ODOO_TESTS"
"""Environment variable that tells the processes of pytest-xdist the path of Odoo's configuration."""
SCRIPTS = (
    "web.assets_web",
    "web.assets_tests",
    "web.assets_unit_tests",
    "web.assets_unit_tests_setup",
    "web.assets_emoji",
    "web.chartjs_lib",
    "bus.websocket_worker_assets",
)
STYLES = (
    "web.assets_web",
    "web.assets_web_dark",
    "web.assets_web_print",
    "web.assets_unit_tests",
    "web.assets_unit_tests_setup",
)
"""The bundles that the browser tests load, and those that have files of the addons: errors in them are logged."""


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Load pytest-odoo under a name of its own: pyproject.toml keeps it out of all other runs by its usual one."""
    pluginmanager.register(pytest_odoo, "odoo_of_fusion")
    pytest_odoo._shared_filestore = _own_files
    # Odoo writes Python's warnings to its log, where they count; pytest would take them away.
    pluginmanager.set_blocked("warnings")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> Generator[None, object, object]:
    """Start PostgreSQL with the database and stop it after the tests; where pytest-xdist started us, it is there."""
    project = Project.here()
    state = project.state / "test"
    stack = Stack(
        project, state, database=DATABASE, broker=False, durable=False, label="test", report=Reporter()
    )
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    try:
        if not worker:
            os.environ[CONFIGURATION] = str(_open(stack, tests_run=not config.option.collectonly))
        config.option.odoo_config = os.environ[CONFIGURATION]
        config.option.odoo_http = True
        config.option.odoo_log_level = "info"
        config.option.odoo_extra = [
            f"logfile={stack.log / LOG.format(worker and f'-{worker}')}",
            f"screenshots={state / 'screenshots'}",
        ]
        return (yield)
    except Problem as problem:
        raise pytest.UsageError(problem.text()) from problem
    finally:
        if not worker:
            stack.stop()


def _open(stack: Stack, *, tests_run: bool) -> Path:
    """Path of the configuration; for tests that are only listed there is no database."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if not tests_run:
        stack.project.make_state()
        return stack.provision.write_conf(DATABASE, demo=True)
    stack.open()
    for log in stack.log.glob(LOG.format("*")):
        log.unlink()
    Templates(stack.provision).fresh(DATABASE)
    _spare(stack.cluster.child.pid if stack.cluster.child else 0)
    # For `createdb` and `dropdb`, with which pytest-odoo copies the database for the processes of pytest-xdist.
    for name in [name for name in os.environ if name.startswith("PG")]:
        del os.environ[name]
    os.environ["PGHOST"] = str(stack.pg_socket)
    os.environ["PGUSER"] = OWNER
    os.environ["PATH"] = f"{stack.cluster.programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return stack.provision.write_conf(DATABASE, demo=True)


@contextmanager
def _own_files(original: str, database: str) -> Iterator[None]:
    """Give a copy of the database files of its own.

    pytest-odoo lets the copies share them, and what one process removes as unused is missing in another.
    """
    from odoo.tools import config

    copied = Path(config.filestore(database))
    if database != original:
        shutil.rmtree(copied, ignore_errors=True)
        shutil.copytree(config.filestore(original), copied)
    yield
    if database != original:
        shutil.rmtree(copied, ignore_errors=True)


def _spare(pid: int) -> None:
    """Odoo's test classes end all children of their process when they are done; PostgreSQL shall not be among them."""
    children = psutil.Process.children

    def others(process: psutil.Process, recursive: bool = False) -> list[psutil.Process]:
        return [child for child in children(process, recursive=recursive) if child.pid != pid]

    psutil.Process.children = others


def _addons() -> list[Addon]:
    return discover(Project.here().root)


def pytest_sessionstart() -> None:
    """Load the addons as a server does, before a test module imports a part of one: only then their hooks run."""
    from odoo.modules.module import load_openerp_module
    from odoo.service.server import load_server_wide_modules

    load_server_wide_modules()
    for addon in _addons():
        load_openerp_module(addon.name)


def pytest_pycollect_makemodule(module_path: Path) -> None:
    """Import the whole package of an addon's tests, since pytest would run its first module twice.

    What is wrong in a module is left to pytest, which imports it again and tells.
    """
    addon = next((addon for addon in _addons() if module_path.is_relative_to(addon.folder)), None)
    if addon:
        with suppress(Exception):
            importlib.import_module(f"odoo.addons.{addon.name}.tests")


def pytest_pycollect_makeitem(collector: pytest.Collector, obj: object) -> list[pytest.Item] | None:
    """As Odoo's loader does it: a class belongs to the module that defines it, not to those that import it."""
    if isinstance(collector, pytest.Module) and isinstance(obj, type):
        return None if obj.__module__ == collector.obj.__name__ else []
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """As Odoo's loader does it: a test belongs to the class that defines it, not to those that inherit it."""
    items[:] = [item for item in items if not isinstance(item, pytest.Function) or _is_own(item)]


def _is_own(item: pytest.Function) -> bool:
    cls = item.cls
    return (
        cls is None or item.originalname in vars(cls) or getattr(cls, "allow_inherited_tests_method", False)
    )


@pytest.fixture(scope="class", autouse=True)
def _built(request: pytest.FixtureRequest, load_registry: None) -> None:
    """Have scripts and styles of the web client before the first test with a server, as in Odoo's own runner."""
    from odoo.tests.common import HttpCase, get_db_name

    if request.cls and issubclass(request.cls, HttpCase):
        _build(get_db_name())


@cache
def _build(database: str) -> None:
    """Build them to stay: what is built in a test is gone with its transaction."""
    from odoo import SUPERUSER_ID, api
    from odoo.modules.registry import Registry

    with Registry(database).cursor() as cursor:
        qweb = api.Environment(cursor, SUPERUSER_ID, {})["ir.qweb"]
        for bundle in SCRIPTS:
            qweb._get_asset_bundle(bundle, css=False, js=True).js()
        for bundle in STYLES:
            qweb._get_asset_bundle(bundle, css=True, js=False).css()
