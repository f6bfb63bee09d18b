-- Webhooks: subscriptions and the outbox.
UPDATE meta SET schema_version = 6;

-- Where an organisation wants to be told of what happens to it.
CREATE TABLE webhook (
    id BIGINT NOT NULL PRIMARY KEY,
    org BIGINT NOT NULL,
    app_user BIGINT NOT NULL,
    url TEXT NOT NULL,
    events TEXT NOT NULL,
    description TEXT NOT NULL,
    state TEXT NOT NULL,
    disabled_for TEXT,
    since BIGINT NOT NULL,
    missed_since BIGINT,
    secret TEXT NOT NULL,
    old_secret TEXT,
    old_secret_until BIGINT,
    created_at BIGINT NOT NULL
);

-- What webhooks are told, written with what it tells of.
CREATE TABLE webhook_message (
    id BIGINT NOT NULL PRIMARY KEY,
    webhook BIGINT NOT NULL,
    event TEXT NOT NULL,
    at BIGINT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    due_at BIGINT
);
CREATE INDEX webhook_message_of ON webhook_message (webhook, id);
-- What is still to be sent.
CREATE INDEX webhook_message_due ON webhook_message (webhook, id) WHERE due_at IS NOT NULL;

-- Each time that a message was sent.
CREATE TABLE webhook_attempt (
    message BIGINT NOT NULL,
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    status BIGINT,
    failure TEXT,
    millis BIGINT NOT NULL,
    PRIMARY KEY (message, number)
);
