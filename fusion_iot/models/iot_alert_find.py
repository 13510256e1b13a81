import shutil
from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.fusion_iot_base.moment_text import short_moment_text
from odoo.tools import config

from ..alert.types import AlertType, Finding
from .iot_device import SETTLE_S
from .iot_runtime_worker import SILENT_AFTER

LEFT_OUT_SHOWN = timedelta(minutes=10)


class IotAlertRule(models.Model):
    """What can be the matter with devices, boxes, connections, and with the runtime that serves them."""

    _inherit = "iot.alert.rule"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _types(self):
        return {
            **super()._types(),
            "device_offline": AlertType(
                self.env._("Device offline"),
                self.env._("A device said goodbye, or has been quiet for longer than it may be."),
                "iot.device",
                suppresses=True,
            ),
            "box_offline": AlertType(
                self.env._("Box offline"),
                self.env._("A paired box is not connected."),
                "iot.box",
                suppresses=True,
            ),
            "connection_lost": AlertType(
                self.env._("Connection lost"),
                self.env._("A connection is started, and does not work."),
                "mqtt.connection",
                suppresses=True,
            ),
            "runtime_down": AlertType(
                self.env._("Runtime down"),
                self.env._("No server runs the runtime."),
                "iot.alert.engine",
                suppresses=True,
            ),
            "disk_or_queue": AlertType(
                self.env._("Disk or queue full"),
                self.env._(
                    "The disk of the server has less room left than the minimum (percent), or more comes through a "
                    "connection than can be taken."
                ),
                "mqtt.connection",
                frozenset({"limits"}),
                unit="%",
            ),
        }

    # The runtime

    def _find_runtime_down(self, now, active):
        silent = self.env["iot.runtime.worker"]._missed(now)
        engine = self.env["iot.alert.engine"]._only()
        if not silent or not engine:
            return []
        since = min(worker._silent_since(now) for worker in silent) + SILENT_AFTER
        details = {"workers": len(silent)}
        taken = self._just_started(now)
        return [Finding(engine._name, engine.id, self._runtime_name(), since=since, details=details, **taken)]

    def _just_started(self, now):
        """For findings of what a server that has just started will have in a moment."""
        watching = self.env["iot.alert.engine"]._watching_since(now)
        return {"audible_since": watching, "settle_s": SILENT_AFTER.total_seconds()}

    def _runtime_name(self):
        return self.env._("IoT runtime")

    def _say_runtime_down(self, details):
        return self.env._(
            "No server runs it (workers waiting: %s): connections such as MQTT take no readings",
            details.get("workers", "?"),
        )

    # Connections

    def _find_connection_lost(self, now, active):
        parents = tuple((engine._name, engine.id) for engine in self.env["iot.alert.engine"]._only())
        waiting = {**self._just_started(now), "parents": parents}
        found = []
        for model in self.env["iot.runtime.mixin"]._served():
            for record in model.search([("enabled", "=", True)]):
                state, worker = record.state, record.worker_id.sudo()
                if state in ("connected", "stopped"):
                    continue
                silent = worker._silent_since(now)
                found.append(
                    Finding(
                        record._name,
                        record.id,
                        record.name,
                        record.company_id.id or None,
                        silent + SILENT_AFTER if silent else worker.state_since or None,
                        details={
                            "state": state,
                            "error": (worker.last_error or "") if state != "waiting" else "",
                        },
                        **(waiting if state == "waiting" else {}),
                    )
                )
        return found

    def _say_connection_lost(self, details):
        if details.get("state") == "waiting":
            return self.env._("Not connected: no server has it")
        if details.get("error"):
            return self.env._("Not connected: %s", details["error"])
        return self.env._("Not connected")

    def _find_disk_or_queue(self, now, active):
        return [*self._find_full_disk(), *self._find_full_queues(now)]

    def _find_full_disk(self):
        low, _high = self._limits_of({}, None)
        engine = self.env["iot.alert.engine"]._only()
        try:
            usage = shutil.disk_usage(config["data_dir"])
        except OSError:
            return []
        free = 100.0 * usage.free / usage.total
        if low is None or not engine or free >= low:
            return []
        return [
            Finding(
                engine._name,
                engine.id,
                self._runtime_name(),
                value=round(free, 1),
                details={"free": round(free, 1)},
            )
        ]

    def _find_full_queues(self, now):
        workers = self.env["iot.runtime.worker"].sudo().search([("state", "!=", "stopped")])
        found = []
        for worker in workers:
            is_full = bool(worker.full_since)
            is_left_out = bool(worker.over_last and now - worker.over_last < LEFT_OUT_SHOWN)
            if (is_full or is_left_out) and worker.res_model in self.env:
                details = {"full": is_full, "left_out": worker.over_count if is_left_out else 0}
                since = worker.full_since or worker.over_since or None
                company = worker.company_id.id or None
                found.append(
                    Finding(worker.res_model, worker.res_id, worker.name, company, since, details=details)
                )
        return found

    def _say_disk_or_queue(self, details):
        if "free" in details:
            return self.env._("The disk of the server has %s %% left", details["free"])
        if details.get("full"):
            return self.env._("More comes than can be stored")
        return self.env._("%s messages came too fast and were left out", details.get("left_out", "?"))

    # Devices and boxes

    def _find_device_offline(self, now, active):
        devices = self.env["iot.device"]
        devices._mark_silent_offline()
        gone = devices.search([("presence", "=", "offline")])
        parents, audible = gone._alert_parents(), gone._audible_since(now)
        quiet = {device.id: device._quiet_since(now) for device in gone}
        responsibles = gone._alert_responsibles()
        return [
            Finding(
                device._name,
                device.id,
                device.name,
                device.company_id.id or None,
                quiet[device.id],
                details={"last_seen": fields.Datetime.to_string(device.last_seen) or ""},
                parents=tuple(parents[device.id]),
                # One that said goodbye says hello when it is back, however seldom it measures.
                settle_s=device._settle_s() if quiet[device.id] else SETTLE_S,
                audible_since=audible[device.id],
                responsible_id=responsibles.get(device.id),
            )
            for device in gone
        ]

    def _say_device_offline(self, details):
        if details.get("last_seen"):
            return self.env._("Offline, last heard %s", self._say_time(details["last_seen"]))
        return self.env._("Offline")

    def _find_box_offline(self, now, active):
        boxes = self.env["iot.box"].search([("state", "=", "paired"), ("online", "=", False)])
        watching = self.env["iot.alert.engine"]._watching_since(now)
        return [
            Finding(
                box._name,
                box.id,
                box.name,
                box.company_id.id or None,
                box.gone_at or box.paired_at or None,
                details={"last_seen": fields.Datetime.to_string(box.last_seen) or ""},
                audible_since=watching,
                settle_s=SETTLE_S,
            )
            for box in boxes
        ]

    def _say_box_offline(self, details):
        return self._say_device_offline(details)

    @api.model
    def _say_time(self, text):
        """A stored UTC time as its reader has it: with the day, where that is not today."""
        return short_moment_text(self.env, fields.Datetime.to_datetime(text))


