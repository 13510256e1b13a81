def migrate(cr, version):
    """What only MQTT knows of its workers is among their details and in their memo: columns are for what all have.

    Without the topic filters that a broker has for a session, nobody could give them up.
    """
    cr.execute(
        """
        ALTER TABLE iot_runtime_worker ADD COLUMN IF NOT EXISTS details jsonb, ADD COLUMN IF NOT EXISTS memo jsonb;
        UPDATE iot_runtime_worker worker
           SET memo = coalesce(nullif(jsonb_strip_nulls(jsonb_build_object('subscriptions', was -> 'subscriptions')),
                                      '{}'), memo),
               details = nullif(coalesce(details, '{}') || jsonb_strip_nulls(jsonb_build_object(
                             'too_fast_count', nullif(was -> 'too_fast_count', '0'),
                             'unlogged_count', nullif(was -> 'unlogged_count', '0'),
                             'retained_count', nullif(was -> 'retained_count', '0'))), '{}')
          FROM (SELECT id, to_jsonb(row) AS was FROM iot_runtime_worker row) AS before
         WHERE worker.id = before.id;
        ALTER TABLE iot_runtime_worker DROP COLUMN IF EXISTS subscriptions, DROP COLUMN IF EXISTS too_fast_count,
              DROP COLUMN IF EXISTS unlogged_count, DROP COLUMN IF EXISTS retained_count
        """
    )
