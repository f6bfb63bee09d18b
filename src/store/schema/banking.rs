//! The tables of money in and out.

diesel::table! {
    /// Where an organisation is paid to.
    payout_account (org) {
        org -> BigInt,
        body -> Text,
    }
}

diesel::table! {
    /// An account of the platform's own.
    custody_account (number) {
        number -> Text,
        body -> Text,
    }
}

diesel::table! {
    /// What is wanted out of cash or suspense.
    withdrawal (id) {
        id -> BigInt,
        org -> Nullable<BigInt>,
        state -> Text,
        created_at -> BigInt,
        body -> Text,
    }
}

diesel::table! {
    /// Payouts that are sent as one.
    payout_batch (id) {
        id -> BigInt,
        org -> Nullable<BigInt>,
        state -> Text,
        created_at -> BigInt,
        body -> Text,
    }
}

diesel::table! {
    /// Money on its way to a bank account.
    payout (id) {
        id -> BigInt,
        org -> Nullable<BigInt>,
        state -> Text,
        created_at -> BigInt,
        body -> Text,
    }
}

diesel::table! {
    /// What nobody expected on a statement.
    suspense_item (id) {
        id -> BigInt,
        org -> Nullable<BigInt>,
        state -> Text,
        created_at -> BigInt,
        body -> Text,
    }
}

diesel::table! {
    /// A statement of the bank.
    bank_statement (id) {
        id -> BigInt,
        account -> Text,
        statement -> Text,
        created_at -> BigInt,
        body -> Text,
    }
}

diesel::table! {
    /// An entry of a statement.
    statement_entry (statement, place) {
        statement -> BigInt,
        place -> BigInt,
        body -> Text,
    }
}

diesel::table! {
    /// What was booked before a statement showed it.
    awaited_line (id) {
        id -> BigInt,
        reference -> Text,
        amount -> BigInt,
        booked_at -> BigInt,
        seen_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// What no treasury has paid of a provider's earnings.
    unfunded (programme, org) {
        programme -> BigInt,
        org -> BigInt,
        amount -> BigInt,
    }
}
