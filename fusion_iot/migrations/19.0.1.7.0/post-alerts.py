def migrate(cr, version):
    """Whether people were told of an alert is kept apart from when; what acts on the shop does so once a trigger."""
    cr.execute("UPDATE iot_alert SET was_told = true WHERE told_at IS NOT NULL")
    cr.execute(
        """
        UPDATE iot_alert_response_run run SET told_for = alert.last_triggered_at
          FROM iot_alert alert, iot_alert_response response
         WHERE alert.id = run.alert_id AND response.id = run.response_id AND response.kind IN ('command', 'hold')
           AND alert.last_triggered_at IS NOT NULL
        """
    )
    # That an alert is over is told to those whom a policy had told of it.
    cr.execute(
        """
        UPDATE iot_alert_delivery_line line SET policy_id = telling.policy_id
          FROM iot_alert_telling telling, iot_alert_delivery delivery
         WHERE telling.alert_id = line.alert_id AND telling.is_done IS NOT TRUE AND delivery.id = line.delivery_id
           AND delivery.response_id IS NULL
        """
    )
