import logging

_logger = logging.getLogger(__name__)

# What a meter's nonsense has left behind, and what the new constraints refuse. NaN is greater than any number.
_LIMITS = {
    "energy_kwh": 1e12,
    "energy_units": 1e12,
    "standby_duration_s": 1e10,
    "working_duration_s": 1e10,
    "total_duration_s": 1e10,
    "standby_units": 1e8,
    "working_units": 1e8,
    "start_power_w": 1e9,
    "end_power_w": 1e9,
    "current_power_w": 1e9,
    "peak_power_w": 1e9,
    "amount": 1e18,
}


def migrate(cr, version):
    """Numbers of sessions and machines that are none become 0."""
    for column, most in _LIMITS.items():
        cr.execute(
            f"UPDATE mqtt_session SET {column} = 0 WHERE {column} IS NOT NULL AND NOT {column} BETWEEN 0 AND %s"
            " RETURNING id",
            [most],
        )
        if cr.rowcount:
            ids = sorted(row[0] for row in cr.fetchall())
            _logger.warning("Sessions %s: %s was no number, or impossible, and is 0 now.", ids[:100], column)
    cr.execute("UPDATE iot_session_state SET power_w = 0 WHERE NOT power_w BETWEEN 0 AND 1e9")
    # A running session has a currency, too.
    cr.execute(
        """
        UPDATE mqtt_session session
           SET currency_id = company.currency_id
          FROM iot_device device
          JOIN res_company company ON company.id = coalesce(device.company_id, (SELECT min(id) FROM res_company))
         WHERE session.device_id = device.id AND session.currency_id IS NULL
        """
    )
