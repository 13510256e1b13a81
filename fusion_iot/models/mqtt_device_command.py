import logging

import psycopg2
from odoo import api, models
from odoo.exceptions import UserError

from fusion_iot_core.commands import FAMILIES, CannotSwitch, Target, order
from fusion_iot_core.protocol import topics

from ..runtime.transient import in_words
from .iot_device_switch import SWITCH

_logger = logging.getLogger(__name__)

TRANSPORT = "mqtt"


class IotDevice(models.Model):
    """Devices are told over MQTT what to do, where they speak it."""

    _inherit = "iot.device"  # pylint: disable=consider-merging-classes-inherited

    def _transport(self):
        return super()._transport() or (TRANSPORT if self.sudo().mqtt_device_ids else "")

    def _command_workers(self):
        if self._transport() != TRANSPORT:
            return super()._command_workers()
        return {("mqtt", connection_id) for connection_id in self.sudo().mqtt_device_ids.connection_id.ids}

    def _command_threads(self):
        """People see the device on either form."""
        return [*super()._command_threads(), *self.mqtt_device_ids]

    def _check_command(self, action, data):
        super()._check_command(action, data)
        if self._transport() == TRANSPORT:
            self.sudo().mqtt_device_ids._check_order(action, data)


class MqttDevice(models.Model):
    _inherit = "mqtt.device"  # pylint: disable=consider-merging-classes-inherited

    def _command_order(self, action, data, number):
        """What is published to have a command carried out; raises `CannotSwitch`. Addons know further commands.

        :param number: id of the command
        :return: a :class:`fusion_iot_core.commands.Order`
        """
        self.ensure_one()
        if action != SWITCH:
            raise CannotSwitch(self.env._("Over MQTT it can be switched, and nothing else."))
        family = self._switched_as()
        if not family:
            raise CannotSwitch(
                self.env._(
                    "Nobody knows how it is switched. Choose its parser: that can be done with %s.",
                    ", ".join(label for name, label in self._select_parser_type() if name in FAMILIES),
                )
            )
        target = Target(self.device_id, self.topic_pattern, data.get("relay") or "")
        return order(family, target, data.get("on") is True, number)

    def _switched_as(self):
        """The family by which the relays of this device are switched; empty where nobody knows."""
        families = (self.parser_type, self.template_id.parser_type)
        return next((family for family in families if family in FAMILIES), "")

    def action_open_commands(self):
        """Open what the device was told."""
        return self.iot_device_id.action_open_commands()

    def _check_order(self, action, data):
        self.ensure_one()
        try:
            answers = self._command_order(action, data, 0).answers
        except CannotSwitch as exc:
            raise UserError(self.env._("%(device)s: %(reason)s", device=self.name, reason=exc)) from exc
        if not any(topics.matches(self.topic_pattern, topic) for topic in answers):
            raise UserError(
                self.env._(
                    "%(device)s: its answer comes under %(topic)s, which the topic pattern %(pattern)s does not cover.",
                    device=self.name,
                    topic=next(iter(answers)),
                    pattern=self.topic_pattern,
                )
            )
        connection = self.connection_id
        if not self.active or connection.state in ("stopped", "failed"):
            state = dict(connection._fields["state"]._description_selection(self.env))[connection.state]
            raise UserError(
                self.env._(
                    "%(device)s cannot be reached: its connection %(connection)s is not connected (%(state)s).",
                    device=self.name,
                    connection=connection.name,
                    state=state,
                )
            )

    @api.model
    def _take_orders(self, connection_id, most, only=None):
        """Mark commands as sent that wait for the devices of a connection; they are published after the commit.

        One that cannot be published, as somebody has changed the device meanwhile, fails, and the next is taken.

        :param only: ids of the commands that come into question; ``None``: all
        :return: list of ids, orders and seconds until their deadlines, in order; fewer than ``most``: all there are
        """
        devices, orders = self._served(connection_id), []
        while room := most - len(orders):
            commands = self.env["iot.command"]._take(TRANSPORT, devices.iot_device_id.ids, room, only)
            made, impossible = self._orders(devices, commands)
            commands._conclude(
                {command_id: (False, reason, None) for command_id, reason in impossible.items()}
            )
            orders += made
            if len(commands) < room:
                break
        return orders

    @api.model
    def _waiting(self, connection_id, most):
        """Ids of commands that :meth:`_take_orders` would take, in order."""
        commands = self.env["iot.command"]
        of_devices = [
            ("transport", "=", TRANSPORT),
            ("state", "=", "queued"),
            ("device_id", "in", self._served(connection_id).iot_device_id.ids),
            ("deadline", ">", commands._clock()),
        ]
        return commands.search(of_devices, order="id", limit=most).ids

    @api.model
    def _sent_orders(self, connection_id):
        """The same of what was sent before and may still be answered; nothing of it is published again.

        Where nobody knows any more what an answer looks like, it may have been done all the same, and expires.
        """
        devices = self._served(connection_id)
        commands = self.env["iot.command"].search(
            [
                ("transport", "=", TRANSPORT),
                ("state", "=", "sent"),
                ("device_id", "in", devices.iot_device_id.ids),
            ]
        )
        return self._orders(devices, commands)[0]

    @api.model
    def _served(self, connection_id):
        return self.sudo().search([("connection_id", "=", connection_id)])

    @api.model
    def _orders(self, devices, commands):
        """Ids, orders and seconds until the deadlines, and by id why there is no order for a command."""
        by_device = {device.iot_device_id: device for device in devices}
        now, found, impossible = commands._clock(), [], {}
        for command in commands:
            try:
                with self.env.cr.savepoint():
                    made = by_device[command.device_id]._command_order(
                        command.action, command.data or {}, command.id
                    )
            except CannotSwitch as exc:
                impossible[command.id] = str(exc)
            except psycopg2.OperationalError:
                raise
            except Exception as exc:  # of whatever addon: one command holds up no others
                _logger.exception("Nothing can be published for the command %s", command.id)
                impossible[command.id] = in_words(exc)
            else:
                found.append((command.id, made, (command.deadline - now).total_seconds()))
        return found, impossible
