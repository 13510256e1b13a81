from collections import Counter

from odoo import api, fields, models
from odoo.fields import Domain

from .fp_tank_sensor_status import CALIBRATION_NOTICE

HOLDS = "fusion_plating_quality.action_plating_quality_hold"
TANKS = "fusion_plating.action_plating_tank"
SENSORS = "fusion_plating_iot.fp_tank_sensor_action"

# How urgent a hold is, by its severity.
LEVELS = {"critical": "danger", "major": "warning", "minor": ""}


class IotOverview(models.AbstractModel):
    _inherit = "iot.overview"

    # What waits for somebody

    @api.model
    def _attention(self):
        groups = super()._attention()
        if self._may_read("fusion.plating.quality.hold"):
            groups.append(self._hold_group())
        return groups

    def _hold_group(self):
        """Open holds, the worst first; of those alike the ones that nobody has taken yet, and those waiting longest."""
        holds = self.env["fusion.plating.quality.hold"]
        is_open = Domain("state", "in", holds._open_states())
        counts = dict(holds._read_group(is_open, ["severity"], ["__count"]))
        severities = dict(holds._fields["severity"]._description_selection(self.env))
        tiles = [
            self._tile(
                f"holds_{severity}",
                self.env._("Holds: %s", severities[severity]),
                counts.get(severity, 0),
                action=HOLDS,
                domain=is_open & Domain("severity", "=", severity),
                level=level,
            )
            for severity, level in LEVELS.items()
        ]
        urgent = self._most_urgent(holds, counts)
        return self._group("holds", self.env._("Quality holds"), tiles, urgent)

    def _most_urgent(self, holds, counts):
        """The first holds to decide, as items; a query for each severity at most."""
        found = holds.browse()
        for severity in LEVELS:
            # "open" comes before "under_review", as it should.
            missing = self._items_shown() - len(found)
            if missing > 0 and counts.get(severity):
                domain = [("state", "in", holds._open_states()), ("severity", "=", severity)]
                found += holds.search(domain, order="state, date_start, id", limit=missing)
        return [self._hold_item(hold) for hold in found]

    def _hold_item(self, hold):
        names = {
            name: dict(hold._fields[name]._description_selection(self.env)) for name in ("state", "severity")
        }
        may_decide = hold.state == "open" and hold.has_access("write")
        return self._item(
            hold,
            level=LEVELS[hold.severity],
            kind=self.env._("Hold, %s", names["severity"][hold.severity].lower()),
            title=f"{hold.name} · {hold.tank_id.display_name}",
            text=hold.breach_text or "",
            status=names["state"][hold.state],
            since=hold.date_start,
            buttons=[("action_start_review", self.env._("Take into review"))] if may_decide else [],
        )

    # How everything is

    @api.model
    def _sections(self):
        sections = super()._sections()
        if not self._may_read("fusion.plating.tank", "fp.tank.sensor", "fusion.plating.quality.hold"):
            return sections
        sensors = self.env["fp.tank.sensor"].search([("tank_id.active", "=", True)])
        return [*sections, *self._tank_section(sensors), *self._sensor_section(sensors)]

    def _tank_section(self, sensors):
        tanks = self.env["fusion.plating.tank"]
        total = tanks.search_count([])
        if not total:
            return []

        def tile(name, label, status, level):
            count = len(sensors.filtered(lambda sensor: sensor.status == status).tank_id)
            domain = [("x_fc_sensor_ids", "any", [("status", "=", status)])]
            return self._tile(name, label, count, action=TANKS, domain=domain, level=level)

        held = [("has_open_hold", "=", True)]
        tiles = [
            self._tile("tanks", self.env._("All"), total, action=TANKS),
            tile("tanks_out_of_spec", self.env._("Out of spec"), "out_of_spec", "danger"),
            tile("tanks_action", self.env._("Adjust"), "action", "warning"),
            self._tile(
                "tanks_held",
                self.env._("On hold"),
                tanks.search_count(held),
                action=TANKS,
                domain=held,
                level="warning",
            ),
        ]
        return [self._section("tanks", self.env._("Tanks"), tiles, sequence=10)]

    def _sensor_section(self, sensors):
        if not sensors:
            return []
        statuses = Counter(sensors.mapped("status"))
        active = [("tank_id.active", "=", True)]
        shown = [
            ("silent", self.env._("Silent"), "warning"),
            ("fault", self.env._("Sensor fault"), "warning"),
            ("suspect", self.env._("Suspect"), "warning"),
        ]
        tiles = [self._tile("sensors", self.env._("All"), len(sensors), action=SENSORS, domain=active)]
        tiles += [
            self._tile(
                f"sensors_{status}",
                label,
                statuses[status],
                action=SENSORS,
                domain=[*active, ("status", "=", status)],
                level=level,
            )
            for status, label, level in shown
        ]
        tiles += self._calibration_tiles(sensors, active)
        return [self._section("sensors", self.env._("Sensors"), tiles, sequence=20)]

    def _calibration_tiles(self, sensors, active):
        today = fields.Date.context_today(self)
        overdue = sensors.filtered(lambda each: each.calibration_due and each.calibration_due < today)
        soon = sensors.filtered(
            lambda each: each.calibration_due and today <= each.calibration_due <= today + CALIBRATION_NOTICE
        )
        shown = [
            ("calibration_overdue", self.env._("Calibration overdue"), overdue, "overdue", "warning"),
            ("calibration_soon", self.env._("Calibration due soon"), soon, "soon", ""),
        ]
        return [
            self._tile(
                name,
                label,
                len(found),
                action=SENSORS,
                domain=[*active, ("calibration_state", "=", state)],
                level=level,
            )
            for name, label, found, state, level in shown
        ]

    # What has changed

    @api.model
    def _changes(self, since):
        tiles = super()._changes(since)
        at = fields.Datetime.to_string(since)
        shown = [
            ("holds_raised", self.env._("Holds raised"), HOLDS, "fusion.plating.quality.hold", "create_date"),
            (
                "holds_decided",
                self.env._("Holds decided"),
                HOLDS,
                "fusion.plating.quality.hold",
                "decided_at",
            ),
            (
                "limits_changed",
                self.env._("Limits changed"),
                "fusion_plating.action_plating_limit_change",
                "fusion.plating.limit.change",
                "changed_at",
            ),
            ("sensors_new", self.env._("Sensors set up"), SENSORS, "fp.tank.sensor", "create_date"),
        ]
        changed = [
            self._tile(
                name,
                label,
                self.env[model].search_count([(field, ">=", at)]),
                action=action,
                domain=[(field, ">=", at)],
            )
            for name, label, action, model, field in shown
            if self._may_read(model)
        ]
        return [*changed, *tiles]

    # How to begin

    @api.model
    def _guide(self):
        tracks = super()._guide()
        if self._may_read("fusion.plating.line", "fusion.plating.bath.parameter", "fp.tank.sensor"):
            tracks.insert(0, self._track("plating", self.env._("A plating line"), self._plating_steps()))
        return tracks

    def _plating_steps(self):
        limits = Domain.OR(
            Domain(name, "!=", False) for name in ("target_min", "target_max", "action_min", "action_max")
        )
        return [
            self._step(
                "line",
                self.env._("Add a line"),
                self.env._("A row of tanks that work passes through."),
                button=self.env._("Add a line"),
                action="fusion_plating.action_plating_line",
                model="fusion.plating.line",
            ),
            self._step(
                "tank",
                self.env._("Add a tank"),
                self.env._("A vessel at its place in the line."),
                button=self.env._("Add a tank"),
                action=TANKS,
                model="fusion.plating.tank",
            ),
            self._step(
                "bath",
                self.env._("Make up a bath with limits"),
                self.env._("Its limits say which readings are right. Put it in use when it is in the tank."),
                done=self._exists(
                    "fusion.plating.bath.parameter", limits & Domain("bath_id.state", "=", "in_use")
                ),
                button=self.env._("Make up a bath"),
                action="fusion_plating.action_plating_bath",
                model="fusion.plating.bath",
            ),
            self._step(
                "sensor",
                self.env._("Set up a sensor"),
                self.env._("It ties a probe to the tank and to the limit that judges what it reports."),
                button=self.env._("Set up a sensor"),
                action=SENSORS,
                model="fp.tank.sensor",
            ),
            self._step(
                "reading",
                self.env._("Take the first reading"),
                self.env._(
                    "Enter one by hand, or let the probe report: through a broker or a box, or over HTTP with a "
                    "credential (IoT → Configuration → Credentials)."
                ),
                button=self.env._("Enter a reading"),
                action="fusion_plating_iot.fp_tank_reading_action",
                model="fp.tank.reading",
            ),
        ]
