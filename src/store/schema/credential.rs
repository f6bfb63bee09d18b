//! The tables of people, sessions and API keys.

diesel::table! {
    /// A person behind a user.
    person (app_user) {
        app_user -> BigInt,
        email -> Nullable<Text>,
        name -> Text,
        salt -> Text,
        password -> Nullable<Text>,
        failures -> BigInt,
        locked_until -> Nullable<BigInt>,
        password_changed_at -> BigInt,
    }
}

diesel::table! {
    /// What a log-in opened.
    session (id) {
        id -> BigInt,
        app_user -> BigInt,
        api_key -> Nullable<BigInt>,
        family -> Binary,
        refresh -> Binary,
        created_at -> BigInt,
        refresh_until -> BigInt,
        expires_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// An API key.
    api_key (id) {
        id -> BigInt,
        org -> BigInt,
        app_user -> BigInt,
        name -> Text,
        roles -> Text,
        hash -> Binary,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
    }
}
