"""What somebody else has locked: nothing can be committed, for as long as the test likes."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from fusion_cli.database.cluster import OWNER
from fusion_cli.process import environment
from fusion_cli.stack import Stack
from fusion_cli.testing.pace import patient


@contextmanager
def locked(stack: Stack, table: str, record: int = 0) -> Iterator[None]:
    """Nobody writes to the table while the block runs; where a record is named, nobody locks that one."""
    lock = f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE; SELECT 'locked'"
    if record:
        lock = f"SELECT 'locked' FROM {table} WHERE id = {record} FOR UPDATE"
    argv = [
        str(stack.cluster.programs / "psql"),
        *("-h", str(stack.pg_socket), "-U", OWNER, "-d", stack.database, "-X", "-q", "-A", "-t"),
        *("-v", "ON_ERROR_STOP=1"),
    ]
    psql = subprocess.Popen(
        argv, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    assert psql.stdin is not None
    assert psql.stdout is not None
    try:
        psql.stdin.write(f"BEGIN; {lock};\n")
        assert psql.stdout.readline() == "locked\n"
        yield
    finally:
        psql.communicate("ROLLBACK;\n", timeout=patient(30))
