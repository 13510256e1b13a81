"""The address in links that Odoo makes (mails, the token for an IoT Box): its parameter `web.base.url`."""

from __future__ import annotations

from ..database.cluster import Cluster, literal

PARAMETER = "web.base.url"
FREEZE = "web.base.url.freeze"
"""While it has a value, the address at which an administrator logs in does not become the base address."""
OURS = "./fusion run --listen"
"""The value by which a later run recognises that it was not set by a person."""


def follow(cluster: Cluster, database: str, url: str, *, keep: bool) -> None:
    """Set it to `url`, unless a person entered a host name there; with `keep` it stays when somebody logs in.

    To be called before the server starts: a running server would go on with the value it has cached.
    """
    cluster.sql(
        database,
        f"update ir_config_parameter set value = {literal(url)}, write_date = timezone('utc', now()) "
        f"where key = {literal(PARAMETER)} and value similar to 'http://(localhost|[0-9.]+)(:[0-9]+)?' "
        f"and not exists (select 1 from ir_config_parameter where key = {literal(FREEZE)} "
        f"and value <> {literal(OURS)})",
    )
    cluster.sql(
        database,
        f"delete from ir_config_parameter where key = {literal(FREEZE)} and value = {literal(OURS)}",
    )
    if keep:
        cluster.sql(
            database,
            "insert into ir_config_parameter (key, value, create_uid, write_uid, create_date, write_date) "
            f"values ({literal(FREEZE)}, {literal(OURS)}, 1, 1, timezone('utc', now()), "
            "timezone('utc', now())) on conflict (key) do nothing",
        )
