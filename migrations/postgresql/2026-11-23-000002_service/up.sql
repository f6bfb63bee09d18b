-- What the service needs beyond the market: people, what two of them must agree on, and ways to look things up.
UPDATE meta SET schema_version = 2;

-- Trades and prices of an accelerator, at a site or at all of them.
CREATE INDEX fill_market ON fill (accelerator, at, id, site);
