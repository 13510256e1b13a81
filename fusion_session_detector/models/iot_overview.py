from odoo import api, fields, models

MACHINES = "fusion_session_detector.session_machine_action"
SESSIONS = "fusion_session_detector.mqtt_session_action"

WATCHED = ("session_strategy", "!=", "none")
ASIDE = ("session_fault", "!=", False)


class IotOverview(models.AbstractModel):
    _inherit = "iot.overview"

    @api.model
    def _sections(self):
        sections = super()._sections()
        if self._may_read("iot.device", "mqtt.session"):
            sections += self._machine_section()
        return sections

    def _machine_section(self):
        machines = self.env["iot.device"].search([WATCHED])
        if not machines:
            return []
        aside = machines.filtered("session_fault")
        states = (machines - aside).mapped("session_state")

        def tile(name, label, *phases):
            domain = [WATCHED, ("session_fault", "=", False), ("session_state", "in", list(phases))]
            count = sum(state in phases for state in states)
            return self._tile(name, label, count, action=MACHINES, domain=domain)

        tiles = [
            self._tile("machines", self.env._("All"), len(machines), action=MACHINES, domain=[WATCHED]),
            tile("machines_working", self.env._("Working"), "working"),
            tile("machines_standby", self.env._("Standby"), "standby", "stopping"),
            tile("machines_off", self.env._("Off"), "idle", "starting"),
            self._tile(
                "machines_aside",
                self.env._("Set aside"),
                len(aside),
                action=MACHINES,
                domain=[WATCHED, ASIDE],
                level="danger",
            ),
        ]
        return [self._section("machines", self.env._("Machines"), tiles, sequence=30)]

    @api.model
    def _changes(self, since):
        tiles = super()._changes(since)
        if not self._may_read("mqtt.session"):
            return tiles
        at = fields.Datetime.to_string(since)
        shown = [
            ("sessions_begun", self.env._("Sessions begun"), [("start_time", ">=", at)]),
            ("sessions_ended", self.env._("Sessions ended"), [("end_time", ">=", at)]),
        ]
        sessions = self.env["mqtt.session"]
        return tiles + [
            self._tile(name, label, sessions.search_count(domain), action=SESSIONS, domain=domain)
            for name, label, domain in shown
        ]

    def _device_steps(self):
        return [
            *super()._device_steps(),
            self._step(
                "machine",
                self.env._("Watch a machine"),
                self.env._("On a device that measures power, choose how its sessions are found."),
                done=self._exists("iot.device", [WATCHED]),
                button=self.env._("Choose a device"),
                action="fusion_iot.iot_device_action",
                model="iot.device",
            ),
        ]
