//! Limits of the exchange. They keep every product and sum of the engine within 64 bits.

use super::rejection::{FieldErrors, FieldRule};
use crate::domain::money::{Money, Price};

/// Largest price: 100,000 CNY per card-hour.
pub const PRICE_MAX: Price = Price::from_micros(100_000_000_000);
/// Largest amount of one deposit, grant or pot: 10 trillion CNY.
pub const AMOUNT_MAX: Money = Money::from_fen(1_000_000_000_000_000);
/// Most cards of a listing or an alternative.
pub const CARDS_MAX: u32 = 1_000_000;
/// Most islands of a listing.
pub const ISLANDS_MAX: u32 = 10_000;
/// Longest window of a listing, bid or lease: three years.
pub const HOURS_MAX: u32 = 26_304;
/// Most alternatives of a bid.
pub const ALTERNATIVES_MAX: usize = 16;
/// Most sites that a bid may name.
pub const SITES_MAX: usize = 64;
/// Most vouchers that a bid may name.
pub const VOUCHERS_MAX: usize = 64;
/// Most maintenance windows of a listing.
pub const MAINTENANCE_MAX: usize = 64;
/// Most changes of one lease that wait for an answer.
pub const LEASE_CHANGES_MAX: usize = 8;
/// Most times that a lease moves to other cards.
pub const LEASE_MOVES_MAX: usize = 64;
/// Most islands that a move may name.
pub const ISLANDS_OF_MOVE_MAX: usize = 1_000;
/// Most open bids of one organisation.
pub const OPEN_BIDS_MAX: u32 = 200_000;
/// Most reports in one batch of usage.
pub const REPORTS_MAX: usize = 10_000;
/// Most keys of one provider's agents that are not revoked.
pub const USAGE_KEYS_MAX: usize = 1_000;
/// Most disputes of one lease.
pub const DISPUTES_MAX: usize = 1_000;
/// Hours in which the operator should decide a dispute: a week. After that it is told to be overdue; nothing else happens.
pub const DISPUTE_HOURS: u32 = 168;
/// Most transfers of a movement posted by hand.
pub const TRANSFERS_MAX: usize = 10_000;
/// Longest name.
pub const NAME_MAX: usize = 200;
/// Longest reason of a decision.
pub const NOTE_MAX: usize = 500;
/// Most industries and most projects of one organisation.
pub const FACTS_MAX: usize = 16;
/// Most places of one provider in the list of one programme.
pub const PLACES_MAX: usize = 64;
/// Largest capacity of a provider: 10 million P.
pub const CAPACITY_P_MAX: u32 = 10_000_000;
/// Most outages that both sides report of one lease.
pub const OUTAGES_OF_LEASE_MAX: usize = 1_000;
/// Most probes in one batch.
pub const PROBES_MAX: usize = 10_000;
/// Longest time to contest an outage: a month.
pub const OUTAGE_HOURS_MAX: u32 = 744;
/// Most findings that are raised at once.
pub const FINDINGS_MAX: usize = 10_000;
/// Most subjects and most numbers of one finding.
pub const EVIDENCE_MAX: usize = 64;
/// Most flags.
pub const FLAGS_MAX: usize = 1_000_000;
/// Most relations between organisations.
pub const RELATIONS_MAX: usize = 1_000_000;
/// Most approvals that wait for a second person.
pub const APPROVALS_MAX: usize = 10_000;
/// Most leases of which one command takes a subsidy back.
pub const RECOVERED_LEASES_MAX: usize = 10_000;
/// Most leases with which a contract from elsewhere is compared.
pub const LEASES_COMPARED_MAX: usize = 200;
/// Most leases that one command settles.
pub const SETTLED_AT_ONCE_MAX: u32 = 100_000;
/// Most tiers of a fee.
pub const FEE_TIERS_MAX: usize = 16;
/// Most schedules of fees, and most changes of the VAT rate.
pub const FEE_SCHEDULES_MAX: usize = 1_000;
/// Most documents of an application.
pub const DOCUMENTS_MAX: usize = 32;
/// Most bytes of a document: 64 MiB.
pub const DOCUMENT_BYTES_MAX: u64 = 64 << 20;
/// Longest purpose of an application.
pub const PURPOSE_MAX: usize = 2_000;
/// Most reviews of an application, all rounds together.
pub const REVIEWS_MAX: usize = 64;
/// Most objections to an application.
pub const OBJECTIONS_MAX: usize = 64;
/// Most applications of an organisation under one programme that are not decided.
pub const APPLICATIONS_OF_ORG_MAX: usize = 20;
/// Most applications in all that are not decided.
pub const APPLICATIONS_MAX: usize = 200_000;
/// Most versions of a programme's rules.
pub const VERSIONS_MAX: usize = 64;
/// Most invitations that are recorded of a programme.
pub const INVITATIONS_MAX: usize = 1_000;
/// Most organisations that are invited at once.
pub const INVITED_MAX: u32 = 10_000_000;
/// Most calendars of working days.
pub const CALENDARS_MAX: usize = 4_000;
/// Most lines of a payout batch.
pub const PAYOUT_LINES_MAX: usize = 10_000;
/// Most entries of a bank statement.
pub const STATEMENT_ENTRIES_MAX: usize = 10_000;
/// Digits in hex of a SHA-256.
pub const HASH_DIGITS: usize = 64;
/// Most fields of one body that a refusal names.
pub const FIELD_ERRORS_MAX: usize = 100;
/// Digits in hex of the hash that stands for a user's identity.
pub const IDENTITY_DIGITS: usize = 64;

