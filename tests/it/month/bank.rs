//! The bank: it knows what was paid in and out and nothing of the ledger, and writes a statement of it each evening.

use std::collections::BTreeSet;

use qiantang::app::banking::{FileKind, import};
use qiantang::domain::account::AccountKey;
use qiantang::domain::banking::account::BankAccount;
use qiantang::domain::banking::payout::PayoutState;
use qiantang::domain::banking::suspense::{SuspenseState, SuspenseTarget};
use qiantang::domain::id::{OrgId, PayoutBatchId, PayoutId, SuspenseId};
use qiantang::domain::money::Money;
use qiantang::domain::organisation::OrgKind;
use qiantang::engine::Command;
use qiantang::engine::banking::{BankingCommand, due};
use qiantang::engine::office::treasury::TreasuryCommand;
use serde_json::Value;

use super::play::Month;

const CUSTODY: &str = "1202021009900000001";

#[derive(Default)]
pub struct Bank {
    /// What is in the account, in fen.
    pub holds: i64,
    /// What the next statement shows.
    entries: Vec<Entry>,
    /// What the one after that shows.
    later: Vec<Entry>,
    statements: u64,
    references: u64,
    /// Payouts that it has seen.
    seen: BTreeSet<PayoutId>,
    accounts: u64,
}

struct Entry {
    reference: String,
    /// Above zero: it came in.
    fen: i64,
    details: String,
}

fn yuan(fen: i64) -> String {
    Money::from_fen(fen).to_string()
}

fn remittance(text: &str) -> String {
    format!("<RmtInf><Ustrd>{text}</Ustrd></RmtInf>")
}

impl Bank {
    fn next_reference(&mut self) -> String {
        self.references += 1;
        format!("BK{:08}", self.references)
    }

    fn note(&mut self, fen: i64, details: String) {
        let reference = self.next_reference();
        self.entries.push(Entry {
            reference,
            fen,
            details,
        });
    }

    /// camt.053 of what happened since the last one.
    fn statement(&mut self, day: &str) -> String {
        let entries = std::mem::replace(&mut self.entries, std::mem::take(&mut self.later));
        let opening = self.holds;
        self.holds += entries.iter().map(|entry| entry.fen).sum::<i64>();
        assert!(self.holds >= 0, "the bank lends nothing");
        self.statements += 1;
        let balance = |code: &str, fen: i64| {
            format!(
                "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy=\"CNY\">{}</Amt>\
                 <CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>",
                yuan(fen)
            )
        };
        let written: String = entries
            .iter()
            .map(|entry| {
                let way = if entry.fen > 0 { "CRDT" } else { "DBIT" };
                format!(
                    "<Ntry><Amt Ccy=\"CNY\">{}</Amt><CdtDbtInd>{way}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>\
                     <BookgDt><Dt>{day}</Dt></BookgDt><AcctSvcrRef>{}</AcctSvcrRef>\
                     <NtryDtls><TxDtls>{}</TxDtls></NtryDtls></Ntry>",
                    yuan(entry.fen.abs()),
                    entry.reference,
                    entry.details
                )
            })
            .collect();
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\">\
             <BkToCstmrStmt><GrpHdr><MsgId>M</MsgId><CreDtTm>{day}T23:00:00+08:00</CreDtTm></GrpHdr><Stmt><Id>S{}</Id>\
             <CreDtTm>{day}T23:00:00+08:00</CreDtTm><Acct><Id><Othr><Id>{CUSTODY}</Id></Othr></Id><Ccy>CNY</Ccy></Acct>\
             {}{}{written}</Stmt></BkToCstmrStmt></Document>",
            self.statements,
            balance("OPBD", opening),
            balance("CLBD", self.holds),
        )
    }
}

impl Month {
    fn account(&mut self, number: String) -> BankAccount {
        self.bank.accounts += 1;
        BankAccount {
            holder: "某公司".to_owned(),
            number,
            cnaps: "102331002017".to_owned(),
            bank: "中国工商银行杭州分行".to_owned(),
        }
    }

