-- What the service needs beyond the market: people, what two of them must agree on, and ways to look things up.
UPDATE meta SET schema_version = 2;

-- The history of an accelerator's reference prices, and the one in force. Prices are published seldom, so that it costs nothing.
CREATE INDEX reference_price_accelerator ON reference_price (accelerator, seq);
