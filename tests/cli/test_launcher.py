"""What the scripts do that start Odoo, with one in its place that only looks at the end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from fusion_cli.process import environment
from fusion_cli.tools.odoo_source import LAUNCHER

BOX = Path(__file__).resolve().parents[2] / "fusion_cli" / "box" / "start_box.py"
# What is registered first is done last: the script is through by then.
LOOKS = """
import atexit, gc, os, sys

def look():
    print("spared" if gc.get_freeze_count() else "looked through", flush=True)

atexit.register(look)

def main():
    if not (child := os.fork()):
        sys.exit(0)
    os.waitpid(child, 0)
    sys.exit(3)
"""


@pytest.mark.parametrize("script", [LAUNCHER, BOX], ids=["server", "box"])
def test_no_process_of_it_looks_for_garbage_at_its_end(script, tmp_path):
    package = tmp_path / "odoo"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "cli.py").write_text(LOOKS)
    env = environment({"PYTHONPATH": str(tmp_path)})
    done = subprocess.run([sys.executable, script], env=env, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("spared\n" * 2, 3), done.stderr
