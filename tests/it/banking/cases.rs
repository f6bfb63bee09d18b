//! Entries to the fen: 8 cards for a day at 3.34 are 641.28, of which vouchers pay 33.33 %, 213.73.

use qiantang::domain::account::AccountKey;
use qiantang::domain::banking::payout::{Hold, PayoutBatchState, PayoutState, WithdrawalState};
use qiantang::domain::banking::suspense::{SuspenseReason, SuspenseState, SuspenseTarget};
use qiantang::domain::id::{LeaseId, PayoutBatchId, SuspenseId};
use qiantang::domain::money::Money;
use qiantang::engine::Command;
use qiantang::engine::banking::BankingCommand;
use qiantang::engine::banking::funding;
use serde_json::json;

use super::bank::{Bank, account};
use crate::recovery::town::{PROGRAMME, PROVIDER, TENANT, by_mistake, live};

/// A provider with 427.55 of tenants and 213.73 of vouchers payable, and an account to be paid to.
fn earned() -> Bank {
    let mut bank = Bank::new();
    bank.earn();
    bank.set_account(PROVIDER, "6222000000000001");
    bank
}

fn holds(bank: &Bank) -> Vec<(i64, Hold)> {
    let held = bank.due().held;
    held.iter().map(|held| (held.amount.fen(), held.hold)).collect()
}

#[test]
fn what_tenants_paid_is_paid_out_and_what_vouchers_paid_waits_for_the_treasuries() {
    let mut bank = Bank::new();
    bank.earn();
    assert_eq!(holds(&bank), [(21_373, Hold::Unfunded), (42_755, Hold::NoAccount)]);
    bank.set_account(PROVIDER, "6222000000000001");
    assert_eq!(holds(&bank), [(21_373, Hold::Unfunded)]);
    let events = bank.pay_due();
    assert_eq!(
        bank.booked(&events),
        ["Payout: payable_cash -> payout_in_flight 427.55"]
    );
    assert!(bank.due().lines.is_empty(), "nobody is paid twice");

    let payout = bank.only_payout();
    bank.line("debit", 42_755, json!({"end_to_end": payout}));
    let events = bank.report();
    assert_eq!(bank.booked(&events), ["SettlePayout: payout_in_flight -> bank 427.55"]);
    assert_eq!(bank.state().banking.payouts[&payout].state, PayoutState::Paid);
    assert_eq!(
        bank.state().banking.batches[&PayoutBatchId(1)].state,
        PayoutBatchState::Settled
    );

    // 60.01 %, 19.99 % and 20 % of 213.73 are 128.26, 42.72 and 42.75.
    assert_eq!(bank.town.receivables(), [12_826, 4_272, 4_275]);
    bank.treasury_pays(1, 4_272);
    assert_eq!(
        funding::unfunded_of(bank.state(), PROVIDER),
        Ok(Money::from_fen(17_101))
    );
    let events = bank.pay_due();
    assert_eq!(
        bank.booked(&events),
        ["Payout: payable_programme -> payout_in_flight 42.72"]
    );
    bank.treasury_pays(0, 12_826);
    bank.treasury_pays(2, 4_275);
    let events = bank.pay_due();
    assert_eq!(
        bank.booked(&events),
        ["Payout: payable_programme -> payout_in_flight 171.01"]
    );
    assert!(bank.state().banking.unfunded.is_empty());
    assert_eq!(bank.fen(AccountKey::PayoutInFlight), 4_272 + 17_101);
    bank.report();
    assert!(bank.state().banking.awaited.is_empty());
}

#[test]
fn a_receipt_funds_what_became_payable_first() {
    let mut bank = earned();
    bank.treasury_pays(0, 12_826);
    assert_eq!(bank.due().lines[0].from_programme, Money::from_fen(12_826));
    // Another lease is settled and still disputable: what it adds is not funded, and holds nothing more back.
    bank.town.finished();
    assert_eq!(bank.due().lines[0].from_programme, Money::from_fen(12_826));
    bank.hours_pass(73);
    assert_eq!(bank.due().lines[0].from_programme, Money::from_fen(12_826));
}

