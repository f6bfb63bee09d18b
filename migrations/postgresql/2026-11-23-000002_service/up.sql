-- What the service needs beyond the market: people, what two of them must agree on, and ways to look things up.
UPDATE meta SET schema_version = 2;
