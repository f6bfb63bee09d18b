-- Webhooks: subscriptions and the outbox.
UPDATE meta SET schema_version = 6;

-- Where an organisation wants to be told of what happens to it.
CREATE TABLE webhook (
    id INTEGER NOT NULL PRIMARY KEY,
    org INTEGER NOT NULL,
    app_user INTEGER NOT NULL,
    url TEXT NOT NULL,
    events TEXT NOT NULL,
    description TEXT NOT NULL,
    state TEXT NOT NULL,
    disabled_for TEXT,
    since INTEGER NOT NULL,
    missed_since INTEGER,
    secret TEXT NOT NULL,
    old_secret TEXT,
    old_secret_until INTEGER,
    created_at INTEGER NOT NULL
) STRICT;

-- What webhooks are told, written with what it tells of.
CREATE TABLE webhook_message (
    id INTEGER NOT NULL PRIMARY KEY,
    webhook INTEGER NOT NULL,
    event TEXT NOT NULL,
    at INTEGER NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    due_at INTEGER
) STRICT;
CREATE INDEX webhook_message_of ON webhook_message (webhook, id);
-- What is still to be sent.
CREATE INDEX webhook_message_due ON webhook_message (webhook, id) WHERE due_at IS NOT NULL;

-- Each time that a message was sent.
CREATE TABLE webhook_attempt (
    message INTEGER NOT NULL,
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    status INTEGER,
    failure TEXT,
    millis INTEGER NOT NULL,
    PRIMARY KEY (message, number)
) STRICT;
