//! Whatever the order of earnings, receipts, payouts, statements, returns and resolutions: `bank` is what is owed and what statements
//! explain, nobody is paid twice, and what programmes paid is paid out only as far as treasuries have paid. `Town::say` checks the
//! books after each command; the rest is counted here, apart from them.

use std::collections::BTreeMap;

use proptest::prelude::*;
use qiantang::domain::account::AccountKey;
use qiantang::domain::banking::payout::PayoutState;
use qiantang::domain::banking::suspense::{SuspenseState, SuspenseTarget};
use qiantang::domain::id::PayoutId;
use qiantang::domain::money::Money;
use qiantang::engine::banking::BankingCommand;
use qiantang::engine::state_hash::state_hash;
use qiantang::engine::{State, apply};
use serde_json::json;

use super::bank::{Bank, account};
use crate::recovery::town::{PROVIDER, TENANT};

#[derive(Debug, Clone, Copy)]
enum Step {
    Earn,
    Pass(u8),
    TreasuryPays(u8, u16),
    Withdraw(u16),
    Pay,
    BankPays(u8),
    BankPaysWrongly(u8),
    BankReturns(u8),
    Refused(u8),
    Deposit(u16),
    Stranger(u16),
    Charge(u8),
    Import,
    Resolve(u8, u8),
    ChangeAccount(u8),
    Credit(u16),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        2 => Just(Step::Earn),
        2 => any::<u8>().prop_map(Step::Pass),
        3 => (0_u8..3, any::<u16>()).prop_map(|(payer, part)| Step::TreasuryPays(payer, part)),
        2 => any::<u16>().prop_map(Step::Withdraw),
        4 => Just(Step::Pay),
        4 => any::<u8>().prop_map(Step::BankPays),
        1 => any::<u8>().prop_map(Step::BankPaysWrongly),
        2 => any::<u8>().prop_map(Step::BankReturns),
        1 => any::<u8>().prop_map(Step::Refused),
        1 => any::<u16>().prop_map(Step::Deposit),
        2 => any::<u16>().prop_map(Step::Stranger),
        1 => any::<u8>().prop_map(Step::Charge),
        4 => Just(Step::Import),
        3 => (any::<u8>(), any::<u8>()).prop_map(|(which, how)| Step::Resolve(which, how)),
        1 => any::<u8>().prop_map(Step::ChangeAccount),
        1 => any::<u16>().prop_map(Step::Credit),
    ];
    prop::collection::vec(step, 1..40)
}

/// The world outside, as it is counted here.
struct World {
    bank: Bank,
    /// What treasuries have paid, in fen.
    received: i64,
    /// How often the bank has paid each payout, less how often it came back.
    paid: BTreeMap<PayoutId, i64>,
    leases: Vec<qiantang::domain::recovery::NamedLease>,
}

fn nth<T: Clone>(all: &[T], which: u8) -> Option<T> {
    let place = usize::from(which).checked_rem(all.len())?;
    all.get(place).cloned()
}

