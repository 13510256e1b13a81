"""The users that the demo data of the suite brings beside the administrator."""

from __future__ import annotations

from ..database.cluster import Cluster


def of(cluster: Cluster, database: str) -> list[str]:
    """Their logins, each of which is the password too, in the order in which the addons made them."""
    rows = cluster.sql(
        database,
        "select login from res_users join ir_model_data data on data.res_id = res_users.id "
        "where data.model = 'res.users' and starts_with(data.module, 'fusion_') "
        "and starts_with(data.name, 'demo_user_') and active order by res_users.id",
    )
    return [login for (login,) in rows]
