"""The commands of the README's tour do what it says, pasted as they are."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

from fusion_cli.testing.pace import patient

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```$(?:\n```json\n(.*?)^```$)?", re.MULTILINE | re.DOTALL)
MARK = "=== next block ==="


def blocks() -> list[tuple[str, list[str]]]:
    """The shell blocks and the lines of JSON that follow each."""
    return [(sh, answers.splitlines()) for sh, answers in BLOCK.findall(README.read_text(encoding="utf-8"))]


def test_every_command_of_the_tour_answers_as_printed(stack, tmp_path):
    found = blocks()
    assert len(found) > 6
    (tmp_path / "fusion").symlink_to(ROOT / "fusion")
    (tmp_path / ".fusion").mkdir()
    (tmp_path / ".fusion" / "env").write_bytes(stack.env_file.read_bytes())
    script = f"\necho '{MARK}'\n".join(sh for sh, _answers in found)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FUSION_")}
    done = subprocess.run(
        ["bash", "-eu"],
        input=script,
        cwd=tmp_path,
        env={**environment, "no_proxy": "127.0.0.1"},
        capture_output=True,
        text=True,
        timeout=patient(60),
    )
    assert done.stderr == ""
    answers = done.stdout.split(MARK + "\n")
    assert [list(map(json.loads, text.splitlines())) for text in answers] == [
        [json.loads(line) for line in expected] for _sh, expected in found
    ]
