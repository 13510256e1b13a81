"""`.fusion/env`: what is written is what a reader, also a shell, gets."""

import stat
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion_cli import dotenv

NAMES = st.from_regex(r"FUSION_[A-Z]{1,8}", fullmatch=True)
VALUES = st.text(st.characters(blacklist_characters="\n\r\0", blacklist_categories=("Cs", "Zl", "Zp", "Cc")))


@given(st.dictionaries(NAMES, VALUES))
def test_round_trip(values):
    assert dotenv.parse(dotenv.dump(values)) == values


def test_a_shell_reads_the_same(tmp_path):
    value = """it's "$HOME" `id` \\ & a;b"""
    path = tmp_path / "env"
    dotenv.write(path, {"FUSION_X": value})
    script = f'. {path}; printf %s "$FUSION_X"'
    assert subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout == value


def test_comments_blank_lines_and_export():
    assert dotenv.parse("# no\n\nexport A=1\nB='two words'\nC=\nnonsense\n") == {
        "A": "1",
        "B": "two words",
        "C": "",
    }


def test_a_line_break_is_refused():
    with pytest.raises(ValueError, match="line break"):
        dotenv.dump({"A": "1\n2"})


def test_only_the_owner_can_read_the_file(tmp_path):
    path = tmp_path / "env"
    dotenv.write(path, {"A": "1"})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
