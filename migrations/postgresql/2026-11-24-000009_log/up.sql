-- The audit log: what its Merkle tree is, what was signed, and who has witnessed it.
UPDATE meta SET schema_version = 9;

-- The log itself. One row; the algorithms never change, the origin is given once.
CREATE TABLE audit_log (
    id BIGINT NOT NULL PRIMARY KEY,
    suite TEXT NOT NULL,
    origin TEXT,
    born_at BIGINT NOT NULL
);

-- Roots of complete subtrees of 256, 65536, … leaves, so that roots and proofs need few leaves.
CREATE TABLE log_subtree (
    height BIGINT NOT NULL,
    number BIGINT NOT NULL,
    root BYTEA NOT NULL,
    PRIMARY KEY (height, number)
);
CREATE TRIGGER log_subtree_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log_subtree
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Signed checkpoints.
CREATE TABLE log_checkpoint (
    id BIGINT NOT NULL PRIMARY KEY,
    size BIGINT NOT NULL,
    root BYTEA NOT NULL,
    at BIGINT NOT NULL,
    note TEXT NOT NULL
);
CREATE INDEX log_checkpoint_of ON log_checkpoint (size);
CREATE TRIGGER log_checkpoint_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log_checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What witnesses have signed of them.
CREATE TABLE log_cosignature (
    checkpoint BIGINT NOT NULL,
    witness TEXT NOT NULL,
    size BIGINT NOT NULL,
    at BIGINT NOT NULL,
    line TEXT NOT NULL,
    PRIMARY KEY (checkpoint, witness)
);
CREATE INDEX log_cosignature_of ON log_cosignature (witness, size);

-- The public halves of the keys that sign checkpoints, old ones too.
CREATE TABLE log_key (
    vkey TEXT NOT NULL PRIMARY KEY,
    signs_from BIGINT NOT NULL,
    signs_until BIGINT
);

-- Where the journal says that a fill was agreed.
ALTER TABLE fill ADD COLUMN leaf BIGINT;
