import time
from dataclasses import replace

from odoo import api, models

from fusion_iot_core.protocol import Rejection, grade, signature_valid


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
        token_hash = box and box._open_secrets("token_hash")[box.id]["token_hash"]
        if token_hash and signature_valid(token_hash, timestamp, signature, body, time.time()):
            return box
        return self.browse()

    def _ingest_probes(self, measurements):
        """Take temperatures that the box measured.

        :param measurements: as a reading over HTTP gives them: serial, value, time
        :return: `IngestReport`. A probe that is neither a sensor's nor reported as a device yet is rejected, and not
            noted as unknown, since the box reports it itself; so is one of another company.
        """
        self.ensure_one()
        known = self._known_serials({item.serial for item in measurements})
        indexes = [index for index, item in enumerate(measurements) if item.serial in known]
        company = self.company_id.id or None
        report = self.env["iot.ingest"].ingest(
            [_temperature(measurements[index])._replace(company=company) for index in indexes], source="box"
        )
        rejected = [replace(item, index=indexes[item.index]) for item in report.rejected]
        rejected += [
            Rejection(index, item.serial, "unknown_device", "No sensor or device with this serial is set up.")
            for index, item in enumerate(measurements)
            if item.serial not in known
        ]
        return replace(report, rejected=tuple(rejected))

    def _known_serials(self, serials):
        """Those of ``serials`` that have a sensor or device of the company of the box, or of all."""
        everything = self.with_context(active_test=False).env
        sensors = everything["fp.tank.sensor"].search([("device_serial", "in", list(serials))])
        devices = everything["iot.device"].search([("identifier", "in", list(serials))])
        company_of = [(sensor.device_serial, sensor.company_id) for sensor in sensors]
        company_of += [(device.identifier, device.company_id) for device in devices]
        ours = self.company_id
        return {serial for serial, company in company_of if not (company and ours) or company == ours}


def _temperature(item):
    # What only the values before it tell is known to the sensor.
    quality = grade(item.value, kind="ds18b20", quantity="temperature").quality
    return item._replace(quantity="temperature", unit="°C", quality=quality)
