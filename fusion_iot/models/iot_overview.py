from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.fusion_iot_base.models.iot_overview import plain
from odoo.fields import Domain

from .iot_alert import OPEN

ALERTS = "fusion_iot.iot_alert_action"
DEVICES = "fusion_iot.iot_device_action"
CONNECTIONS = "fusion_iot.mqtt_connection_action"
BOXES = "fusion_iot.iot_box_action"
RUNTIME = "fusion_iot.iot_runtime_worker_action"

# How urgent an alert is, by its severity.
LEVELS = {"critical": "danger", "warning": "warning", "info": ""}
DOWN = ["retrying", "failed", "waiting"]


class IotOverview(models.AbstractModel):
    _inherit = "iot.overview"

    @api.model
    def _attention(self):
        groups = super()._attention()
        if self._may_read("iot.alert"):
            groups.append(self._alert_group())
        return groups

    def _alert_group(self):
        """Open alerts that are not held back, the most urgent first."""
        alerts = self.env["iot.alert"]
        waiting = Domain("status", "in", OPEN) & Domain("is_quiet", "=", False)
        counts = dict(alerts._read_group(waiting, ["severity"], ["__count"]))
        severities = dict(alerts._fields["severity"]._description_selection(self.env))
        tiles = [
            self._tile(
                f"alerts_{severity}",
                self.env._("Alerts: %s", severities[severity]),
                counts.get(severity, 0),
                action=ALERTS,
                domain=waiting & Domain("severity", "=", severity),
                level=level,
            )
            for severity, level in LEVELS.items()
        ]
        urgent = alerts.search(waiting, limit=self._items_shown()) if counts else alerts
        items = [self._alert_item(alert, severities) for alert in urgent]
        return self._group("alerts", self.env._("Alerts"), tiles, items)

    def _alert_item(self, alert, severities):
        statuses = dict(alert._fields["status"]._description_selection(self.env))
        acknowledge = [] if alert.is_acked else [("action_acknowledge", self.env._("Acknowledge"))]
        return self._item(
            alert,
            level=LEVELS[alert.severity],
            kind=self.env._("Alert, %s", severities[alert.severity].lower()),
            title=alert.source_name,
            text=alert.text,
            status=statuses[alert.status],
            since=alert.last_triggered_at or alert.raised_at,
            buttons=[*acknowledge, ("action_shelve", self.env._("Shelve"))],
        )

    @api.model
    def _sections(self):
        sections = super()._sections()
        if self._may_read("iot.device", "iot.box", "mqtt.connection", "iot.runtime.worker"):
            sections += [*self._device_section(), *self._transport_section()]
        return sections

    def _device_section(self):
        devices = self.env["iot.device"]
        presences = dict(devices._read_group([], ["presence"], ["__count"]))
        if not presences:
            return []
        names = dict(devices._fields["presence"]._description_selection(self.env))

        def tile(presence, level=""):
            domain = [("presence", "=", presence)]
            count = presences.get(presence, 0)
            return self._tile(
                f"devices_{presence}", names[presence], count, action=DEVICES, domain=domain, level=level
            )

        tiles = [
            self._tile("devices", self.env._("All"), sum(presences.values()), action=DEVICES),
            tile("online"),
            tile("offline", "danger"),
            tile("unknown"),
        ]
        return [self._section("devices", self.env._("Devices"), tiles, sequence=40)]

    def _transport_section(self):
        tiles = [*self._connection_tiles(), *self._box_tiles(), *self._runtime_tiles()]
        return [self._section("transports", self.env._("Connections"), tiles, sequence=50)] if tiles else []

    def _connection_tiles(self):
        connections = self.env["mqtt.connection"].search_fetch([], ["enabled", "active"])
        if not connections:
            return []
        states = connections.mapped("state")
        down = sum(state in DOWN for state in states)
        return [
            self._tile("connections", self.env._("MQTT connections"), len(states), action=CONNECTIONS),
            self._tile(
                "connections_down",
                self.env._("Not connected"),
                down,
                action=CONNECTIONS,
                domain=[("state", "in", DOWN)],
                level="danger",
            ),
            self._tile(
                "connections_stopped",
                self.env._("Stopped"),
                states.count("stopped"),
                action=CONNECTIONS,
                domain=[("state", "=", "stopped")],
            ),
        ]

    def _box_tiles(self):
        boxes = self.env["iot.box"]._read_group([], ["state", "online"], ["__count"])
        if not boxes:
            return []
        offline = sum(count for state, online, count in boxes if state == "paired" and not online)
        return [
            self._tile("boxes", self.env._("IoT Boxes"), sum(count for *_, count in boxes), action=BOXES),
            self._tile(
                "boxes_offline",
                self.env._("Boxes offline"),
                offline,
                action=BOXES,
                domain=[("state", "=", "paired"), ("online", "=", False)],
                level="danger",
            ),
        ]

    def _runtime_tiles(self):
        workers = self.env["iot.runtime.worker"]
        wanted = [("state", "!=", "stopped")]
        total = workers.search_count(wanted)
        if not total:
            return []
        silent = plain(workers._silent_domain(fields.Datetime.now()))
        return [
            self._tile("runtime", self.env._("Runtime workers"), total, action=RUNTIME, domain=wanted),
            self._tile(
                "runtime_silent",
                self.env._("Not running"),
                workers.search_count(silent),
                action=RUNTIME,
                domain=silent,
                level="danger",
            ),
        ]

    @api.model
    def _shift_length(self, now):
        """As long as the shift that works now; where none does, as the longest that there is."""
        shifts = self.env["iot.alert.shift"].sudo()
        shifts = shifts.search([("company_id", "in", [*self.env.companies.ids, False])])
        if not shifts:
            return super()._shift_length(now)
        working = shifts.filtered(lambda shift: shift._works(now)) or shifts
        return max(timedelta(hours=(shift.end - shift.start) % 24 or 24) for shift in working)

    @api.model
    def _changes(self, since):
        tiles = super()._changes(since)
        if self._may_read("iot.alert"):
            tiles += self._alert_changes(fields.Datetime.to_string(since))
        if self._may_read("iot.device"):
            domain = [("create_date", ">=", fields.Datetime.to_string(since))]
            count = self.env["iot.device"].search_count(domain)
            tiles.append(
                self._tile("devices_new", self.env._("Devices set up"), count, action=DEVICES, domain=domain)
            )
        return tiles

    def _alert_changes(self, at):
        shown = [
            ("alerts_raised", self.env._("Alerts raised"), [("raised_at", ">=", at)]),
            ("alerts_resolved", self.env._("Alerts resolved"), [("resolved_at", ">=", at)]),
        ]
        alerts = self.env["iot.alert"]
        return [
            self._tile(name, label, alerts.search_count(domain), action=ALERTS, domain=domain)
            for name, label, domain in shown
        ]

    @api.model
    def _guide(self):
        tracks = super()._guide()
        if self._may_read("iot.device", "mqtt.connection"):
            steps = self._device_steps()
            tracks.append(self._track("devices", self.env._("Devices over MQTT"), steps))
        return tracks

    def _device_steps(self):
        return [
            self._step(
                "connection",
                self.env._("Connect a broker"),
                self.env._("Enter its address, test the connection, and start it."),
                done=self._exists("mqtt.connection", [("enabled", "=", True)]),
                button=self.env._("Add a connection"),
                action=CONNECTIONS,
                model="mqtt.connection",
            ),
            self._step(
                "device",
                self.env._("Set up a device"),
                self.env._("What publishes at the broker is listed under Discovered; one click sets it up."),
                done=self._exists("iot.device"),
                button=self.env._("Add a device"),
                action="fusion_iot.mqtt_device_action",
                model="mqtt.device",
            ),
        ]
