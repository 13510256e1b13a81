"""Odoo's calls to the services of its vendor that nobody asked for, switched off in the databases made here.

What remains are calls that follow from what somebody does, such as typing the name of a company in a new contact.
"""

from __future__ import annotations

from ..database.cluster import Cluster

ENRICHED = "iap_enrich_auto_done"
"""Column of a company: `partner_autocomplete` has asked the vendor about it, as it does when an administrator first
logs in."""
STATISTICS = "ir_cron_module_update_notification"
"""Scheduled action of `mail`: once a week it tells the vendor how many users, which apps and which company there are.
"""


def switch_off(cluster: Cluster, database: str) -> None:
    """Do so; where an addon that calls is not installed there is nothing to do."""
    columns = "select 1 from information_schema.columns where table_name = 'res_company' and column_name = "
    if cluster.sql(database, f"{columns} '{ENRICHED}'"):
        cluster.sql(database, f"update res_company set {ENRICHED} = true where {ENRICHED} is not true")
    cluster.sql(
        database,
        "update ir_cron set active = false where active and id = (select res_id from ir_model_data "
        f"where module = 'mail' and name = '{STATISTICS}' and model = 'ir.cron')",
    )
