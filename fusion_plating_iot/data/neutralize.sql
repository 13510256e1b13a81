-- Whoever can write to the original must not be able to write to a copy of it, nor a copy know how to.
UPDATE ir_config_parameter
   SET value = 'CHANGE-ME-AFTER-INSTALL'
 WHERE key = 'fusion_plating_iot.ingest_token';

DELETE FROM ir_config_parameter
 WHERE key IN ('fusion_plating_iot.ingest_token_previous', 'fusion_plating_iot.ingest_token_previous_until');
