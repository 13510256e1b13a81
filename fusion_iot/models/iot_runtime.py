from odoo import api, models

from ..alert.worker import AlertKind
from ..runtime.mqtt.kind import MqttKind
from ..runtime.notify.worker import NotifyKind


class IotRuntime(models.AbstractModel):
    """What the runtime runs in this database. An addon that brings a kind of worker extends it."""

    _name = "iot.runtime"
    _description = "Runtime"

    @api.model
    def _kinds(self):
        """The kinds of workers, in the order in which their settings are read.

        To add one, extend this method by ``_inherit`` and return ``[*super()._kinds(), MyKind()]``. Nothing else is
        needed: the servers read it anew with the settings, and a kind that cannot be read harms no other.

        :return: list of :class:`..runtime.kinds.Kind`
        """
        return [MqttKind(), AlertKind(), NotifyKind()]
