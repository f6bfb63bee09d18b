//! What organisations are told of their money on its way in and out. Numbers of bank accounts are masked: messages go to machines of
//! which nothing is known.

use serde_json::json;

use super::payload::Say;
use crate::domain::banking::account::PayoutAccount;
use crate::domain::banking::payout::{Payout, PayoutState, Withdrawal};
use crate::domain::banking::statement::Direction;
use crate::domain::banking::suspense::{SuspenseItem, SuspenseState, SuspenseTarget};
use crate::domain::webhook::EventType;
use crate::engine::banking::event::BankingEvent;

/// Tells whoever it concerns.
pub(super) fn tell(event: &BankingEvent, say: Say<'_>) {
    match event {
        BankingEvent::PayoutAccountChanged(account) => tell_account(account, say),
        BankingEvent::WithdrawalChanged(withdrawal) => tell_withdrawal(withdrawal, say),
        BankingEvent::PayoutChanged(payout) => tell_payout(payout, say),
        BankingEvent::SuspenseChanged(item) => tell_found(item, say),
        // The platform's own affairs.
        BankingEvent::CustodyAccountChanged(_)
        | BankingEvent::PayoutBatchChanged(_)
        | BankingEvent::StatementImported(..)
        | BankingEvent::LineAwaited(_)
        | BankingEvent::LineSeen { .. } => {}
    }
}

fn tell_account(account: &PayoutAccount, say: Say<'_>) {
    let data = || {
        json!({
            "id": account.org,
            "number": account.account.masked().number,
            "usable_from": account.usable_from,
            "bounced": account.bounced,
        })
    };
    say(account.org, EventType::BankAccountChanged, &data);
}

fn tell_withdrawal(withdrawal: &Withdrawal, say: Say<'_>) {
    let data = || {
        json!({
            "id": withdrawal.id,
            "state": withdrawal.state,
            "amount": withdrawal.amount,
            "payout": withdrawal.payout,
        })
    };
    if let Some(org) = withdrawal.org {
        say(org, EventType::WithdrawalChanged, &data);
    }
}

fn tell_payout(payout: &Payout, say: Say<'_>) {
    let event = match payout.state {
        PayoutState::InFlight => EventType::PayoutSent,
        PayoutState::Paid => EventType::PayoutPaid,
        PayoutState::Returned => EventType::PayoutReturned,
    };
    let line = &payout.line;
    let data = || {
        json!({
            "id": payout.id,
            "state": payout.state,
            "amount": line.amount,
            "withdrawal": line.withdrawal,
            "number": line.account.masked().number,
            "reason": payout.reason,
        })
    };
    if let Some(org) = line.org {
        say(org, event, &data);
    }
}

/// Money that came in for an organisation, as was found out later.
fn tell_found(item: &SuspenseItem, say: Say<'_>) {
    let came_in = match item.entry.direction {
        Direction::Credit => item.state == SuspenseState::Resolved,
        Direction::Debit => false,
    };
    let data = || json!({"id": item.id, "booked_at": item.resolved_at, "amounts": [item.entry.amount]});
    match &item.target {
        Some(SuspenseTarget::Org(org)) if came_in => say(*org, EventType::DepositBooked, &data),
        Some(
            SuspenseTarget::Org(_)
            | SuspenseTarget::TreasuryRequest(_)
            | SuspenseTarget::Return(_)
            | SuspenseTarget::Payout(_)
            | SuspenseTarget::Charges,
        )
        | None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::banking::account::BankAccount;
    use crate::domain::banking::payout::PayoutLine;
    use crate::domain::banking::statement::StatementEntry;
    use crate::domain::banking::suspense::SuspenseReason;
    use crate::domain::id::{OrgId, PayoutBatchId, PayoutId, StatementId, SuspenseId, WithdrawalId};
    use crate::domain::money::Money;
    use crate::domain::time::Timestamp;

    fn told(event: &BankingEvent) -> Vec<(OrgId, &'static str, String)> {
        let mut said = Vec::new();
        tell(event, &mut |org, event, data| {
            said.push((org, event.name(), data().to_string()))
        });
        said
    }

    fn payout(org: Option<OrgId>, state: PayoutState) -> BankingEvent {
        let account = BankAccount {
            holder: "甲".to_owned(),
            number: "6222000000000001".to_owned(),
            cnaps: "102331002017".to_owned(),
            bank: "工商银行".to_owned(),
        };
        BankingEvent::PayoutChanged(Payout {
            id: PayoutId(4),
            batch: PayoutBatchId(1),
            line: PayoutLine {
                org,
                withdrawal: Some(WithdrawalId(2)),
                account,
                amount: Money::from_fen(500),
                from_cash: Money::ZERO,
                from_programme: Money::ZERO,
                debt_from_cash: Money::ZERO,
                debt_from_programme: Money::ZERO,
            },
            state,
            created_at: Timestamp::from_micros(0),
            ended_at: None,
            reason: None,
        })
    }

    #[test]
    fn an_organisation_is_told_of_its_payouts_without_the_number_of_its_account() {
        let org = OrgId(7);
        for (state, name) in [
            (PayoutState::InFlight, "payout.sent"),
            (PayoutState::Paid, "payout.paid"),
            (PayoutState::Returned, "payout.returned"),
        ] {
            let said = told(&payout(Some(org), state));
            assert_eq!(said.iter().map(|one| (one.0, one.1)).collect::<Vec<_>>(), [(org, name)]);
            assert!(
                said[0].2.contains("\"************0001\"") && !said[0].2.contains("62220000"),
                "{said:?}"
            );
        }
        assert_eq!(told(&payout(None, PayoutState::InFlight)), []);
    }

    #[test]
    fn a_deposit_is_one_once_it_is_clear_whose_it_is() {
        let item = |state, direction, target| {
            BankingEvent::SuspenseChanged(SuspenseItem {
                id: SuspenseId(1),
                state,
                reason: SuspenseReason::Unknown,
                statement: StatementId(1),
                place: 0,
                entry: StatementEntry {
                    reference: "R".to_owned(),
                    direction,
                    amount: Money::from_fen(100),
                    booked_at: Timestamp::from_micros(0),
                    end_to_end: String::new(),
                    remittance: String::new(),
                    counterparty: String::new(),
                    counterparty_account: String::new(),
                    return_reason: String::new(),
                },
                target,
                note: None,
                created_at: Timestamp::from_micros(0),
                resolved_at: None,
            })
        };
        let org = OrgId(7);
        let (open, resolved) = (SuspenseState::Open, SuspenseState::Resolved);
        let named = || Some(SuspenseTarget::Org(org));
        assert_eq!(told(&item(open, Direction::Credit, None)), []);
        assert_eq!(told(&item(resolved, Direction::Debit, named())), []);
        let said = told(&item(resolved, Direction::Credit, named()));
        assert_eq!((said[0].0, said[0].1, said.len()), (org, "deposit.booked", 1));
    }
}
