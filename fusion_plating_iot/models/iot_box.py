import math
import time
from dataclasses import replace

from odoo import api, models
from odoo.addons.fusion_iot_base.protocol import Rejection, grade, signature_valid


class IotBox(models.Model):
    """What a box measures itself: the temperatures of the probes on its 1-Wire bus."""

    _inherit = "iot.box"

    @api.model
    def _of_signature(self, identifier, timestamp, signature, body):
        """The paired box that signed a body, or an empty recordset.

        It signs like any gateway (`signature_valid`), with what both sides know of its token: the hash.
        """
        if not identifier or not identifier.isprintable():
            return self.browse()
        box = self.search([("identifier", "=", identifier), ("state", "=", "paired")])
        if box and signature_valid(box.token_hash, timestamp, signature, body, time.time()):
            return box
        return self.browse()

    def _ingest_probes(self, measurements):
        """Take temperatures that the box measured.

        :param measurements: as a reading over HTTP gives them: serial, value, time
        :return: `IngestReport`; a probe of another company is as unknown as one that nobody has set up
        """
        self.ensure_one()
        foreign = self._foreign_serials({item.serial for item in measurements})
        indexes = [index for index, item in enumerate(measurements) if item.serial not in foreign]
        report = self.env["iot.ingest"].ingest(
            [_temperature(measurements[index]) for index in indexes], source="box"
        )
        rejected = [replace(item, index=indexes[item.index]) for item in report.rejected]
        rejected += [
            Rejection(
                index, item.serial, "unknown_device", "No sensor of the company of this box has this serial."
            )
            for index, item in enumerate(measurements)
            if item.serial in foreign
        ]
        return replace(report, rejected=tuple(rejected))

    def _foreign_serials(self, serials):
        """Those of ``serials`` whose sensor or device belongs to another company than the box."""
        if not self.company_id:
            return set()
        others = [("company_id", "not in", (False, self.company_id.id))]
        sensors = self.env["fp.tank.sensor"].search([("device_serial", "in", list(serials)), *others])
        devices = self.env["iot.device"].search([("identifier", "in", list(serials)), *others])
        return {*sensors.mapped("device_serial"), *devices.mapped("identifier")}


def _temperature(item):
    # What was before is known to the sensor, which doubts 85 °C itself.
    quality = grade(
        item.value,
        kind="ds18b20",
        quantity="temperature",
        previous=None,
        previous_age=None,
        silence=0.0,
        gap=math.inf,
    )
    return item._replace(quantity="temperature", unit="°C", quality=quality)