class IotDevice(models.Model):
    _inherit = "iot.device"  # pylint: disable=consider-merging-classes-inherited

    def _alert_parents(self):
        """What these devices report through: while there is an alert of that, theirs follows from it.

        :return: lists of ``(model, id)`` by id of the device
        """
        served = {model._runtime_kind: model._name for model in self.env["iot.runtime.mixin"]._served()}
        runtime = [(engine._name, engine.id) for engine in self.env["iot.alert.engine"]._only()]
        workers, parents = self.sudo()._runtime_workers(), {}
        for device in self.sudo():
            through = [
                (served[kind], res_id) for kind, res_id in workers.get(device.id, ()) if kind in served
            ]
            boxes = [(device.box_id._name, device.box_id.id)] if device.box_id else []
            parents[device.id] = [*through, *boxes, *(runtime if through else [])]
        return parents

    def _alert_responsibles(self):
        """Who is responsible for these devices: ids of users by id of the device. Nobody, as far as the register knows.

        Extend where devices belong to something that somebody looks after.
        """
        return {}

    def _quiet_since(self, now):
        """Since when a device that is offline counts as that by silence; ``None`` where it said so itself."""
        if not self.last_seen or not self.offline_after:
            return None
        due = self.last_seen + timedelta(minutes=self.offline_after)
        return due if due <= now else None