#[test]
fn a_payout_that_comes_back_is_where_it_was_and_stops_the_account() {
    let mut bank = earned();
    bank.pay_due();
    let payout = bank.only_payout();
    bank.line("debit", 42_755, json!({"end_to_end": payout}));
    bank.line(
        "credit",
        42_755,
        json!({"end_to_end": payout.to_string().to_uppercase(), "return_reason": "AC04 closed"}),
    );
    let events = bank.report();
    assert_eq!(
        bank.booked(&events),
        [
            "SettlePayout: payout_in_flight -> bank 427.55",
            "ReturnPayout: bank -> payout_in_flight 427.55",
            "ReturnPayout: payout_in_flight -> payable_cash 427.55"
        ]
    );
    let known = &bank.state().banking.payouts[&payout];
    assert_eq!(
        (known.state, known.reason.as_deref()),
        (PayoutState::Returned, Some("AC04 closed"))
    );
    assert_eq!(holds(&bank), [(21_373, Hold::Unfunded), (42_755, Hold::Bounced)]);
    // Two people say that the account is right after all.
    bank.set_account(PROVIDER, "6222000000000001");
    bank.pay_due();
    assert_eq!(bank.fen(AccountKey::PayoutInFlight), 42_755);
}

#[test]
fn what_the_bank_refuses_before_it_is_on_a_statement_goes_back_too() {
    let mut bank = earned();
    bank.pay_due();
    let payout = bank.only_payout();
    let reason = "no such account".to_owned();
    let events = bank.say(BankingCommand::ReturnPayout { payout, reason }).unwrap();
    assert_eq!(
        bank.booked(&events),
        ["ReturnPayout: payout_in_flight -> payable_cash 427.55"]
    );
    // Should the bank have paid it all the same, that is for somebody to look into.
    bank.line("debit", 42_755, json!({"end_to_end": payout}));
    let events = bank.report();
    assert_eq!(bank.booked(&events), ["Suspend: suspense -> bank 427.55"]);
    let item = &bank.state().banking.suspense[&SuspenseId(1)];
    assert_eq!(item.reason, SuspenseReason::NotExpected);
}

#[test]
fn a_changed_account_waits() {
    let mut bank = earned();
    bank.set_account(PROVIDER, "6222000000000002");
    let until = bank.town.now.plus_hours(72);
    assert_eq!(
        holds(&bank),
        [(21_373, Hold::Unfunded), (42_755, Hold::Cooling { until })]
    );
    bank.hours_pass(71);
    // The same one again does not begin anew.
    bank.set_account(PROVIDER, "6222000000000002");
    assert!(bank.due().lines.is_empty());
    bank.hours_pass(1);
    assert_eq!(bank.due().lines[0].account, account("6222000000000002"));
}

#[test]
fn who_owes_pays_that_first() {
    let mut bank = Bank::new();
    let lease = bank.town.rent(24);
    bank.town.deliver(lease, (0, 12), 1_000);
    bank.town.settle();
    // All of it is given back, once its earnings have been paid out.
    bank.set_account(PROVIDER, "6222000000000001");
    bank.hours_pass(73);
    bank.pay_due();
    assert_eq!(bank.fen(AccountKey::PayableCash(PROVIDER)), 0);
    bank.town.credit(&live(lease), 10_000).unwrap();
    // 320.64 were settled, of which vouchers have paid 106.87: 66.67 of 100.00 are the tenant's, 33.33 came out of what vouchers paid.
    assert_eq!(bank.fen(AccountKey::Debt(PROVIDER)), 6_667);
    bank.earn();
    let line = bank.due().lines[0].clone();
    assert_eq!(line.debt_from_cash, Money::from_fen(6_667));
    let before = bank.fen(AccountKey::PayableCash(PROVIDER));
    let events = bank.pay_due();
    let booked = bank.booked(&events);
    assert_eq!(booked[0], "Collect: payable_cash -> debt 66.67");
    let paid = Money::from_fen(before - 6_667);
    assert_eq!(booked[1], format!("Payout: payable_cash -> payout_in_flight {paid}"));
    assert_eq!(bank.fen(AccountKey::Debt(PROVIDER)), 0);
}

