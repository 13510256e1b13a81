"""RabbitMQ and ejabberd as their packages have them, with nothing but MQTT switched on."""

from __future__ import annotations

import os
from pathlib import Path

from ... import ports
from ...process import guarded
from ...service import Service
from .other import HOST, PASSWORD, USER, OtherBroker

RABBITMQ_CONF = f"""\
listeners.tcp = none
mqtt.listeners.tcp.default = {HOST}:{{port}}
mqtt.allow_anonymous = false
mqtt.prefetch = 1000
default_user = {USER}
default_pass = {PASSWORD}
log.console = true
log.file = false
"""
EJABBERD_CONF = f"""\
hosts: [localhost]
auth_method: [internal]
listen:
  - port: {{port}}
    ip: "{HOST}"
    module: mod_mqtt
modules:
  mod_mqtt:
    session_expiry: 1 hour
    max_queue: 100000
"""
REGISTERED = "User registered"


class NameService(Service):
    """Erlang's `epmd`, which tells RabbitMQ's own parts where it is: one of ours, which ends with it."""

    def start(self, program: Path, port: int) -> None:
        """Start it."""
        self._spawn(guarded([program, "-address", HOST, "-port", port]), program.parent)

    def stop(self) -> None:
        """Stop it."""
        self._end()


class RabbitMq(OtherBroker):
    """RabbitMQ with its plugin for MQTT."""

    name = "RabbitMQ"
    version, other = "3.1.1", "5"

    def __init__(self, programs: Path, folder: Path, log: Path) -> None:
        super().__init__(folder, log)
        self.programs = programs
        self._names = NameService(log)
        self._inner = ports.free(2)

    def _start(self) -> None:
        (folder,) = (self.programs / "usr/lib/rabbitmq/lib").glob("rabbitmq_server-*")
        (names,) = (self.programs / "usr/lib/erlang").glob("erts-*/bin/epmd")
        if not self._names.running:
            self._names.start(names, self._inner[0])
        files = {"rabbitmq.conf": RABBITMQ_CONF.format(port=self.port), "enabled_plugins": "[rabbitmq_mqtt]."}
        for name, text in files.items():
            (self.folder / name).write_text(text, encoding="utf-8")
        env = {
            "HOME": self.folder,
            "PATH": f"{self.programs / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "ERL_EPMD_ADDRESS": HOST,
            "ERL_EPMD_PORT": self._inner[0],
            "RABBITMQ_DIST_PORT": self._inner[1],
            "RABBITMQ_NODENAME": "fusion@localhost",
            "RABBITMQ_CONF_ENV_FILE": os.devnull,
            "RABBITMQ_CONFIG_FILE": self.folder / "rabbitmq.conf",
            "RABBITMQ_ENABLED_PLUGINS_FILE": self.folder / "enabled_plugins",
            "RABBITMQ_MNESIA_BASE": self.folder / "data",
            "RABBITMQ_LOG_BASE": self.folder / "log",
            "RABBITMQ_PID_FILE": self.folder / "pid",
            "RABBITMQ_PLUGINS_DIR": folder / "plugins",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            # Its script becomes the server then, instead of starting it as a child.
            "RUNNING_UNDER_SYSTEMD": "yes",
        }
        argv = guarded([folder / "sbin" / "rabbitmq-server"])
        self._spawn(argv, self.folder, {name: str(value) for name, value in env.items()})

    def stop(self) -> None:
        """Stop it, and what tells its parts where it is."""
        super().stop()
        self._names.stop()


class Ejabberd(OtherBroker):
    """ejabberd with `mod_mqtt`. It has no name in any network of Erlang's, so it needs no `epmd`."""

    name = "ejabberd"
    version, other = "5", "3.1.1"

    def __init__(self, programs: Path, folder: Path, log: Path) -> None:
        super().__init__(folder, log)
        self.programs = programs

    def _start(self) -> None:
        config = self.folder / "ejabberd.yml"
        config.write_text(EJABBERD_CONF.format(port=self.port), encoding="utf-8")
        (modules,) = (self.programs / "usr/lib").glob("*/ejabberd-*-*/ebin")
        user = f'<<"{USER}">>, <<"localhost">>, <<"{PASSWORD}">>'
        register = f'catch ejabberd_auth:try_register({user}), io:format("{REGISTERED}~n").'
        data = f'"{self.folder / "data"}"'
        start = ["-noinput", "-pa", modules, "-mnesia", "dir", data, "-s", "ejabberd", "-eval", register]
        env = {
            "HOME": str(self.folder),
            "EJABBERD_CONFIG_PATH": str(config),
            "EJABBERD_LOG_PATH": str(self.folder / "ejabberd.log"),
        }
        self._from = self.log.stat().st_size if self.log.exists() else 0
        self._spawn(guarded([self.programs / "bin" / "erl", *start]), self.folder, env)

    def _ready(self) -> bool:
        with self.log.open("rb") as log:
            log.seek(self._from)
            return REGISTERED.encode() in log.read() and super()._ready()
