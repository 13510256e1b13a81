from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.addons.fusion_iot.alert.types import CLOCK_STEP, AlertType, Finding
from odoo.addons.fusion_iot.models.iot_device import SETTLE_S
from odoo.tools import format_date

from fusion_iot_core.alert import beyond

# A reading in its window from which the value has changed since.
_BEFORE = """
    SELECT sensor.id, before.value, before.read_at
      FROM unnest(%(ids)s::int[]) AS sensor(id)
     CROSS JOIN LATERAL (SELECT value, read_at FROM fp_tank_reading
                          WHERE sensor_id = sensor.id AND read_at >= %(since)s AND quality = 'good'
                          ORDER BY read_at LIMIT 1) AS before
"""


class IotAlertRule(models.Model):
    """What can be the matter with a tank sensor. Its status decides what is: the rules say the same as the screens."""

    _inherit = "iot.alert.rule"

    @api.model
    def _types(self):
        source = "fp.tank.sensor"
        return {
            **super()._types(),
            "sensor_silent": AlertType(
                self.env._("Sensor silent"),
                self.env._("A tank sensor has missed three of its readings."),
                source,
            ),
            "sensor_fault": AlertType(
                self.env._("Sensor fault"), self.env._("What a tank sensor says is no measurement."), source
            ),
            "out_of_action_limits": AlertType(
                self.env._("Out of action limits"),
                self.env._(
                    "A tank is beyond its action limits: adjust it before it is out of specification."
                ),
                source,
                frozenset({"deadband"}),
            ),
            "temperature_deviation": AlertType(
                self.env._("Temperature deviation"),
                self.env._("A temperature is further from its setpoint than the maximum."),
                source,
                frozenset({"limits", "deadband"}),
            ),
            "rate_of_change": AlertType(
                self.env._("Rate of change"),
                self.env._("A value changes faster than it may, looked at over the time under After."),
                source,
                frozenset({"after", "rate"}),
            ),
            "calibration_due": AlertType(
                self.env._("Calibration due"),
                self.env._("The calibration of a probe is overdue, or will be within two weeks."),
                source,
                is_dated=True,
            ),
        }

    # What is the matter

    def _sensors(self, statuses=None):
        sensors = self.env["fp.tank.sensor"].sudo().search([("active", "=", True)])
        return sensors.filtered(lambda sensor: sensor.status in statuses) if statuses else sensors

    def _sensors_in_use(self):
        """Those that measure a bath: a tank that is off may be as cold as it likes."""
        current = self._sensors({"ok", "action", "out_of_spec", "not_judged"})
        return current.filtered(lambda sensor: sensor.bath_id or not sensor.tank_id.bath_ids)

    def _find_sensor_silent(self, now, active):
        silent = self._sensors({"silent"})
        reporters = self._reporters(silent)
        devices = silent.iot_device_id.union(*reporters.values())
        parents, audible = devices._alert_parents(), devices._audible_since(now)
        watching = self.env["iot.alert.engine"]._watching_since(now)
        found = []
        for sensor in silent:
            patience = timedelta(seconds=sensor.silent_after)
            settle_s = max(SETTLE_S, sensor.silent_after)
            since, wait_s = self._unchanged_since(sensor, now) + patience, 0.0
            if since > now and (sensor._name, sensor.id) not in active:
                continue
            if timedelta() <= now - (sensor.last_received_at or sensor.state_at) <= patience:
                # It is not silent: it makes up for the past, or its clock is slow.
                since, wait_s = None, settle_s
            found.append(
                self._sensor_finding(
                    sensor,
                    since=since,
                    details={"last": fields.Datetime.to_string(sensor.state_at)},
                    parents=self._sensor_parents(reporters[sensor.id], parents),
                    settle_s=settle_s,
                    audible_since=audible.get(reporters[sensor.id].id, watching),
                    wait_s=wait_s,
                )
            )
        return found

    def _unchanged_since(self, sensor, now):
        """From when on its silence counts: a sensor that somebody has just set up, changed or brought back has to be
        heard first.
        """
        is_past = sensor.write_date - CLOCK_STEP <= now
        return max(sensor.state_at, sensor.write_date) if is_past else sensor.state_at

    def _reporters(self, sensors):
        """The devices that sensors report through, by id of the sensor: what had the probe of this serial last, or else
        what the sensor says.
        """
        serials = list(filter(None, sensors.mapped("device_serial")))
        domain = [("serial", "in", serials), ("device_id.active", "=", True)]
        channels = self.env["iot.device.channel"].sudo().search(domain, order="last_at, id")
        last = {(row.serial, row.device_id.company_id): row for row in channels}
        found = {}
        for sensor in sensors:
            found[sensor.id] = sensor.iot_device_id
            # Not each value is noted on its channel.
            at_least = sensor.state_at - timedelta(seconds=sensor.silent_after)
            for company in (self.env["res.company"], sensor.company_id):
                row = last.get((sensor.device_serial, company))
                if row and row.last_at >= at_least:
                    found[sensor.id] = row.device_id
        return found

    def _sensor_parents(self, device, of_devices):
        return ((device._name, device.id), *of_devices[device.id]) if device else ()

    def _find_sensor_fault(self, now, active):
        return [
            self._sensor_finding(sensor, since=sensor.state_at, details={"reason": sensor.last_reason or ""})
            for sensor in self._sensors({"fault"})
        ]

    def _find_out_of_action_limits(self, now, active):
        found = []
        for sensor in self._sensors_in_use():
            low, high = (limit if limit is not False else None for limit in self._action_limits(sensor))
            value, was = sensor.last_reading_value, (sensor._name, sensor.id) in active
            # The judgement of the screens begins it; the deadband keeps it until the value is well inside.
            if sensor.status in ("action", "out_of_spec") or (
                was and sensor.status == "ok" and beyond(value, low, high, self.deadband, True)
            ):
                found.append(self._value_finding(sensor, low, high))
        return found

    def _action_limits(self, sensor):
        low = sensor.action_min if sensor.action_min is not False else sensor.spec_min
        high = sensor.action_max if sensor.action_max is not False else sensor.spec_max
        return low, high

    def _find_temperature_deviation(self, now, active):
        found, exceptions = [], self._exceptions()
        for sensor in self._sensors_in_use():
            value, setpoint, key = sensor.last_reading_value, sensor.setpoint, (sensor._name, sensor.id)
            _low, most = self._limits_of(exceptions, key)
            is_judged = sensor.last_reading_at and value is not False and setpoint is not False
            if sensor.quantity != "temperature" or most is None or not is_judged:
                continue
            if sensor.judged_by_id == sensor.parameter_id and beyond(
                abs(value - setpoint), None, most, self.deadband, key in active
            ):
                details = {"setpoint": setpoint, "off": round(value - setpoint, 3)}
                found.append(self._value_finding(sensor, None, None, **details))
        return found

    def _find_rate_of_change(self, now, active):
        if not self.rate:
            return []
        sensors = self._sensors_in_use().filtered("last_reading_at")
        since = now - timedelta(seconds=self.after or 600)
        self.env.cr.execute(_BEFORE, {"ids": sensors.ids, "since": since})
        before = {sensor_id: (value, at) for sensor_id, value, at in self.env.cr.fetchall()}
        found = []
        for sensor in sensors.filtered(lambda sensor: sensor.id in before):
            value, at = before[sensor.id]
            minutes = (sensor.last_reading_at - at).total_seconds() / 60
            rate = (sensor.last_reading_value - value) / minutes if minutes >= 1 else 0.0
            if abs(rate) > self.rate:
                found.append(self._value_finding(sensor, None, None, rate=round(rate, 3)))
        return found

    def _find_calibration_due(self, now, active):
        return [
            self._sensor_finding(
                sensor,
                details={
                    "due": fields.Date.to_string(sensor.calibration_due),
                    "overdue": sensor.calibration_state == "overdue",
                },
                since=min(now, datetime.combine(sensor.calibration_due, time.min)),
            )
            for sensor in self._sensors()
            if sensor.calibration_state in ("soon", "overdue")
        ]

    def _sensor_finding(self, sensor, **more):
        return Finding(
            sensor._name,
            sensor.id,
            sensor.display_name,
            sensor.company_id.id or None,
            responsible_id=sensor.tank_id.responsible_id.id or None,
            **more,
        )

    def _value_finding(self, sensor, low, high, **details):
        value = sensor.last_reading_value
        return self._sensor_finding(
            sensor,
            value=value,
            details={
                "value": sensor._reading_number(value, sensor.quantity, (sensor.spec_min, sensor.spec_max)),
                "unit": sensor.unit or "",
                "low": low,
                "high": high,
                **details,
            },
        )

    # How it is said

    def _say_sensor_silent(self, details):
        return self.env._("Silent, last reading %s", self._say_time(details["last"]))

    def _say_sensor_fault(self, details):
        reasons = dict(self.env["fp.tank.sensor"]._fields["last_reason"]._description_selection(self.env))
        reason = reasons.get(details.get("reason"))
        return self.env._("Sensor fault: %s", reason) if reason else self.env._("Sensor fault")

    def _say_out_of_action_limits(self, details):
        limits = [each for each in (details.get("low"), details.get("high")) if each is not None]
        return self.env._(
            "%(value)s %(unit)s, action limits %(limits)s",
            value=details.get("value"),
            unit=details.get("unit", ""),
            limits=" – ".join(f"{limit:g}" for limit in limits),
        )

    def _say_temperature_deviation(self, details):
        return self.env._(
            "%(value)s %(unit)s, %(off)s from the setpoint of %(setpoint)s",
            value=details.get("value"),
            unit=details.get("unit", ""),
            off=f"{details.get('off', 0):+g}",
            setpoint=f"{details.get('setpoint', 0):g}",
        )

    def _say_rate_of_change(self, details):
        return self.env._(
            "%(value)s %(unit)s, changing by %(rate)s a minute",
            value=details.get("value"),
            unit=details.get("unit", ""),
            rate=f"{details.get('rate', 0):+g}",
        )

    def _say_calibration_due(self, details):
        due = format_date(self.env, details.get("due"))
        if details.get("overdue"):
            return self.env._("Calibration overdue since %s", due)
        return self.env._("Calibration due on %s", due)