impl World {
    fn step(&mut self, step: Step) {
        let bank = &mut self.bank;
        match step {
            Step::Earn => self.leases.push(bank.town.finished()),
            Step::Pass(hours) => bank.hours_pass(u32::from(hours)),
            Step::TreasuryPays(payer, part) => {
                let owed = bank.town.receivables()[usize::from(payer)];
                let fen = owed.max(0) * i64::from(part) / i64::from(u16::MAX);
                if fen > 0 {
                    bank.treasury_pays(payer, fen);
                    self.received += fen;
                }
            }
            Step::Withdraw(fen) => {
                let amount = Money::from_fen(i64::from(fen));
                let _ = bank.say(BankingCommand::Withdraw { org: TENANT, amount });
            }
            Step::Pay => {
                let _ = bank.say(BankingCommand::PayDue { orgs: None });
            }
            Step::BankPays(which) => {
                let flying: Vec<_> = bank.payouts(PayoutState::InFlight);
                let unpaid: Vec<_> = flying
                    .into_iter()
                    .filter(|payout| self.paid.get(&payout.id).is_none_or(|times| *times == 0))
                    .collect();
                if let Some(payout) = nth(&unpaid, which) {
                    bank.line("debit", payout.line.amount.fen(), json!({"end_to_end": payout.id}));
                    *self.paid.entry(payout.id).or_default() += 1;
                }
            }
            Step::BankPaysWrongly(which) => {
                if let Some(payout) = nth(&bank.payouts(PayoutState::InFlight), which) {
                    bank.line("debit", payout.line.amount.fen() + 1, json!({"end_to_end": payout.id}));
                }
            }
            Step::BankReturns(which) => {
                let ids: Vec<PayoutId> = self
                    .paid
                    .iter()
                    .filter(|(_, times)| **times == 1)
                    .map(|(id, _)| *id)
                    .collect();
                if let Some(id) = nth(&ids, which) {
                    let fen = bank.state().banking.payouts[&id].line.amount.fen();
                    bank.line("credit", fen, json!({"end_to_end": id, "return_reason": "AC04"}));
                    *self.paid.entry(id).or_default() -= 1;
                }
            }
            Step::Refused(which) => {
                let untouched: Vec<_> = bank.payouts(PayoutState::InFlight);
                let untouched: Vec<_> = untouched
                    .iter()
                    .filter(|payout| !self.paid.contains_key(&payout.id))
                    .collect();
                if let Some(payout) = nth(&untouched, which) {
                    let (payout, reason) = (payout.id, "refused".to_owned());
                    bank.say(BankingCommand::ReturnPayout { payout, reason }).unwrap();
                }
            }
            Step::Deposit(fen) => bank.line(
                "credit",
                i64::from(fen) + 1,
                json!({"remittance": "QT-org_0000000000002"}),
            ),
            Step::Stranger(fen) => bank.line("credit", i64::from(fen) + 1, json!({"remittance": "?"})),
            Step::Charge(fen) => bank.line("debit", i64::from(fen) + 1, json!({"remittance": "fee"})),
            Step::Import => {
                bank.report();
            }
            Step::Resolve(which, how) => resolve(bank, which, how),
            Step::ChangeAccount(number) => bank.set_account(PROVIDER, &format!("6222{number:08}")),
            Step::Credit(fen) => {
                if let Some(lease) = self.leases.last().cloned() {
                    let _ = bank.town.credit(&lease, i64::from(fen) + 1);
                }
            }
        }
    }

    fn check(&self) {
        let bank = &self.bank;
        let awaited: i64 = bank
            .state()
            .banking
            .awaited
            .values()
            .map(|line| line.amount.fen())
            .sum();
        let listed: i64 = bank.lines.iter().map(super::bank::fen_of).sum();
        assert_eq!(bank.fen(AccountKey::Bank), bank.closing - listed + awaited);
        // What was paid of vouchers' money and did not come back, treasuries have paid before.
        let out: i64 = bank
            .state()
            .banking
            .payouts
            .values()
            .filter(|payout| payout.state != PayoutState::Returned)
            .map(|payout| payout.line.of_programme().unwrap().fen())
            .sum();
        assert!(out <= self.received, "{out} of {}", self.received);
        assert!(self.paid.values().all(|times| (0..=1).contains(times)));
    }
}

fn resolve(bank: &mut Bank, which: u8, how: u8) {
    let items = bank.state().banking.suspense.values();
    let open: Vec<_> = items
        .filter(|item| item.state == SuspenseState::Open)
        .cloned()
        .collect();
    let Some(item) = nth(&open, which) else { return };
    let flying = bank.payouts(PayoutState::InFlight);
    let target = match how % 4 {
        0 => SuspenseTarget::Org(TENANT),
        1 => SuspenseTarget::Return(account("6222999999")),
        2 => SuspenseTarget::Charges,
        _ => flying
            .first()
            .map_or(SuspenseTarget::Charges, |payout| SuspenseTarget::Payout(payout.id)),
    };
    let note = "so it was".to_owned();
    let _ = bank.say(BankingCommand::ResolveSuspense {
        suspense: item.id,
        target,
        note,
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn any_order_leaves_the_books_right(steps in steps()) {
        let mut bank = Bank::new();
        bank.set_account(PROVIDER, "6222000000000001");
        bank.set_account(TENANT, "6222000000000002");
        let mut world = World { bank, received: 0, paid: BTreeMap::new(), leases: Vec::new() };
        for step in steps {
            world.step(step);
            world.check();
        }
        world.bank.report();
        world.check();
        prop_assert_eq!(super::funding::recounted(&world.bank.town), super::funding::kept(&world.bank.town));
        let mut again = State::default();
        for (at, command) in world.bank.town.said.clone() {
            if qiantang::engine::is_due(&again, at) {
                apply(&mut again, qiantang::engine::Command::Tick, at).unwrap();
            }
            let _ = apply(&mut again, command, at);
        }
        prop_assert_eq!(state_hash(&again).unwrap(), state_hash(world.bank.state()).unwrap());
    }
}