    pub fn bank_begins(&mut self) {
        let account = self.account(CUSTODY.to_owned());
        let opening = Money::ZERO;
        self.say(Command::Banking(BankingCommand::OpenCustodyAccount {
            account,
            opening,
        }))
        .unwrap();
    }

    pub fn has_account(&mut self, org: OrgId) {
        let number = format!("6222{:015}", self.bank.accounts);
        let account = self.account(number);
        self.say(Command::Banking(BankingCommand::SetBankAccount { org, account }))
            .unwrap();
    }

    /// Money comes in: the operator books it by the bank's reference, or the statement shows whose it is.
    pub fn bank_takes_deposit(&mut self, (org, by_hand): (OrgId, bool), body: &Value) {
        let amount: Money = body["amount"].as_str().unwrap().parse().unwrap();
        if by_hand {
            self.bank.entries.push(Entry {
                reference: body["bank_ref"].as_str().unwrap().to_owned(),
                fen: amount.fen(),
                details: String::new(),
            });
        } else {
            self.bank.note(amount.fen(), remittance(&format!("QT-{org}")));
        }
        self.count("deposits", 1);
    }

    pub fn bank_day(&mut self) {
        if !self.calm {
            self.strange_money();
            self.withdraw_some();
        }
        self.resolve_suspense();
        self.ask_treasuries();
        self.bounced_accounts();
        self.statement();
        self.pay_out();
    }

    /// The bank brings what nobody knows: somebody's money, interest, its own charges.
    fn strange_money(&mut self) {
        if self.chance.percent(25) {
            let fen = self.chance.between(1, 90_000);
            self.bank.note(fen, remittance("谁的？"));
        }
        if self.chance.percent(8) {
            let fen = self.chance.between(1, 3_000);
            self.bank.note(fen, remittance("利息"));
        }
        if self.chance.percent(8) && self.bank.holds > 100_000 {
            let fen = self.chance.between(1, 300);
            self.bank.note(-fen, remittance("手续费"));
        }
    }

    fn withdraw_some(&mut self) {
        let cash: Vec<(OrgId, i64)> = self.look(|state| {
            let tenants = state.orgs.values().filter(|org| org.is(OrgKind::Tenant));
            tenants
                .map(|org| (org.id, state.ledger.balance(AccountKey::Cash(org.id)).fen()))
                .filter(|(_, fen)| *fen > 10_000)
                .collect()
        });
        for (org, fen) in cash {
            if self.chance.percent(4) {
                let amount = Money::from_fen(fen / self.chance.between(10, 40));
                let made = self.say(Command::Banking(BankingCommand::Withdraw { org, amount }));
                if made.is_some() && self.chance.percent(20) {
                    let withdrawal =
                        qiantang::domain::id::WithdrawalId(self.look(|state| state.banking.counters.withdrawal) - 1);
                    self.say(Command::Banking(BankingCommand::CancelWithdrawal { org, withdrawal }));
                }
            }
        }
    }

    fn resolve_suspense(&mut self) {
        let open: Vec<(SuspenseId, String)> = self.look(|state| {
            let items = state.banking.suspense.values();
            let open = items.filter(|item| item.state == SuspenseState::Open);
            open.map(|item| (item.id, item.entry.remittance.clone())).collect()
        });
        for (suspense, said) in open {
            let target = if said.contains("利息") || said.contains("手续费") {
                SuspenseTarget::Charges
            } else if self.chance.percent(50) {
                SuspenseTarget::Return(self.account(format!("9999{:012}", suspense.0)))
            } else {
                let tenant = self.look(|state| state.orgs.values().find(|org| org.is(OrgKind::Tenant)).unwrap().id);
                SuspenseTarget::Org(tenant)
            };
            let note = "they rang us".to_owned();
            self.say(Command::Banking(BankingCommand::ResolveSuspense {
                suspense,
                target,
                note,
            }));
        }
    }

