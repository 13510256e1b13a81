"""The MQTT connection of the demo data, which follows the broker of the stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..database.cluster import Cluster
from ..web import Client

if TYPE_CHECKING:
    from ..stack import Stack

RECORD = "demo_mqtt_connection"
TABLE = "mqtt_connection"
WAKE = "fusion_iot"
"""Channel on which a runtime that is up listens for changes."""
IT = (
    f"select res_id from ir_model_data where module = 'fusion_iot' and name = '{RECORD}' "
    "and model = 'mqtt.connection'"
)


def follow(cluster: Cluster, database: str, port: int, *, start: bool = True) -> bool:
    """Point the demo connection to the broker at `port` and enable it; port 0: there is no broker, disable it.

    Only as long as it is one to this machine: a broker of his own that a user entered there is left alone. Tells
    whether there is such a connection.

    :param start: false for one that `log_in` enables, once the server runs
    """
    if cluster.sql(database, f"select to_regclass('public.{TABLE}')") == [[""]]:
        return False
    enabled = "true" if port and start else "false"
    change = f"enabled = {enabled}, port = {port}" if port else f"enabled = {enabled}"
    rows = cluster.sql(
        database,
        f"update {TABLE} set {change}, write_date = timezone('utc', now()) "
        f"where id = ({IT}) and host in ('127.0.0.1', 'localhost') returning id",
    )
    cluster.sql(database, f"notify {WAKE}")
    return bool(rows)


def log_in(stack: Stack, user: str, password: str) -> None:
    """Give the demo connection its user at the broker, and start it.

    By the running server, which encrypts the password. Says so where it does not let us in.
    """
    client = Client(stack.url)
    (record,) = stack.cluster.sql(stack.database, IT)[0]

    def call(method: str, *arguments: object) -> None:
        client.call(
            "/web/dataset/call_kw",
            {"model": "mqtt.connection", "method": method, "args": [[int(record)], *arguments], "kwargs": {}},
        )

    login: dict[str, object] = {"db": stack.database, "login": stack.login, "password": stack.password}
    try:
        client.call("/web/session/authenticate", login)
        call("write", {"username": user, "password": password})
        call("action_start")
    except OSError as error:
        stack.report.warn(f"The demo connection could not be given its user at the broker: {error}")
