"""The users of a broker that lets nobody in without one: Odoo, and each simulated device."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from ..project import Project
from ..simulator import network, workshop
from .configuration import Listener

ODOO = "odoo"
"""The user that `mosquitto.acl` lets read and write everything."""


class Users:
    """Names and passwords, kept in a private file of a stack's state folder: made once, the same from then on.

    :ivar file: the passwords by name, as JSON; the simulated devices read theirs there
    :ivar hashes: the file of `mosquitto_passwd` that the broker reads
    """

    def __init__(self, state: Path) -> None:
        self.file = state / "mqtt-users.json"
        self.hashes = state / "mqtt-passwords"

    @property
    def listener(self) -> Listener:
        """A port with these users, each of which may publish and read what the access list says."""
        return Listener(passwords=self.hashes, access=Project.here().root / "mosquitto.acl")

    def passwords(self) -> dict[str, str]:
        """The password of each user."""
        names = [ODOO, *(device.name for device in (*network.devices(), *workshop.machines()))]
        known = json.loads(self.file.read_text(encoding="utf-8")) if self.file.exists() else {}
        found = {name: known.get(name) or secrets.token_urlsafe(12) for name in names}
        if found != known:
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
            with os.fdopen(os.open(self.file, flags, 0o600), "w", encoding="utf-8") as file:
                json.dump(found, file)
        return found
