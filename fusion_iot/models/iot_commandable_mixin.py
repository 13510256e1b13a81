from odoo import models
from odoo.exceptions import UserError

OPERATOR = "fusion_iot.group_iot_operator"


class IotCommandableMixin(models.AbstractModel):
    """What can be told to do something, over whatever transport.

    A transport of another addon adds itself to :meth:`_transport` and to :meth:`_check_command`, and sends what is
    queued: in `iot.command._dispatch`, or from a worker of its own that takes it.
    """

    _name = "iot.commandable.mixin"
    _description = "Target of Commands"

    # Which field of `iot.command` names it.
    _command_field = ""

    def _transport(self):
        """Name of the transport that commands to this take; empty where there is none."""
        return ""

    def _command_workers(self):
        """Which workers of the runtime send the commands to this: they are woken by a new one, and no others.

        :return: set of ``(kind, record id)``, as `iot.runtime.worker` names them; empty where that is not known, so
            that all servers look
        """
        return set()

    def _check_may_command(self):
        """Raise ``AccessError`` unless the user may tell this what to do."""
        self.check_access("write")

    def _check_command(self, action, data):
        """Raise ``UserError``, with the reason, where a command can be known to lead to nothing."""
        if not self._transport():
            raise UserError(self.env._("There is no way to send a command to %s.", self.display_name))

    def _patience(self, seconds):
        """How long an answer is waited for that should come within ``seconds`` once the command is sent."""
        return float(seconds)

    def _command_threads(self):
        """The records in whose chatter it is noted what this was told."""
        return self

    def _command(self, action, data=None, seconds=15.0, key=None, **values):
        """Tell this to do something. Returns at once: the command says later what became of it.

        :param action: name of it, as the transport or the driver has it
        :param data: what is told besides; JSON can express it
        :param seconds: until it has expired
        :param key: idempotency key: where a command of this key exists, that is returned and nothing is sent
        :param values: further fields of the `iot.command`: ``summary`` in words, ``is_audited``
        :return: the `iot.command`
        """
        self.ensure_one()
        self._check_may_command()
        commands = self.env["iot.command"]
        command = commands._known(self, action, data, key)
        if not command:
            self._check_command(action, data or {})
            values.setdefault("summary", action)
            command = commands._queue(self, action, data, seconds, key, **values)
        return command.with_env(self.env)
