"""The administrator's password of a database without demo data: random, made once, kept."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

from ..process import run

if TYPE_CHECKING:
    from ..stack import Stack

SCRIPT = """
env.ref("base.user_admin").password = {password!r}
env.cr.commit()
"""


def ensure(stack: Stack, created: bool) -> str:
    """The password of a stack's database; a new one is set where it is new or the note is lost."""
    keep = stack.state / f"password.{stack.database}"
    if not created and keep.exists():
        return keep.read_text(encoding="utf-8").strip()
    password = secrets.token_urlsafe(12)
    config = stack.provision.write_conf(stack.database, demo=False)
    with stack.report.step("Setting the administrator's password"):
        run(
            stack.odoo.command("shell", "-c", config, "-d", stack.database, "--no-http"),
            stack.log / "password.log",
            what="Setting the administrator's password",
            stdin=SCRIPT.format(password=password),
        )
    with os.fdopen(
        os.open(keep, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(password + "\n")
    return password
