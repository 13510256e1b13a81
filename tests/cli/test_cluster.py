"""A real PostgreSQL of our own: started, crashed, restarted, and never another one's."""

import os
import signal
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from fusion_cli.database import marker, socket_folder
from fusion_cli.database.cluster import OWNER, Cluster, identifier, literal
from fusion_cli.database.marker import Marker
from fusion_cli.database.provision import Provision
from fusion_cli.problem import Problem
from fusion_cli.report import Reporter
from fusion_cli.testing.pace import patient
from tests.waiting import until


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    cluster = Cluster(tmp_path_factory.mktemp("state"), Reporter(quiet=True))
    cluster.start()
    yield cluster
    cluster.stop()


def test_only_its_socket_listens_and_commits_are_safe(cluster):
    assert cluster.sql("postgres", "show listen_addresses") == [[""]]
    assert cluster.sql("postgres", "show fsync") == [["on"]]
    assert cluster.sql(
        "postgres", "select current_user, usesuper from pg_user where usename = current_user"
    ) == [["odoo", "f"]]
    assert cluster.socket.stat().st_mode & 0o077 == 0


def test_rows_keep_their_values(cluster):
    nasty = "a'b\\c\"d é|\t;--"
    assert cluster.sql("postgres", f"select {literal(nasty)}, null, 1 union all select 'x', 'y', 2") == [
        [nasty, "", "1"],
        ["x", "y", "2"],
    ]
    assert cluster.sql("postgres", "select 1 where false") == []


def test_an_error_is_a_problem(cluster):
    with pytest.raises(Problem, match="does not exist"):
        cluster.sql("postgres", "select * from nothing")


def test_what_was_committed_survives_a_crash(cluster):
    cluster.sql("postgres", "create database crash_test")
    cluster.sql("crash_test", "create table t (a int); insert into t values (1)")
    cluster.stop(crash=True)
    assert not cluster.accepts
    cluster.start()
    assert cluster.sql("crash_test", "select a from t") == [["1"]]


def test_a_server_that_was_left_behind_is_taken_over(cluster):
    old = cluster.child
    cluster.child = None
    cluster.start()
    assert old.wait(patient(10)) == 0
    assert cluster.running
    assert cluster.child.pid != old.pid


def test_a_lock_file_that_lies_does_not_block(cluster):
    cluster.stop()
    lock = cluster.data / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{cluster.data}\n")
    cluster.start()
    assert cluster.running


def test_for_tests_it_does_not_wait_for_the_disk_and_keeps_what_was_committed(tmp_path):
    cluster = Cluster(tmp_path, Reporter(quiet=True), durable=False)
    try:
        cluster.start()
        assert cluster.sql("postgres", "show fsync") == [["off"]]
        assert cluster.sql("postgres", "show synchronous_commit") == [["on"]]
        cluster.sql("postgres", "create table t (a int); insert into t values (1)", role="postgres")
        cluster.stop(crash=True)
        cluster.start()
        assert cluster.sql("postgres", "select a from t", role="postgres") == [["1"]]
    finally:
        cluster.stop()


def test_one_that_ended_is_seen(cluster):
    os.kill(cluster.child.pid, signal.SIGQUIT)
    until(lambda: not cluster.running, 10, "its end is seen")
    cluster.start()


def test_the_marker_lives_in_the_database(cluster):
    name = "Odd 'name\""
    cluster.sql("postgres", f"create database {identifier(name)}")
    assert marker.read(cluster, name) is None
    made = Marker("19.0", True, {"a": "it's"})
    marker.write(cluster, name, made)
    assert marker.read(cluster, name) == made
    cluster.sql("postgres", f"comment on database {identifier(name)} is 'something else'")
    assert marker.read(cluster, name) is None


def test_a_database_is_dropped_whoever_works_there(cluster, tmp_path):
    """PostgreSQL itself does at times, with the rights of a superuser."""
    cluster.sql("postgres", f"create database busy owner {OWNER}")
    argv = [cluster.programs / "psql", "-h", cluster.socket, "-U", "postgres", "-d", "busy", "-X", "-q"]
    at_work = subprocess.Popen(argv, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        there = "select 1 from pg_stat_activity where datname = 'busy'"
        until(lambda: cluster.sql("postgres", there), 10, "somebody works there")
        provision = Provision(tmp_path, tmp_path, cluster, SimpleNamespace(), [], Reporter(quiet=True))
        provision.drop("busy")
        assert not provision.exists("busy")
    finally:
        at_work.communicate()


def test_a_long_path_gets_a_short_socket(tmp_path):
    state = tmp_path / ("x" * 100)
    folder = socket_folder.choose(state)
    assert len(os.fsencode(folder / socket_folder.SOCKET)) <= socket_folder.LIMIT
    assert folder != socket_folder.choose(tmp_path / ("y" * 100))
    assert socket_folder.choose(Path("/a/.fusion")) == Path("/a/.fusion/sock")


def test_a_socket_folder_of_somebody_else_is_refused(tmp_path):
    target = tmp_path / "elsewhere"
    target.mkdir()
    link = tmp_path / "sock"
    link.symlink_to(target)
    with pytest.raises(Problem, match="somebody else"):
        socket_folder.make(link)
