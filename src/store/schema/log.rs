//! The tables of the audit log beside the journal.

diesel::table! {
    /// The log itself. One row.
    audit_log (id) {
        id -> BigInt,
        suite -> Text,
        origin -> Nullable<Text>,
        born_at -> BigInt,
    }
}

diesel::table! {
    /// Roots of complete subtrees.
    log_subtree (height, number) {
        height -> BigInt,
        number -> BigInt,
        root -> Binary,
    }
}

diesel::table! {
    /// Signed checkpoints.
    log_checkpoint (id) {
        id -> BigInt,
        size -> BigInt,
        root -> Binary,
        at -> BigInt,
        note -> Text,
    }
}

diesel::table! {
    /// What witnesses have signed of them.
    log_cosignature (checkpoint, witness) {
        checkpoint -> BigInt,
        witness -> Text,
        size -> BigInt,
        at -> BigInt,
        line -> Text,
    }
}

diesel::table! {
    /// The public halves of the keys that sign checkpoints.
    log_key (vkey) {
        vkey -> Text,
        signs_from -> BigInt,
        signs_until -> Nullable<BigInt>,
    }
}
