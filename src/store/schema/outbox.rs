//! The tables of webhooks.

diesel::table! {
    /// Where an organisation wants to be told of what happens to it.
    webhook (id) {
        id -> BigInt,
        org -> BigInt,
        app_user -> BigInt,
        url -> Text,
        events -> Text,
        description -> Text,
        state -> Text,
        disabled_for -> Nullable<Text>,
        since -> BigInt,
        missed_since -> Nullable<BigInt>,
        secret -> Text,
        old_secret -> Nullable<Text>,
        old_secret_until -> Nullable<BigInt>,
        created_at -> BigInt,
    }
}

diesel::table! {
    /// What webhooks are told.
    webhook_message (id) {
        id -> BigInt,
        webhook -> BigInt,
        event -> Text,
        at -> BigInt,
        body -> Text,
        state -> Text,
        attempts -> BigInt,
        tries -> BigInt,
        due_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// Each time that a message was sent.
    webhook_attempt (message, number) {
        message -> BigInt,
        number -> BigInt,
        at -> BigInt,
        status -> Nullable<BigInt>,
        failure -> Nullable<Text>,
        millis -> BigInt,
    }
}
