DROP TABLE api_key;
DROP TABLE session;
DROP TABLE person;
UPDATE meta SET schema_version = 1;
