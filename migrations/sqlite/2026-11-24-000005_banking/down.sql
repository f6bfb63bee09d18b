UPDATE meta SET schema_version = 4;
