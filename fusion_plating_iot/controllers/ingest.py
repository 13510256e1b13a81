from dataclasses import asdict, replace

from odoo import SUPERUSER_ID, http
from odoo.addons.fusion_iot_base.plain_json import PlainJsonError, load_json
from odoo.addons.fusion_iot_base.protocol import BadBody, read_json_readings
from odoo.http import request

from ..credentials import check_credentials

MAX_BODY_BYTES = 8 * 1024 * 1024


class IngestController(http.Controller):
    @http.route(
        "/fp/iot/ingest",
        type="plain_json",
        auth="none",
        verbs=("POST",),
        csrf=False,
        save_session=False,
        readonly=False,
        max_content_length=MAX_BODY_BYTES,
    )
    def ingest(self, body):
        """Take one reading or a batch of them from a probe or gateway that posts over HTTP.

        The answer 200 means committed: it is sent after the transaction.
        """
        env = request.env(user=SUPERUSER_ID)
        document = check_credentials(env, request.httprequest.headers, body)
        try:
            readings = read_json_readings(load_json(body) if document is None else document)
        except BadBody as exc:
            raise PlainJsonError(exc.status, exc.error, str(exc)) from None
        report = env["iot.ingest"].ingest(readings.measurements, source="http")
        rejected = [replace(item, index=readings.indexes[item.index]) for item in report.rejected]
        rejected = sorted(rejected + readings.rejected, key=lambda item: item.index)
        if report.accepted or report.duplicates:
            return self._taken(report, rejected)
        return self._refused(readings, rejected)

    def _taken(self, report, rejected):
        answer = {"ok": True, "accepted": report.accepted}
        if report.duplicates:
            answer["duplicates"] = report.duplicates
        if rejected:
            answer["rejected"] = self._described(rejected)
        return answer

    def _refused(self, readings, rejected):
        """Nothing could be taken. Returned, not raised: what was noted of unknown devices is committed."""
        first = next((item for item in rejected if item.error != "unknown_device"), rejected[0])
        answer = {"ok": False, "error": first.error, "message": first.message}
        if readings.batch:
            answer["rejected"] = self._described(rejected)
        else:
            answer["device_serial"] = first.device
        return (404 if first.error == "unknown_device" else 400), answer

    def _described(self, rejected):
        return [
            {"device_serial" if key == "device" else key: value for key, value in asdict(item).items()}
            for item in rejected
        ]
