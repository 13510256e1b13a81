from odoo import api, fields, models

from ..runtime.mqtt.kind import MqttKind

_FIGURES = ("too_fast_count", "unlogged_count", "retained_count")


class IotRuntimeWorker(models.Model):
    """What only workers of MQTT connections have to say.

    Their figures are `details` by the names of these fields. In `memo` they have the topic filters (`subscriptions`)
    that the broker has for their session.
    """

    _inherit = "iot.runtime.worker"  # pylint: disable=consider-merging-classes-inherited

    too_fast_count = fields.Integer(
        string="Readings left out",
        compute="_compute_mqtt_figures",
        help="Readings of one probe that came faster than they may.",
    )
    unlogged_count = fields.Integer(string="Not logged", compute="_compute_mqtt_figures")
    retained_count = fields.Integer(
        string="Wrongly retained",
        compute="_compute_mqtt_figures",
        help="Messages that the broker had kept for us and sent as retained: of unknown age, they are no readings.",
    )

    @api.depends("kind", "details")
    def _compute_mqtt_figures(self):
        for worker in self:
            details = (worker.details or {}) if worker._is_mqtt() else {}
            for name in _FIGURES:
                worker[name] = details.get(name, 0)

    def _is_mqtt(self):
        return self.kind == MqttKind.name

    def _details_shown(self):
        shown = super()._details_shown()
        if not self._is_mqtt():
            return shown
        return {name: value for name, value in shown.items() if name not in _FIGURES}

    def _overload_lines(self, now):
        lines = super()._overload_lines(now)
        if self.retained_count:
            lines.append(
                self.env._(
                    "%s messages that the broker had kept came marked as retained. Of unknown age, they are no "
                    "readings: this broker cannot keep messages for an absent server.",
                    self.retained_count,
                )
            )
        return lines

    def _full_text(self, minutes):
        if not self._is_mqtt():
            return super()._full_text(minutes)
        return self.env._(
            "More messages come than can be stored, for %s minutes now: what the broker keeps until then comes late.",
            minutes,
        )
