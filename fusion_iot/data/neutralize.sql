-- A copy of a database must not take the broker's session away from the original.
UPDATE mqtt_connection
   SET enabled = false;
