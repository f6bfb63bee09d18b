//! Reports: pure folds from rows to figures, one a file.
//!
//! A report is a struct with `add_…` functions for the rows it looks at and a `finish` that returns its figures, which
//! serialise, and show themselves as [`Section`]s for tables. It knows no database: `store/report.rs` streams the rows.
//!
//! Periods are half-open. What was *matched* in a period is followed to its end: its deliveries and settlements count
//! whenever they happened. What was *booked* in a period is what the ledger booked then, whatever it belongs to.

pub mod bank_reconciliation;
pub mod fact;
pub mod fault_rate;
pub mod figure;
pub mod flow;
pub mod focus;
pub mod invoice;
pub mod market;
pub mod programme_statement;
pub mod provider;
pub mod section;
pub mod statement;
pub mod tenant;
pub mod trial_balance;
pub mod voucher_statement;
pub mod vouchers;

pub use figure::{CardSeconds, Period, Ratio, Span};
pub use section::{Cell, Section};

/// Counts one more of `key`.
pub(crate) fn bump<K: Ord>(sums: &mut std::collections::BTreeMap<K, u64>, key: K) {
    *sums.entry(key).or_default() += 1;
}