/// An amount to deposit, grant or appropriate.
pub fn amount(errors: &mut FieldErrors, pointer: &str, amount: Money) {
    errors.require(
        amount.is_positive(),
        pointer,
        FieldRule::TooSmall,
        "must be more than 0.00",
    );
    errors.require(
        amount <= AMOUNT_MAX,
        pointer,
        FieldRule::TooLarge,
        "must be at most 10000000000000.00",
    );
}

/// A price asked or offered.
pub fn price(errors: &mut FieldErrors, pointer: &str, price: Price) {
    errors.require(
        price.micros() > 0,
        pointer,
        FieldRule::TooSmall,
        "must be more than 0.000000",
    );
    errors.require(
        price <= PRICE_MAX,
        pointer,
        FieldRule::TooLarge,
        "must be at most 100000.000000",
    );
}

/// A number between 1 and `most`.
pub fn count(errors: &mut FieldErrors, pointer: &str, value: u32, most: u32) {
    errors.require(value > 0, pointer, FieldRule::TooSmall, "must be at least 1");
    if value > most {
        errors.add(pointer, FieldRule::TooLarge, format!("must be at most {most}"));
    }
}

/// A text of 1 to [`NAME_MAX`] characters.
pub fn name(errors: &mut FieldErrors, pointer: &str, text: &str) {
    errors.require(!text.trim().is_empty(), pointer, FieldRule::Empty, "must not be empty");
    self::text(errors, pointer, text);
}

/// A text of at most [`NAME_MAX`] characters.
pub fn text(errors: &mut FieldErrors, pointer: &str, text: &str) {
    errors.require(
        text.chars().count() <= NAME_MAX,
        pointer,
        FieldRule::TooMany,
        "must have at most 200 characters",
    );
    errors.require(
        is_plain(text),
        pointer,
        FieldRule::Malformed,
        "must not have control characters",
    );
}

/// A text of at most [`NOTE_MAX`] characters; it may have several lines.
pub fn note(errors: &mut FieldErrors, pointer: &str, text: &str) {
    errors.require(
        text.chars().count() <= NOTE_MAX,
        pointer,
        FieldRule::TooMany,
        "must have at most 500 characters",
    );
    let plain = text.lines().all(is_plain);
    errors.require(plain, pointer, FieldRule::Malformed, "must not have control characters");
}

/// A SHA-256 in hex, in small letters.
pub fn hash(errors: &mut FieldErrors, pointer: &str, text: &str) {
    let digits = text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    errors.require(
        digits && text.len() == HASH_DIGITS,
        pointer,
        FieldRule::Malformed,
        "must be a SHA-256 in hex: 64 digits of 0-9 and a-f",
    );
}

/// A reason or note that must be there: 1 to [`NOTE_MAX`] characters.
pub fn reason(errors: &mut FieldErrors, pointer: &str, text: &str) {
    errors.require(!text.trim().is_empty(), pointer, FieldRule::Empty, "must not be empty");
    note(errors, pointer, text);
}

/// Whether a text has no control characters: not every database can hold all of them.
pub fn is_plain(text: &str) -> bool {
    !text.chars().any(char::is_control)
}
