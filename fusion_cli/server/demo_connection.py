"""The MQTT connection of the demo data, which follows the broker of the stack."""

from __future__ import annotations

from ..database.cluster import Cluster

RECORD = "demo_mqtt_connection"
TABLE = "mqtt_connection"
WAKE = "fusion_iot"
"""Channel on which a runtime that is up listens for changes."""


def follow(cluster: Cluster, database: str, port: int) -> bool:
    """Point the demo connection to the broker at `port` and enable it; port 0: there is no broker, disable it.

    Only as long as it is one to this machine: a broker of his own that a user entered there is left alone. Tells
    whether there is such a connection.
    """
    if cluster.sql(database, f"select to_regclass('public.{TABLE}')") == [[""]]:
        return False
    change = f"enabled = true, port = {port}" if port else "enabled = false"
    rows = cluster.sql(
        database,
        f"update {TABLE} set {change}, write_date = timezone('utc', now()) "
        f"where id = (select res_id from ir_model_data where module = 'fusion_iot' and name = '{RECORD}' "
        f"and model = 'mqtt.connection') and host in ('127.0.0.1', 'localhost') returning id",
    )
    cluster.sql(database, f"notify {WAKE}")
    return bool(rows)
