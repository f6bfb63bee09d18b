//! What a programme's treasuries owe, as the API shows it.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::id::ProgrammeId;
use crate::domain::money::{Money, Overflow};
use crate::domain::programme::Programme;
use crate::domain::treasury::TreasuryRequest;

/// What the treasuries of a programme owe and have paid, and what its reserve holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TreasuryView {
    /// The programme.
    pub programme: ProgrammeId,
    /// What is left of what was paid in before.
    pub reserve: Money,
    /// Each who pays, in the programme's order.
    pub payers: Vec<PayerView>,
}

/// What one treasury owes and has paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PayerView {
    /// Its place among those who pay for the programme.
    pub payer: u8,
    /// What it is called; empty where the programme names nobody.
    pub name: String,
    /// What it owes now.
    pub owed: Money,
    /// What of that it was asked for.
    pub asked: Money,
    /// What it has paid so far.
    pub received: Money,
}

impl TreasuryView {
    /// From balances and requests.
    ///
    /// # Errors
    /// Only where amounts are beyond what the exchange can count.
    pub fn of(
        programme: &Programme,
        (owed, reserve): (&[(u8, Money)], Money),
        requests: &[TreasuryRequest],
    ) -> Result<TreasuryView, Overflow> {
        let funders = &programme.rules.co_funding;
        let names: Vec<&str> = if funders.is_empty() {
            vec![""]
        } else {
            funders.iter().map(|funder| funder.payer.as_str()).collect()
        };
        let mut payers = Vec::with_capacity(names.len());
        for (payer, name) in (0_u8..).zip(names) {
            let own = || requests.iter().filter(move |request| request.payer == payer);
            let balance = owed.iter().find(|(of, _)| *of == payer);
            payers.push(PayerView {
                payer,
                name: name.to_owned(),
                owed: balance.map_or(Money::ZERO, |(_, amount)| *amount),
                asked: own()
                    .map(TreasuryRequest::outstanding)
                    .try_fold(Money::ZERO, |sum, one| sum.plus(one?))?,
                received: Money::sum(own().map(|request| request.received))?,
            });
        }
        Ok(TreasuryView {
            programme: programme.id,
            reserve,
            payers,
        })
    }
}
