"""`fusion test --changed`: from changed files to what can tell whether they are right."""

import subprocess
from pathlib import Path

import pytest

from fusion_cli.checks import changed
from fusion_cli.problem import Problem

FILES = {
    "base/__manifest__.py": "{'name': 'base', 'depends': ['web']}",
    "base/__init__.py": "from . import models",
    "base/models/thing.py": "",
    "base/core/__init__.py": "from .rule import x",
    "base/core/rule.py": "x = 1",
    "base/tests/test_thing.py": "",
    "base/tests/helper.py": "",
    "base/readme/USAGE.md": "",
    "plant/__manifest__.py": "{'name': 'plant', 'depends': ['base']}",
    "other/__manifest__.py": "{'name': 'other', 'depends': ['web']}",
    "core/fusion_iot_core/__init__.py": "",
    "core/fusion_iot_core/table.py": "from . import rows",
    "core/fusion_iot_core/rows.py": "",
    "agent/probe/cli.py": "from fusion_iot_core.table import rows",
    "fusion_cli/__init__.py": "",
    "fusion_cli/testing/odoo_session.py": "from ..stack import y",
    "fusion_cli/stack.py": "y = 1",
    "fusion_cli/simulator.py": "",
    "tests/waiting.py": "",
    "tests/unit/conftest.py": "",
    "tests/unit/test_rule.py": "from base.core import x",
    "tests/unit/test_agent.py": "from probe.cli import rows",
    "tests/unit/test_simulator.py": "from fusion_cli import simulator",
    "tests/unit/cases.py": "",
    "tests/unit/test_cases.py": "from tests.unit import cases",
    "tests/cli/test_cli.py": "",
    "tests/e2e/conftest.py": "from fusion_cli.stack import y",
    "tests/e2e/fixtures.py": "from tests.waiting import until",
    "tests/e2e/test_line.py": "pytest_plugins = ['tests.e2e.fixtures']",
    "tests/e2e/test_readme.py": "",
    "README.md": "",
    "pyproject.toml": "",
    "odoo.conf": "",
}


@pytest.fixture
def root(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "-c", "user.name=x", "-c", "user.email=x@localhost", "commit", "-q", "-m", "x")
    return tmp_path


def git(root, *arguments):
    subprocess.run(["git", *arguments], cwd=root, check=True)


@pytest.mark.parametrize(
    ("path", "affected"),
    [
        ("base/models/thing.py", {"base", "plant", "tests/e2e"}),
        ("base/core/rule.py", {"base", "plant", "tests/e2e", "tests/unit/test_rule.py"}),
        ("base/tests/test_thing.py", {"base/tests/test_thing.py"}),
        ("base/tests/helper.py", {"base"}),
        ("base/readme/USAGE.md", {"base"}),
        ("other/__manifest__.py", {"other", "tests/e2e"}),
        (
            "core/fusion_iot_core/rows.py",
            {"core", "base", "plant", "other", "tests/e2e", "tests/unit/test_agent.py"},
        ),
        ("fusion_cli/simulator.py", {"fusion_cli", "tests/cli", "tests/unit/test_simulator.py"}),
        (
            "fusion_cli/stack.py",
            {
                "fusion_cli",
                "tests/cli",
                "tests/e2e/test_line.py",
                "tests/e2e/test_readme.py",
                "base",
                "plant",
                "other",
            },
        ),
        ("tests/unit/cases.py", {"tests/unit/cases.py", "tests/unit/test_cases.py"}),
        ("tests/unit/test_rule.py", {"tests/unit/test_rule.py"}),
        ("tests/unit/conftest.py", {"tests/unit"}),
        ("tests/waiting.py", {"tests/waiting.py", "tests/e2e/test_line.py"}),
        ("README.md", {"README.md", "tests/e2e/test_readme.py"}),
        ("odoo.conf", {"odoo.conf", "tests/unit", "tests/cli"}),
    ],
)
def test_what_a_file_affects(root, path, affected):
    (root / path).write_text(FILES[path] + "\n# changed")
    assert {str(target.path) for target in changed.selection(root, "HEAD").targets} == affected


@pytest.mark.parametrize("path", ["pyproject.toml", "something/new.cfg"])
def test_what_no_rule_knows_affects_everything(root, path):
    (root / path).parent.mkdir(exist_ok=True)
    (root / path).write_text("changed")
    assert changed.selection(root, "HEAD").everything
    assert changed.told(changed.selection(root, "HEAD")) == ["  everything"]


def test_a_file_that_is_gone(root):
    (root / "tests/unit/cases.py").unlink()
    (root / "base/core/rule.py").unlink()
    found = {str(target.path) for target in changed.selection(root, "HEAD").targets}
    assert found == {"base", "plant", "tests/e2e", "tests/unit/test_cases.py", "tests/unit/test_rule.py"}


def test_changes_that_were_committed(root):
    (root / "README.md").write_text("changed")
    git(root, "-c", "user.name=x", "-c", "user.email=x@localhost", "commit", "-q", "-a", "-m", "y")
    with pytest.raises(Problem, match="Nothing has changed since HEAD"):
        changed.selection(root, "HEAD")
    assert [target.path for target in changed.selection(root, "HEAD~1").targets] == [
        Path("README.md"),
        Path("tests/e2e/test_readme.py"),
    ]


def test_a_commit_that_is_none(root):
    with pytest.raises(Problem, match="nowhere"):
        changed.selection(root, "nowhere")
    with pytest.raises(Problem, match="git"):
        changed.selection(root.parent, "HEAD")
