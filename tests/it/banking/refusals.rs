//! What is refused, and changes nothing: `Town::say` compares the hash of the state after each refusal.

use qiantang::domain::banking::account::BankAccount;
use qiantang::domain::banking::payout::{PayoutBatchState, PayoutState};
use qiantang::domain::banking::suspense::{SuspenseReason, SuspenseTarget};
use qiantang::domain::id::{PayoutBatchId, SuspenseId};
use qiantang::domain::money::Money;
use qiantang::engine::Rejection;
use qiantang::engine::banking::BankingCommand;
use qiantang::engine::banking::refusal::BankingRefusal;
use serde_json::{Value, json};

use super::bank::{Bank, CUSTODY, account};
use crate::recovery::town::{PROVIDER, TENANT};

fn refusal(said: Result<Vec<qiantang::engine::Event>, Rejection>) -> BankingRefusal {
    match said.unwrap_err() {
        Rejection::Banking(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

fn places(said: Result<Vec<qiantang::engine::Event>, Rejection>) -> Vec<String> {
    match said.unwrap_err() {
        Rejection::Invalid(errors) => errors.into_iter().map(|error| error.pointer).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_statement_is_taken_as_a_whole_or_not_at_all() {
    let mut bank = Bank::new();
    bank.line("credit", 100, json!({"remittance": "QT-org_0000000000002"}));
    let good = bank.statement();
    let with = |field: &str, value: Value| {
        let mut other = good.clone();
        other[field] = value;
        other
    };
    assert_eq!(
        refusal(bank.import(with("closing", json!("100001.01")))),
        BankingRefusal::StatementUnequal {
            found: Money::from_fen(10_000_100),
            expected: Money::from_fen(10_000_101)
        }
    );
    let mut shifted = with("opening", json!("100000.01"));
    shifted["closing"] = json!("100001.01");
    assert_eq!(
        refusal(bank.import(shifted)),
        BankingRefusal::OpeningDiffers {
            found: Money::from_fen(10_000_001),
            expected: Money::from_fen(10_000_000)
        }
    );
    let unknown = refusal(bank.import(with("account", json!("1202021009900000002"))));
    assert_eq!(
        unknown,
        BankingRefusal::UnknownOwnAccount("1202021009900000002".to_owned())
    );
    let line = good["entries"][0].clone();
    let twice = with("entries", json!([line, line]));
    assert_eq!(places(bank.import(twice)), ["/entries/1/reference"]);
    let mut nothing = line.clone();
    nothing["amount"] = json!("0.00");
    assert_eq!(
        places(bank.import(with("entries", json!([nothing])))),
        ["/entries/0/amount"]
    );
    let late = with("closed_at", json!(bank.town.now.plus_hours(25)));
    assert_eq!(places(bank.import(late)), ["/closed_at"]);

    bank.import(good.clone()).unwrap();
    let again = BankingRefusal::StatementImported {
        account: CUSTODY.to_owned(),
        statement: "S1".to_owned(),
    };
    assert_eq!(refusal(bank.import(good.clone())), again);
    // The same entry under another statement's name is nobody's deposit a second time.
    let mut renamed = with("statement", json!("S1 again"));
    renamed["opening"] = json!("100001.00");
    renamed["closing"] = json!("100002.00");
    bank.import(renamed).unwrap();
    let item = &bank.state().banking.suspense[&SuspenseId(1)];
    assert_eq!(item.reason, SuspenseReason::ReferenceKnown);
}

#[test]
fn what_is_ambiguous_or_a_fen_off_is_nobodys() {
    let mut bank = Bank::new();
    bank.earn();
    bank.set_account(PROVIDER, "6222000000000001");
    bank.pay_due();
    let payout = bank.only_payout();
    bank.line(
        "credit",
        1,
        json!({"remittance": "QT-org_0000000000002 QT-org_0000000000001"}),
    );
    bank.line("credit", 2, json!({"remittance": "QT-org_00000000000zz"}));
    bank.line("debit", 42_754, json!({"end_to_end": payout}));
    bank.line("credit", 42_755, json!({"end_to_end": payout}));
    bank.report();
    let items = bank.state().banking.suspense.values();
    let mut reasons: Vec<SuspenseReason> = items.map(|item| item.reason).collect();
    reasons.sort();
    assert_eq!(
        reasons,
        [
            SuspenseReason::Unknown,
            SuspenseReason::AmountDiffers,
            SuspenseReason::Ambiguous,
            SuspenseReason::NotExpected
        ]
    );
    assert_eq!(bank.payouts(PayoutState::InFlight).len(), 1, "nothing was guessed");
}

#[test]
fn more_than_the_ledger_has_does_not_go_out() {
    let mut bank = Bank::new();
    bank.line("debit", 10_000_001, json!({}));
    bank.line("credit", 1, json!({}));
    let fits = bank.statement();
    bank.import(fits).unwrap();
    assert_eq!(bank.closing, 0);
    let mut other = Bank::new();
    other.line("debit", 10_000_001, json!({}));
    let statement = other.statement();
    assert_eq!(refusal(other.import(statement)), BankingRefusal::StatementOverdraws);
}

#[test]
fn a_batch_is_paid_as_it_was_agreed_on_or_not_at_all() {
    let mut bank = Bank::new();
    bank.earn();
    bank.set_account(PROVIDER, "6222000000000001");
    let lines = bank.due().lines;
    let agree = |lines| BankingCommand::ApprovePayoutBatch { custody: None, lines };
    assert_eq!(refusal(bank.say(agree(Vec::new()))), BankingRefusal::NothingDue);
    let mut more = lines.clone();
    more[0].amount = Money::from_fen(42_756);
    more[0].from_cash = Money::from_fen(42_756);
    let mut elsewhere = lines.clone();
    elsewhere[0].account = account("6222000000000002");
    let twice = vec![lines[0].clone(), lines[0].clone()];
    let mut unfunded = lines.clone();
    unfunded[0].from_programme = Money::from_fen(1);
    unfunded[0].amount = Money::from_fen(42_756);
    for other in [more, elsewhere, twice, unfunded] {
        let said = refusal(bank.say(agree(other)));
        assert!(matches!(said, BankingRefusal::LineChanged { .. }), "{said:?}");
    }
    bank.say(agree(lines.clone())).unwrap();
    assert!(bank.due().lines.is_empty(), "it stands in a batch");
    let said = refusal(bank.say(agree(lines.clone())));
    assert!(matches!(said, BankingRefusal::LineChanged { .. }), "{said:?}");
    // More is earned meanwhile: what was agreed on stays what is paid.
    bank.earn();
    let (batch, changed) = (PayoutBatchId(1), account("6222000000000003"));
    bank.say(BankingCommand::SetBankAccount {
        org: PROVIDER,
        account: changed,
    })
    .unwrap();
    let submit = || BankingCommand::SubmitPayoutBatch { batch };
    assert!(matches!(
        refusal(bank.say(submit())),
        BankingRefusal::LineChanged { .. }
    ));
    bank.say(BankingCommand::CancelPayoutBatch { batch }).unwrap();
    let found = PayoutBatchState::Cancelled;
    assert_eq!(
        refusal(bank.say(submit())),
        BankingRefusal::BatchNotInState { batch, found }
    );
    bank.hours_pass(72);
    let lines = bank.due().lines;
    assert_eq!(lines[0].amount, Money::from_fen(2 * 42_755));
    bank.say(agree(lines)).unwrap();
    bank.earn();
    let batch = PayoutBatchId(2);
    bank.say(BankingCommand::SubmitPayoutBatch { batch }).unwrap();
    assert_eq!(
        bank.payouts(PayoutState::InFlight)[0].line.amount,
        Money::from_fen(2 * 42_755)
    );
}

#[test]
fn accounts_are_checked_field_by_field() {
    let mut bank = Bank::new();
    let good = account("6222000000000001");
    let set = |account: BankAccount| BankingCommand::SetBankAccount { org: PROVIDER, account };
    for (other, place) in [
        (
            BankAccount {
                holder: " 甲".to_owned(),
                ..good.clone()
            },
            "/holder",
        ),
        (
            BankAccount {
                holder: "甲".repeat(141),
                ..good.clone()
            },
            "/holder",
        ),
        (
            BankAccount {
                bank: String::new(),
                ..good.clone()
            },
            "/bank",
        ),
        (
            BankAccount {
                number: "12345".to_owned(),
                ..good.clone()
            },
            "/number",
        ),
        (
            BankAccount {
                number: "=1+234567".to_owned(),
                ..good.clone()
            },
            "/number",
        ),
        (
            BankAccount {
                number: CUSTODY.to_owned(),
                ..good.clone()
            },
            "/number",
        ),
        (
            BankAccount {
                cnaps: "10233100201".to_owned(),
                ..good.clone()
            },
            "/cnaps",
        ),
    ] {
        assert_eq!(places(bank.say(set(other))), [place]);
    }
}

#[test]
fn nobody_withdraws_more_than_there_is() {
    let mut bank = Bank::new();
    bank.set_account(TENANT, "6222000000000009");
    let ask = |fen| BankingCommand::Withdraw {
        org: TENANT,
        amount: Money::from_fen(fen),
    };
    bank.say(ask(6_000_000)).unwrap();
    let said = refusal(bank.say(ask(4_000_001)));
    assert!(matches!(said, BankingRefusal::CashShort { .. }), "{said:?}");
    bank.say(ask(4_000_000)).unwrap();
    // Money that is spent meanwhile is not withdrawn.
    bank.town.rent(24);
    let due = bank.due();
    assert_eq!((due.lines.len(), due.held.len()), (1, 1));
    let suspense = SuspenseId(9);
    let target = SuspenseTarget::Charges;
    let note = "?".to_owned();
    let said = bank.say(BankingCommand::ResolveSuspense { suspense, target, note });
    assert_eq!(refusal(said), BankingRefusal::SuspenseNotFound(suspense));
}
