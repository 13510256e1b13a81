"""What a device is told of the readings that it sent."""

from dataclasses import asdict, replace

# Where a person has something to do, and the same readings can be taken then.
_STATUS = {"unknown_device": 404, "ambiguous_device": 409}


def answer(readings, report):
    """The answer to a body: ``(status, payload)``.

    :param readings: `JsonReadings`, what the body held
    :param report: `IngestReport` of those of its measurements that could be understood
    """
    rejected = [replace(item, index=readings.indexes[item.index]) for item in report.rejected]
    rejected = sorted(rejected + readings.rejected, key=lambda item: item.index)
    if report.accepted or report.duplicates or report.noted:
        return 200, _taken(readings, report, rejected)
    return _refused(readings, rejected)


def described(rejected, name_of_device):
    """Rejections for the sender, with the device under the name that it has in the body."""
    return [
        {name_of_device if key == "device" else key: value for key, value in asdict(item).items()}
        for item in rejected
    ]


def _taken(readings, report, rejected):
    payload = {"ok": True, "accepted": report.accepted}
    for name in ("duplicates", "noted", "replaced"):
        if count := getattr(report, name):
            payload[name] = count
    if rejected:
        payload["rejected"] = described(rejected, readings.name_of_device)
    return payload


def _refused(readings, rejected):
    """Nothing could be taken. Returned, not raised: what was noted of unknown devices is committed."""
    first = next((item for item in rejected if item.error != "unknown_device"), rejected[0])
    payload = {"ok": False, "error": first.error, "message": first.message}
    if readings.batch:
        payload["rejected"] = described(rejected, readings.name_of_device)
    else:
        payload[readings.name_of_device] = first.device
    return _STATUS.get(first.error, 400), payload
