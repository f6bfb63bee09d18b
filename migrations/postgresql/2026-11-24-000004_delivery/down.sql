UPDATE meta SET schema_version = 3;