#[test]
fn a_debt_that_takes_it_all_leaves_nothing_for_the_bank() {
    let mut bank = Bank::new();
    let lease = bank.town.finished();
    bank.set_account(PROVIDER, "6222000000000001");
    bank.hours_pass(73);
    bank.pay_due();
    bank.town.credit(&lease, 64_128).unwrap();
    assert_eq!(bank.fen(AccountKey::Debt(PROVIDER)), 42_755);
    let lease = bank.town.rent(24);
    bank.town.deliver(lease, (0, 1), 1_000);
    bank.town.settle();
    bank.hours_pass(73);
    let events = bank.pay_due();
    assert_eq!(bank.booked(&events), ["Collect: payable_cash -> debt 17.81"]);
    let batch = &bank.state().banking.batches[&PayoutBatchId(2)];
    assert_eq!((batch.state, batch.total), (PayoutBatchState::Settled, Money::ZERO));
}

#[test]
fn cash_is_withdrawn_with_the_next_batch() {
    let mut bank = Bank::new();
    let amount = Money::from_fen(2_500_050);
    let ask = || BankingCommand::Withdraw { org: TENANT, amount };
    assert!(bank.say(ask()).is_err(), "there is no account");
    bank.set_account(TENANT, "6222000000000009");
    bank.say(ask()).unwrap();
    let events = bank.pay_due();
    assert_eq!(bank.booked(&events), ["Withdraw: cash -> payout_in_flight 25000.50"]);
    let payout = bank.only_payout();
    bank.line("debit", 2_500_050, json!({"end_to_end": payout}));
    bank.report();
    let withdrawal = bank.state().banking.withdrawals.values().next().unwrap();
    assert_eq!(
        (withdrawal.state, withdrawal.payout),
        (WithdrawalState::Paid, Some(payout))
    );
    assert_eq!(bank.fen(AccountKey::Bank), 7_499_950);
    bank.line("credit", 2_500_050, json!({"end_to_end": payout}));
    let events = bank.report();
    assert_eq!(
        bank.booked(&events),
        [
            "ReturnPayout: bank -> payout_in_flight 25000.50",
            "ReturnPayout: payout_in_flight -> cash 25000.50"
        ]
    );
}

#[test]
fn statements_book_what_was_expected_and_keep_the_rest_apart() {
    let mut bank = earned();
    let request = bank.ask_treasury(0, 12_826);
    bank.town.verb(
        Some(TENANT),
        "deposit",
        json!({"amount": "10.00", "bank_ref": "BY-HAND"}),
    );
    bank.line("credit", 1_000, json!({"reference": "BY-HAND"}));
    bank.line("credit", 12_826, json!({"remittance": format!("拨款 {request}")}));
    bank.line("credit", 5_000, json!({"remittance": "QT-ORG_0000000000002 预付"}));
    bank.line("credit", 7_00, json!({"remittance": "谢谢", "counterparty": "某公司"}));
    bank.line("debit", 20, json!({"remittance": "手续费"}));
    let events = bank.report();
    assert_eq!(
        bank.booked(&events),
        [
            "ReceiveTreasury: bank -> treasury_receivable 128.26",
            "Deposit: bank -> cash 50.00",
            "Suspend: bank -> suspense 7.00",
            "Suspend: suspense -> bank 0.20"
        ]
    );
    let treasury_line = bank.due().lines[0].from_programme;
    assert_eq!(treasury_line, Money::from_fen(12_826), "the receipt funds");
    assert_eq!(bank.fen(AccountKey::Suspense), 680);

    let note = || "found out".to_owned();
    let resolve = |suspense, target| BankingCommand::ResolveSuspense {
        suspense: SuspenseId(suspense),
        target,
        note: note(),
    };
    // The platform has earned no fee that could pay the charge.
    assert!(bank.say(resolve(2, SuspenseTarget::Charges)).is_err());
    assert!(
        bank.say(resolve(2, SuspenseTarget::Return(account("6222000000000003"))))
            .is_err()
    );
    let events = bank.say(resolve(2, SuspenseTarget::Org(TENANT))).unwrap();
    assert_eq!(bank.booked(&events), ["ResolveSuspense: cash -> suspense 0.20"]);
    bank.say(resolve(1, SuspenseTarget::Return(account("6222000000000003"))))
        .unwrap();
    assert!(bank.say(resolve(1, SuspenseTarget::Org(TENANT))).is_err(), "only once");
    let events = bank.pay_due();
    assert_eq!(
        bank.booked(&events).last().unwrap(),
        "Refund: suspense -> payout_in_flight 7.00"
    );
    let refund = bank.payouts(PayoutState::InFlight).pop().unwrap();
    bank.line("debit", 700, json!({"end_to_end": refund.id}));
    bank.report();
    let item = &bank.state().banking.suspense[&SuspenseId(1)];
    assert_eq!(item.state, SuspenseState::GoneBack);
    bank.line("credit", 700, json!({"end_to_end": refund.id}));
    bank.report();
    let item = &bank.state().banking.suspense[&SuspenseId(1)];
    assert_eq!((item.state, bank.fen(AccountKey::Suspense)), (SuspenseState::Open, 700));
    bank.say(resolve(1, SuspenseTarget::Charges)).unwrap();
    assert_eq!(bank.fen(AccountKey::FeeRevenue), 700);
}

