//! A town with a bank: what that has in the account, and statements of what happened there.

use qiantang::app::banking::statement_line;
use qiantang::domain::account::AccountKey;
use qiantang::domain::banking::account::BankAccount;
use qiantang::domain::banking::payout::{Payout, PayoutState};
use qiantang::domain::id::{OrgId, PayoutId};
use qiantang::domain::money::Money;
use qiantang::engine::banking::{BankingCommand, due};
use qiantang::engine::ledger::Posted;
use qiantang::engine::office::treasury::TreasuryCommand;
use qiantang::engine::{Command, Event, Rejection, State};
use serde_json::{Value, json};

use crate::recovery::town::{ISSUER, PROGRAMME, Setting, Town};

/// The custody account.
pub const CUSTODY: &str = "1202021009900000001";
const HOUR_MICROS: i64 = 3_600_000_000;

/// An account of that number.
pub fn account(number: &str) -> BankAccount {
    BankAccount {
        holder: "杭州智算中心有限公司".to_owned(),
        number: number.to_owned(),
        cnaps: "102331002017".to_owned(),
        bank: "中国工商银行杭州分行".to_owned(),
    }
}

/// A town whose money is in a bank.
pub struct Bank {
    pub town: Town,
    /// What the bank has, in fen.
    pub closing: i64,
    /// Entries that are on no statement yet.
    pub lines: Vec<Value>,
    statements: u32,
    references: u32,
}

impl Bank {
    pub fn new() -> Bank {
        let mut town = Town::new(&Setting::default());
        let opening = Money::from_fen(10_000_000);
        town.say(Command::Banking(BankingCommand::OpenCustodyAccount {
            account: account(CUSTODY),
            opening,
        }))
        .unwrap();
        Bank {
            town,
            closing: 10_000_000,
            lines: Vec::new(),
            statements: 0,
            references: 0,
        }
    }

    pub fn state(&self) -> &State {
        &self.town.state
    }

    pub fn say(&mut self, command: BankingCommand) -> Result<Vec<Event>, Rejection> {
        self.town.say(Command::Banking(command))
    }

    pub fn hours_pass(&mut self, hours: u32) {
        let micros = self.town.now.micros() + i64::from(hours) * HOUR_MICROS;
        self.town.now = qiantang::domain::time::Timestamp::from_micros(micros);
        self.town.verb(None, "tick", json!({}));
    }

    /// What the provider has earned from one lease becomes payable.
    pub fn earn(&mut self) {
        self.town.finished();
        self.hours_pass(73);
    }

    pub fn set_account(&mut self, org: OrgId, number: &str) {
        self.say(BankingCommand::SetBankAccount {
            org,
            account: account(number),
        })
        .unwrap();
    }

    pub fn due(&self) -> due::Due {
        due::due(self.state(), None, self.town.now).unwrap()
    }

    /// Pays everything that is due; what is in flight then, the newest last.
    pub fn pay_due(&mut self) -> Vec<Event> {
        self.say(BankingCommand::PayDue { orgs: None }).unwrap()
    }

    pub fn payouts(&self, state: PayoutState) -> Vec<Payout> {
        let all = self.state().banking.payouts.values();
        all.filter(|payout| payout.state == state).cloned().collect()
    }

    pub fn only_payout(&self) -> PayoutId {
        let flying = self.payouts(PayoutState::InFlight);
        assert_eq!(flying.len(), 1, "{flying:?}");
        flying[0].id
    }

    pub fn fresh_reference(&mut self) -> String {
        self.references += 1;
        format!("BANK{:06}", self.references)
    }

    /// A line of the next statement.
    pub fn line(&mut self, direction: &str, fen: i64, more: Value) {
        let reference = self.fresh_reference();
        let mut line = json!({"reference": reference, "direction": direction,
            "amount": Money::from_fen(fen), "booked_at": self.town.now});
        for (name, value) in more.as_object().unwrap() {
            line[name] = value.clone();
        }
        self.closing += if direction == "credit" { fen } else { -fen };
        self.lines.push(line);
    }

    /// The next statement, with all lines.
    pub fn statement(&mut self) -> Value {
        let sum: i64 = self.lines.iter().map(fen_of).sum();
        self.statements += 1;
        json!({"account": CUSTODY, "statement": format!("S{}", self.statements),
            "opening": Money::from_fen(self.closing - sum), "closing": Money::from_fen(self.closing),
            "closed_at": self.town.now, "entries": std::mem::take(&mut self.lines)})
    }

    pub fn import(&mut self, statement: Value) -> Result<Vec<Event>, Rejection> {
        self.town.say(statement_line(statement).unwrap())
    }

    /// Imports all lines.
    pub fn report(&mut self) -> Vec<Event> {
        let statement = self.statement();
        self.import(statement).unwrap()
    }

    /// Asks a treasury for so much, and books that it has come, which the bank's next statement shows.
    pub fn treasury_pays(&mut self, payer: u8, fen: i64) {
        let amount = Money::from_fen(fen);
        let request = self.ask_treasury(payer, fen);
        let bank_ref = self.fresh_reference();
        let line = json!({"reference": bank_ref, "direction": "credit", "amount": amount, "booked_at": self.town.now});
        self.closing += fen;
        self.lines.push(line);
        let command = TreasuryCommand::ReceiveTreasury {
            request,
            amount,
            bank_ref,
        };
        self.town.say(Command::Treasury(command)).unwrap();
    }

    pub fn ask_treasury(&mut self, payer: u8, fen: i64) -> qiantang::domain::id::TreasuryRequestId {
        let request = qiantang::domain::id::TreasuryRequestId(self.state().counters.treasury_request);
        let command = TreasuryCommand::RequestTreasury {
            org: ISSUER,
            programme: PROGRAMME,
            payer,
            amount: Money::from_fen(fen),
        };
        self.town.say(Command::Treasury(command)).unwrap();
        request
    }

    pub fn fen(&self, key: AccountKey) -> i64 {
        self.town.fen(key)
    }

    /// The movements of events: kind, then debit, credit and fen of each transfer.
    pub fn booked(&self, events: &[Event]) -> Vec<String> {
        let posted = events.iter().filter_map(|event| match event {
            Event::Posted(posted) => Some(posted),
            _ => None,
        });
        posted.flat_map(|posted| self.lines_of(posted)).collect()
    }

    fn lines_of(&self, posted: &Posted) -> Vec<String> {
        let accounts = self.state().ledger.accounts();
        let kind = |id| accounts.iter().find(|account| account.id == id).unwrap().key.kind();
        let transfers = posted.movement.transfers.iter();
        transfers
            .map(|transfer| {
                format!(
                    "{:?}: {} -> {} {}",
                    posted.movement.kind,
                    kind(transfer.debit),
                    kind(transfer.credit),
                    transfer.amount
                )
            })
            .collect()
    }
}

/// What an account has become more by.
pub fn fen_of(line: &Value) -> i64 {
    let amount: Money = line["amount"].as_str().unwrap().parse().unwrap();
    if line["direction"] == "credit" {
        amount.fen()
    } else {
        -amount.fen()
    }
}
