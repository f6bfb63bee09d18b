-- The audit log: what its Merkle tree is, what was signed, and who has witnessed it.
UPDATE meta SET schema_version = 9;

-- The log itself. One row; the algorithms never change, the origin is given once.
CREATE TABLE audit_log (
    id INTEGER NOT NULL PRIMARY KEY,
    suite TEXT NOT NULL,
    origin TEXT,
    born_at INTEGER NOT NULL
) STRICT;

-- Roots of complete subtrees of 256, 65536, … leaves, so that roots and proofs need few leaves.
CREATE TABLE log_subtree (
    height INTEGER NOT NULL,
    number INTEGER NOT NULL,
    root BLOB NOT NULL,
    PRIMARY KEY (height, number)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER log_subtree_refuse_update BEFORE UPDATE ON log_subtree
BEGIN SELECT RAISE(ABORT, 'log_subtree is append-only'); END;
CREATE TRIGGER log_subtree_refuse_delete BEFORE DELETE ON log_subtree
BEGIN SELECT RAISE(ABORT, 'log_subtree is append-only'); END;

-- Signed checkpoints.
CREATE TABLE log_checkpoint (
    id INTEGER NOT NULL PRIMARY KEY,
    size INTEGER NOT NULL,
    root BLOB NOT NULL,
    at INTEGER NOT NULL,
    note TEXT NOT NULL
) STRICT;
CREATE INDEX log_checkpoint_of ON log_checkpoint (size);
CREATE TRIGGER log_checkpoint_refuse_update BEFORE UPDATE ON log_checkpoint
BEGIN SELECT RAISE(ABORT, 'log_checkpoint is append-only'); END;
CREATE TRIGGER log_checkpoint_refuse_delete BEFORE DELETE ON log_checkpoint
BEGIN SELECT RAISE(ABORT, 'log_checkpoint is append-only'); END;

-- What witnesses have signed of them.
CREATE TABLE log_cosignature (
    checkpoint INTEGER NOT NULL,
    witness TEXT NOT NULL,
    size INTEGER NOT NULL,
    at INTEGER NOT NULL,
    line TEXT NOT NULL,
    PRIMARY KEY (checkpoint, witness)
) STRICT;
CREATE INDEX log_cosignature_of ON log_cosignature (witness, size);

-- The public halves of the keys that sign checkpoints, old ones too.
CREATE TABLE log_key (
    vkey TEXT NOT NULL PRIMARY KEY,
    signs_from INTEGER NOT NULL,
    signs_until INTEGER
) STRICT;

-- Where the journal says that a fill was agreed.
ALTER TABLE fill ADD COLUMN leaf INTEGER;
