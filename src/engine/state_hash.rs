//! One hash over everything that the exchange knows: equal histories give equal hashes.

use std::fmt;
use std::io;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::state::State;
use crate::domain::text::hex;

/// SHA-256 over the state, section by section, each entry as one line of JSON in the order of identifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateHash(pub [u8; 32]);

impl fmt::Display for StateHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl Serialize for StateHash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

struct Hashing(Sha256);

impl io::Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Hashing {
    fn section<T: Serialize>(
        &mut self,
        name: &str,
        entries: impl IntoIterator<Item = T>,
    ) -> Result<(), serde_json::Error> {
        self.0.update(name.as_bytes());
        self.0.update(b"\n");
        for entry in entries {
            serde_json::to_writer(&mut *self, &entry)?;
            self.0.update(b"\n");
        }
        Ok(())
    }
}

/// The hash of a state.
///
/// # Errors
/// Only if a value cannot be written as JSON, which would be a defect.
pub fn state_hash(state: &State) -> Result<StateHash, serde_json::Error> {
    let mut hashing = Hashing(Sha256::new());
    hashing.section("now", [state.now, state.settled_until])?;
    hashing.section("periods", [state.closed_until])?;
    hashing.section("settlement", &state.run)?;
    hashing.section("fees", state.fees.values())?;
    hashing.section("vat", &state.vat_changes)?;
    hashing.section("counters", [state.counters])?;
    hashing.section("terms", [state.terms])?;
    hashing.section("accelerators", state.catalogue.accelerators())?;
    hashing.section("sites", state.catalogue.sites())?;
    hashing.section("reference_prices", state.catalogue.reference_prices())?;
    hashing.section("organisations", state.orgs.values())?;
    hashing.section("relations", state.relations.edges())?;
    hashing.section("listings", state.book.listings())?;
    hashing.section("bids", state.book.bids())?;
    hashing.section("leases", state.leases.values())?;
    hashing.section("disputes", state.disputes.values())?;
    hashing.section("usage_keys", state.usage_keys.values())?;
    hashing.section("access_keys", state.access_keys.values())?;
    hashing.section("programmes", state.programmes.values())?;
    hashing.section("vouchers", state.vouchers.values())?;
    hashing.section("drawn", state.drawn.iter().filter(|(_, amount)| amount.fen() != 0))?;
    hashing.section("earnings", &state.earnings)?;
    hashing.section("users", state.users.values())?;
    hashing.section("approvals", state.approvals.values())?;
    hashing.section("provider_lists", &state.provider_lists)?;
    hashing.section("power_until", &state.power_until)?;
    hashing.section("facts", &state.facts)?;
    hashing.section("calendars", state.calendars.values())?;
    hashing.section("cap_lifts", &state.cap_lifts)?;
    hashing.section("contracts_asked", &state.contracts_asked)?;
    hashing.section("spent", &state.spent)?;
    hashing.section("applications", state.applications.values())?;
    hashing.section("claims", state.claims.values())?;
    hashing.section("recoveries", state.recoveries.values())?;
    hashing.section("flags", state.flags.values())?;
    hashing.section("treasury_requests", state.treasury_requests.values())?;
    hashing.section("outages", state.sla.all())?;
    hashing.section("probes", state.sla.probes())?;
    hashing.section("bank_refs", &state.bank_refs)?;
    let banking = &state.banking;
    hashing.section("banking_counters", [banking.counters])?;
    hashing.section("payout_accounts", banking.accounts.values())?;
    hashing.section("custody_accounts", banking.custody.values())?;
    hashing.section("withdrawals", banking.withdrawals.values())?;
    hashing.section("payout_batches", banking.batches.values())?;
    hashing.section("payouts", banking.payouts.values())?;
    hashing.section("statements", &banking.statements)?;
    hashing.section("suspense", banking.suspense.values())?;
    hashing.section("awaited", banking.awaited.values())?;
    hashing.section("unfunded", &banking.unfunded)?;
    hashing.section("ledger_counters", [state.ledger.counters()])?;
    hashing.section("accounts", state.ledger.accounts())?;
    Ok(StateHash(hashing.0.finalize().into()))
}
