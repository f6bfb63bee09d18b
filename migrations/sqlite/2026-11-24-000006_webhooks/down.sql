DROP TABLE webhook_attempt;
DROP TABLE webhook_message;
DROP TABLE webhook;
UPDATE meta SET schema_version = 5;
