import logging

from odoo import models

_logger = logging.getLogger(__name__)

_KINDS = {"probe": "probe", "sensor": "sensor", "meter": "meter", "scale": "sensor", "device": "sensor"}


class IotBox(models.Model):
    _inherit = "iot.box"  # pylint: disable=consider-merging-classes-inherited

    def _plugged_devices(self):
        return self.device_ids.filtered("is_plugged")

    def _take_devices(self, reported):
        """Bring the register in line with all the devices that the box has now.

        :param reported: `BoxDevice` by the box's own name of it. A name given by a person stays, and so does a device
            that is not there any more.
        """
        self.ensure_one()
        Device = self.env["iot.device"].with_context(active_test=False)
        wanted = {Device._identifier_on(self.identifier, name): item for name, item in reported.items()}
        known = {device.identifier: device for device in self._devices_called(list(wanted))}
        for identifier, device in known.items():
            if identifier not in wanted and device.is_plugged:
                device.is_plugged = False
                device._set_presence("offline")
        plugged, new = Device.browse(), []
        for identifier, item in wanted.items():
            values = {
                "box_id": self.id,
                "box_device": item.name_on_box,
                "type": item.type,
                "connection": item.connection,
                "subtype": item.subtype,
                "is_plugged": True,
            }
            device = known.get(identifier)
            if device is None:
                new.append(
                    {
                        **values,
                        "identifier": identifier,
                        "name": item.name or identifier,
                        "manufacturer": item.manufacturer,
                        "kind": _KINDS.get(item.type, "other"),
                        "company_id": self.company_id.id,
                        # The box says when it goes.
                        "offline_after": 0,
                    }
                )
            elif device.company_id and self.company_id and device.company_id != self.company_id:
                _logger.warning("Box %s has device %s of another company", self.identifier, identifier)
            else:
                if not device.manufacturer and item.manufacturer:
                    values["manufacturer"] = item.manufacturer
                changed = {
                    name: value for name, value in values.items() if (_raw(device[name]) or "") != value
                }
                if changed:
                    device.write(changed)
                plugged += device
        plugged += Device.create(new)
        plugged._set_presence("online" if self.online else "offline")

    def _devices_called(self, identifiers):
        """The devices that the box can mean by these identifiers, of its own company or of all; then all on the box."""
        Device = self.env["iot.device"].with_context(active_test=False)
        found = Device.search(["|", ("identifier", "in", identifiers), ("box_id", "=", self.id)])
        here = found.filtered(lambda device: device.box_id == self)
        called = (same._of_company(self.company_id) for same in (found - here).grouped("identifier").values())
        return Device.union(*called) + here

    def _take_event(self, name_on_box, content):
        """Hand on what a device on the box said by itself.

        :return: whether there is such a device
        """
        device = self.env["iot.device"].search(
            [("box_id", "=", self.id), ("box_device", "=", name_on_box), ("is_plugged", "=", True)], limit=1
        )
        if device:
            self._note_heard()
            device._take_event(content)
        return bool(device)


def _raw(value):
    return value.id if isinstance(value, models.BaseModel) else value