#[test]
fn suspense_can_be_a_part_of_what_a_treasury_was_asked_for_or_a_payout_that_was_not_named() {
    let mut bank = earned();
    let request = bank.ask_treasury(2, 4_275);
    bank.pay_due();
    let payout = bank.only_payout();
    // One fen off is not what was expected.
    bank.line("credit", 4_274, json!({"remittance": request.to_string()}));
    bank.line("debit", 42_755, json!({}));
    bank.report();
    let reasons: Vec<SuspenseReason> = bank.state().banking.suspense.values().map(|item| item.reason).collect();
    assert_eq!(reasons, [SuspenseReason::AmountDiffers, SuspenseReason::Unknown]);
    let resolve = |suspense, target| BankingCommand::ResolveSuspense {
        suspense: SuspenseId(suspense),
        target,
        note: "the bank told us".to_owned(),
    };
    assert!(
        bank.say(resolve(1, SuspenseTarget::Payout(payout))).is_err(),
        "it came in"
    );
    let events = bank.say(resolve(1, SuspenseTarget::TreasuryRequest(request))).unwrap();
    assert_eq!(
        bank.booked(&events),
        ["ResolveSuspense: suspense -> treasury_receivable 42.74"]
    );
    assert_eq!(
        funding::unfunded(bank.state(), (PROGRAMME, PROVIDER)),
        Money::from_fen(17_099)
    );
    let events = bank.say(resolve(2, SuspenseTarget::Payout(payout))).unwrap();
    assert_eq!(
        bank.booked(&events),
        ["SettlePayout: payout_in_flight -> suspense 427.55"]
    );
    assert_eq!(bank.fen(AccountKey::Suspense), 0);
}

#[test]
fn what_is_taken_back_from_a_tenant_funds_and_a_credit_unfunds_its_own_provider() {
    let mut bank = earned();
    let second = bank.town.finished();
    assert_eq!(
        funding::unfunded_of(bank.state(), PROVIDER),
        Ok(Money::from_fen(42_746))
    );
    bank.town.credit(&second, 10_000).unwrap();
    assert_eq!(
        funding::unfunded_of(bank.state(), PROVIDER),
        Ok(Money::from_fen(42_746 - 3_333))
    );
    let first = qiantang::domain::recovery::NamedLease {
        closed: second.closed.clone(),
        lease: LeaseId(1),
    };
    bank.town.recover(by_mistake(&first, None)).unwrap();
    let left = Money::from_fen(42_746 - 3_333 - 21_373);
    assert_eq!(funding::unfunded_of(bank.state(), PROVIDER), Ok(left));
}

#[test]
fn money_by_hand_is_awaited_like_any_other() {
    let mut bank = Bank::new();
    let amount = Money::from_fen(300);
    let legs = |debit, credit| Command::Post {
        transfers: vec![(debit, credit, amount)],
    };
    bank.town.say(legs(AccountKey::Bank, AccountKey::Cash(TENANT))).unwrap();
    assert_eq!(bank.state().banking.awaited.len(), 1);
    // What lists say nobody posts by hand.
    let refused = bank.town.say(legs(AccountKey::Suspense, AccountKey::Cash(TENANT)));
    assert!(refused.is_err());
}
