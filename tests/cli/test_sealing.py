"""Secrets that the command seals and opens with the key in a data directory."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from fusion_cli.problem import Problem
from fusion_cli.server.sealing import opened, sealed

PLACE = ("mqtt.connection", "1", "client_key")


@pytest.mark.parametrize(
    "text", ["short", "Grüße; 4711", " kept \n\n", "-----BEGIN\nof two lines\n-----END\n"]
)
def test_a_secret_is_opened_as_it_was_sealed(tmp_path, text):
    python = Path(sys.executable)
    stored = sealed(text, PLACE, python, tmp_path)
    assert stored.startswith("sealed:")
    assert text.strip() not in stored
    assert opened(stored, PLACE, python, tmp_path) == text


def test_a_secret_of_another_place_is_not_opened(tmp_path):
    python = Path(sys.executable)
    stored = sealed("short", PLACE, python, tmp_path)
    with pytest.raises(Problem, match="could not be opened"):
        opened(stored, ("mqtt.connection", "2", "client_key"), python, tmp_path)
