-- A copy of a database must not take the broker's session away from the original.
-- Nor has it any use for what the original proves itself with.
UPDATE mqtt_connection
   SET enabled = false, password = NULL, client_key = NULL;

-- Nor may it send commands to the boxes of the original.
UPDATE iot_box
   SET state = 'unpaired', token_hash = NULL, channel = NULL, online = false, online_since = NULL, socket = NULL;

-- What devices were to do was asked of the original.
UPDATE iot_command
   SET state = 'expired', ended_at = now() AT TIME ZONE 'UTC'
 WHERE state IN ('queued', 'sent');

-- What devices hold of the original opens nothing here.
UPDATE iot_credential
   SET token_hash = NULL, previous_hash = NULL, previous_until = NULL, issued_at = NULL, token_end = NULL;

UPDATE ir_config_parameter
   SET value = 'CHANGE-ME-AFTER-INSTALL'
 WHERE key = 'fusion_plating_iot.ingest_token';

DELETE FROM ir_config_parameter
 WHERE key IN ('fusion_iot.credential_key',
               'fusion_plating_iot.ingest_token_previous', 'fusion_plating_iot.ingest_token_previous_until');

-- Nor does what somebody has copied to pair a box with the original.
DELETE FROM iot_box_token;

-- All is stopped: what runs from now on was started here, by somebody who wants it.
DELETE FROM ir_config_parameter
 WHERE key = 'fusion_iot.home';

-- Nobody is told of what happens in a copy, and nobody gets the keys of the original.
UPDATE iot_alert_webhook
   SET active = false, token = NULL, url_key = NULL, signing_key = NULL;
UPDATE iot_alert_response
   SET active = false;
UPDATE iot_alert_delivery
   SET state = 'skipped'
 WHERE state IN ('waiting', 'sending', 'queued', 'retrying');
