//! Money that comes in and goes out through the bank, and what is posted by hand.

use qiantang::domain::account::AccountKey;
use qiantang::domain::banking::suspense::SuspenseTarget;
use qiantang::domain::id::SuspenseId;
use qiantang::domain::money::Money;
use qiantang::engine::Command;
use qiantang::engine::banking::BankingCommand;
use serde_json::json;

use super::{Case, Played, after};
use crate::banking::bank::{Bank, account};
use crate::recovery::town::{PROVIDER, TENANT};

pub const CASES: &[Case] = &[
    ("Earnings are paid out, and come back", payout),
    ("Cash is withdrawn, and the bank refuses it", withdraw),
    ("A statement shows what nobody expected", suspense),
    ("Posted by hand", manual),
];

/// A bank; the provider has earned 427.55 of a tenant and 213.73 of vouchers, of which the district has paid 42.72.
fn earned() -> Bank {
    let mut bank = Bank::new();
    bank.earn();
    bank.set_account(PROVIDER, "6222000000000001");
    bank.treasury_pays(1, 4_272);
    bank
}

fn payout() -> Played {
    let mut bank = earned();
    let from = after(&bank.town);
    bank.pay_due();
    let payout = bank.only_payout();
    bank.line("debit", 47_027, json!({"end_to_end": payout}));
    bank.report();
    bank.line("credit", 47_027, json!({"end_to_end": payout, "return_reason": "AC04"}));
    bank.report();
    Played { town: bank.town, from }
}

fn withdraw() -> Played {
    let mut bank = Bank::new();
    bank.set_account(TENANT, "6222000000000009");
    let from = after(&bank.town);
    let amount = Money::from_fen(2_500_001);
    bank.say(BankingCommand::Withdraw { org: TENANT, amount }).unwrap();
    bank.pay_due();
    let (payout, reason) = (bank.only_payout(), "no such account".to_owned());
    bank.say(BankingCommand::ReturnPayout { payout, reason }).unwrap();
    Played { town: bank.town, from }
}

fn suspense() -> Played {
    let mut bank = earned();
    let request = bank.ask_treasury(2, 4_275);
    let from = after(&bank.town);
    bank.pay_due();
    let payout = bank.only_payout();
    bank.line("credit", 4_274, json!({"remittance": request.to_string()}));
    bank.line("credit", 701, json!({"remittance": "?"}));
    bank.line("credit", 303, json!({"remittance": "?"}));
    bank.line("credit", 99, json!({"remittance": "?"}));
    bank.line("debit", 20, json!({"remittance": "fee"}));
    bank.line("debit", 47_027, json!({}));
    bank.report();
    let targets = [
        SuspenseTarget::TreasuryRequest(request),
        SuspenseTarget::Org(TENANT),
        SuspenseTarget::Return(account("6222000000000003")),
        SuspenseTarget::Charges,
        SuspenseTarget::Charges,
        SuspenseTarget::Payout(payout),
    ];
    for (number, target) in (1..).zip(targets) {
        bank.say(BankingCommand::ResolveSuspense {
            suspense: SuspenseId(number),
            target,
            note: "found out".to_owned(),
        })
        .unwrap();
    }
    bank.pay_due();
    Played { town: bank.town, from }
}

fn manual() -> Played {
    let mut bank = Bank::new();
    let from = after(&bank.town);
    let transfers = vec![
        (
            AccountKey::Bank,
            AccountKey::Collateral(PROVIDER),
            Money::from_fen(50_001),
        ),
        (AccountKey::Cash(TENANT), AccountKey::FeeRevenue, Money::from_fen(3)),
    ];
    bank.town.say(Command::Post { transfers }).unwrap();
    Played { town: bank.town, from }
}