    /// Once a week treasuries are asked for what they owe; the bank shows it two statements later.
    fn ask_treasuries(&mut self) {
        if !self.chance.percent(15) {
            return;
        }
        let org = self.operator;
        let owed: Vec<_> = self.look(|state| {
            let programmes = state.programmes.keys();
            let payers = programmes.flat_map(|id| [0, 1, 2].map(|payer| (*id, payer)));
            payers
                .map(|(id, payer)| {
                    (
                        id,
                        payer,
                        state.ledger.balance(AccountKey::TreasuryReceivable(id, payer)),
                    )
                })
                .filter(|(.., amount)| amount.is_positive())
                .collect()
        });
        for (programme, payer, amount) in owed {
            let asked = self.say(Command::Treasury(TreasuryCommand::RequestTreasury {
                org,
                programme,
                payer,
                amount,
            }));
            if asked.is_none() {
                continue;
            }
            let request =
                qiantang::domain::id::TreasuryRequestId(self.look(|state| state.counters.treasury_request) - 1);
            let reference = self.bank.next_reference();
            let (fen, details) = (amount.fen(), remittance(&request.to_string()));
            self.bank.later.push(Entry {
                reference,
                fen,
                details,
            });
        }
    }

    /// Whose account has sent something back names another one.
    fn bounced_accounts(&mut self) {
        let bounced: Vec<OrgId> = self.look(|state| {
            let accounts = state.banking.accounts.values();
            accounts
                .filter(|account| account.bounced)
                .map(|account| account.org)
                .collect()
        });
        for org in bounced {
            self.has_account(org);
        }
    }

    pub fn statement(&mut self) {
        // 16:00 in UTC is midnight in Hangzhou: the day that is over.
        let day = self.now.just_before().to_string();
        let text = self.bank.statement(&day[..10]);
        let command = import(FileKind::Xml, text.as_bytes()).unwrap();
        let answer = self.say(command);
        let Some(answer) = answer else {
            panic!("a statement is refused: {:?}\n{text}", self.done)
        };
        let result = if answer["result"].is_object() {
            &answer["result"]
        } else {
            &answer
        };
        let matched = result["matched"].as_array().cloned().unwrap_or_default();
        for entry in matched {
            let found = entry["match"]["is"].as_str().unwrap_or("?").to_owned();
            self.count(&format!("bank entries: {found}"), 1);
        }
    }

    /// Everything that is due is agreed on by two people and sent; the bank pays most of it.
    fn pay_out(&mut self) {
        let at = self.now;
        let lines = self.look(move |state| due::due(state, None, at).unwrap().lines);
        if lines.is_empty() {
            return;
        }
        let custody = None;
        let agreed = self.say(Command::Banking(BankingCommand::ApprovePayoutBatch { custody, lines }));
        if agreed.is_none() {
            return;
        }
        let batch = PayoutBatchId(self.look(|state| state.banking.counters.payout_batch) - 1);
        self.say(Command::Banking(BankingCommand::SubmitPayoutBatch { batch }))
            .unwrap();
        let flying: Vec<(PayoutId, i64)> = self.look(|state| {
            let payouts = state.banking.payouts.values();
            let flying = payouts.filter(|payout| payout.state == PayoutState::InFlight);
            flying.map(|payout| (payout.id, payout.line.amount.fen())).collect()
        });
        for (payout, fen) in flying {
            if !self.bank.seen.insert(payout) || fen == 0 {
                continue;
            }
            let of = format!("<Refs><EndToEndId>{payout}</EndToEndId></Refs>");
            if !self.calm && self.chance.percent(3) {
                let reason = "the bank knows no such account".to_owned();
                self.say(Command::Banking(BankingCommand::ReturnPayout { payout, reason }));
                continue;
            }
            self.bank.note(-fen, of.clone());
            self.count("payouts", 1);
            if !self.calm && self.chance.percent(8) {
                let reference = self.bank.next_reference();
                let details = format!("{of}<RtrInf><Rsn><Cd>AC01</Cd></Rsn></RtrInf>");
                self.bank.later.push(Entry {
                    reference,
                    fen,
                    details,
                });
                self.count("payouts sent back", 1);
            }
        }
    }
}
