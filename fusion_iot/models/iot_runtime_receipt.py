from odoo import fields, models


class IotRuntimeReceipt(models.Model):
    """Batches that were committed: written with them, by SQL, for what is delivered again after a fault."""

    _name = "iot.runtime.receipt"
    _description = "Runtime Receipt"
    _inherit = ["fusion.kept.mixin", "fusion.growing.mixin"]
    _stays_small = "the last ones of each worker"
    _log_access = False

    worker_id = fields.Many2one("iot.runtime.worker", required=True, ondelete="cascade", index=True)
    batch = fields.Char(
        required=True, help="Name of the batch: a commit of unknown outcome is looked up by it."
    )
    entries = fields.Binary(
        attachment=False, help="Packet identifiers and fingerprints, as the worker packs them."
    )
    new_entries = fields.Binary(
        string="New entries",
        attachment=False,
        help="Those of them that were no repetitions. Empty where all were new.",
    )
    committed_at = fields.Datetime(string="Committed at")

    _batch_unique = models.Constraint("UNIQUE (worker_id, batch)", "This batch was committed already.")
