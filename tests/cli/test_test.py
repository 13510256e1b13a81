"""`fusion test` itself: what runs first, and what it tells at the end."""

import argparse

import pytest

from fusion_cli.checks import all_checks
from fusion_cli.commands.test import failed_first, remember, slowest
from fusion_cli.main import parser
from fusion_cli.problem import Problem
from fusion_cli.project import Project


def test_what_failed_comes_first(tmp_path):
    project, checks = Project(tmp_path), all_checks()
    assert failed_first(project, checks) == checks
    remember(project, [checks[5].title, checks[3].title])
    assert failed_first(project, checks)[:3] == [checks[3], checks[5], checks[0]]
    remember(project, [])
    assert failed_first(project, checks) == checks


def test_what_took_longest():
    seconds = {
        "tests.e2e.test_line.test_a": 3.0,
        "tests.e2e.test_line.test_b": 2.5,
        "fusion_iot.tests.test_lease.TestLease.test_c": 4.0,
    }
    assert slowest(seconds, 1) == [
        "Slowest files:",
        "      5.5 s  tests.e2e.test_line",
        "Slowest tests:",
        "      4.0 s  fusion_iot.tests.test_lease.TestLease.test_c",
    ]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--lanes", "0"], "from 1 to"),
        (["--changed", "HEAD", "tests/cli"], "not both"),
        (["nowhere"], "no nowhere"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_starts(arguments, told):
    options = parser().parse_args(["test", *arguments])
    with pytest.raises(Problem, match=told):
        options.function(options)


def test_changed_takes_a_commit_or_none():
    options: argparse.Namespace = parser().parse_args(["test", "--changed", "--durations"])
    assert (options.changed, options.durations) == ("HEAD", 20)
