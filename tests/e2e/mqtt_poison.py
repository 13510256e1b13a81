"""An addon that cannot process certain measurements, as a faulty one might not."""

from __future__ import annotations

from pathlib import Path

NAME = "fusion_e2e_poison"
RAISES, BREAKS_SQL = 66.625, 66.75
"""Values that no honest probe of these tests publishes. Binary fractions, so that they compare equal."""

_MANIFEST = (
    '{"name": "Poison", "version": "19.0.1.0.0", "license": "LGPL-3", "depends": ["fusion_plating_iot"]}\n'
)
_MODULE = f"""
from odoo import models


class IotIngest(models.AbstractModel):
    _inherit = "iot.ingest"

    def _take(self, batch):
        super()._take(batch)
        values = {{item.value for item in batch.measurements}}
        if {RAISES} in values:
            raise ValueError("this addon does not like the value")
        if {BREAKS_SQL} in values:
            self.env.cr.execute("SELECT 1 / 0", log_exceptions=False)
"""


def write_addon(folder: Path) -> None:
    """Put the addon into a folder."""
    addon = folder / NAME
    addon.mkdir(parents=True)
    (addon / "__manifest__.py").write_text(_MANIFEST, encoding="utf-8")
    (addon / "__init__.py").write_text(_MODULE, encoding="utf-8")
