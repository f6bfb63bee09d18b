//! What is not funded is the same whether it is kept, found out of the transfers alone, or counted by a migration.

use std::collections::BTreeMap;

use qiantang::app::clock::Clock;
use qiantang::app::exchange::Exchange;
use qiantang::app::request::Request;
use qiantang::domain::account::AccountKey;
use qiantang::domain::id::{AccountId, OrgId, ProgrammeId};
use qiantang::engine::banking::funding::Recount;
use qiantang::engine::ledger::Leg;
use qiantang::engine::state_hash::state_hash;
use qiantang::store::{self, Reader};

use super::bank::Bank;
use crate::harness::for_each_backend;
use crate::recovery::town::{PROVIDER, Town};
use crate::store::writing::execute;

/// What is not funded of whose earnings, in fen; what is zero is left out.
type Unfunded = BTreeMap<(ProgrammeId, OrgId), i64>;

/// As the engine keeps it.
pub fn kept(town: &Town) -> Unfunded {
    let rows = town.state.banking.unfunded.iter();
    let rows = rows.map(|(key, amount)| (*key, amount.fen()));
    rows.filter(|(_, fen)| *fen != 0).collect()
}

/// As the transfers say.
pub fn recounted(town: &Town) -> Unfunded {
    let opened = town.movements.iter().flat_map(|movement| movement.opened.iter());
    let keys: BTreeMap<AccountId, AccountKey> = opened.copied().collect();
    let mut recount = Recount::default();
    for movement in &town.movements {
        let legs = movement.transfers.iter().map(|transfer| Leg {
            debit: keys[&transfer.debit],
            credit: keys[&transfer.credit],
            amount: transfer.amount,
        });
        recount.follow(&legs.collect::<Vec<Leg>>()).unwrap();
    }
    let found = recount.found().into_iter();
    let found = found.map(|one| ((one.programme, one.org), one.amount.fen()));
    found.filter(|(_, fen)| *fen != 0).collect()
}

/// Earned, paid in part, paid out in part, credited.
fn bank() -> Bank {
    let mut bank = Bank::new();
    bank.earn();
    bank.set_account(PROVIDER, "6222000000000001");
    bank.treasury_pays(1, 4_272);
    bank.pay_due();
    let second = bank.town.finished();
    bank.town.credit(&second, 10_001).unwrap();
    bank
}

#[test]
fn a_database_of_before_it_was_kept_is_not_read_until_it_is_counted() {
    let bank = bank();
    assert_eq!(kept(&bank.town), recounted(&bank.town));
    assert_eq!(kept(&bank.town).len(), 1);
    let memory = state_hash(bank.state()).unwrap();
    for_each_backend(|database| {
        let exchange = Exchange::open(&database.url, "test", Clock::Given).unwrap();
        for (at, command) in bank.town.said.clone() {
            let reply = exchange.handle().call(Request::new("flow", command).at(at)).unwrap();
            assert!(reply.accepted, "{}", reply.answer);
        }
        exchange.shut_down();
        let load = || store::state::load(&mut Reader::open(&database.url).unwrap());
        let stored = || state_hash(&load().unwrap()).unwrap();
        assert_eq!(stored(), memory);

        execute(&database.url, "DELETE FROM unfunded").unwrap();
        execute(
            &database.url,
            "INSERT INTO unfunded (programme, org, amount) VALUES (0, 0, -1)",
        )
        .unwrap();
        let refused = load().unwrap_err().to_string();
        assert!(refused.contains("unfunded.programme"), "{refused}");
        for _ in 0..2 {
            store::migrate(&database.url).unwrap();
            assert_eq!(stored(), memory);
        }
    });
}
