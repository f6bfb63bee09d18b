-- Webhooks: subscriptions and the outbox.
UPDATE meta SET schema_version = 6;
