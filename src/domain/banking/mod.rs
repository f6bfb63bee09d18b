//! Money in and out: bank accounts, payouts, statements of the bank.

pub mod account;
pub mod payout;
pub mod statement;
pub mod suspense;
