//! A small office to try claims in.

use serde_json::json;

use crate::domain::account::AccountKey;
use crate::domain::approval::Verdict;
use crate::domain::claim::{Claim, ClaimDocument, NewClaim};
use crate::domain::contract::{Contract, ContractItem, ExternalContract, LeaseFacts};
use crate::domain::fingerprint::Fingerprint;
use crate::domain::id::{ApprovalId, ClaimId, LeaseId, OrgId, ProgrammeId, UserId};
use crate::domain::money::{Money, Price};
use crate::domain::organisation::{NewOrganisation, OrgKind};
use crate::domain::plan::Plan;
use crate::domain::programme::process::EvidenceKind;
use crate::domain::programme::rate::ServiceItem;
use crate::domain::time::Timestamp;
use crate::domain::uscc::Uscc;
use crate::domain::user::{NewUser, Role};
use crate::engine::event::Event;
use crate::engine::office::claim::ClaimCommand;
use crate::engine::office::treasury::TreasuryCommand;
use crate::engine::rejection::Rejection;
use crate::engine::state::State;
use crate::engine::state_hash::state_hash;
use crate::engine::{Command, apply, invariants, limits};

pub const OFFICE: OrgId = OrgId(1);
pub const ISSUER: OrgId = OrgId(2);
pub const TENANT: OrgId = OrgId(3);
pub const DAUGHTER: OrgId = OrgId(4);
pub const PROVIDER: OrgId = OrgId(5);
pub const STRANGER: OrgId = OrgId(6);
pub const OPERATORS: (UserId, UserId) = (UserId(1), UserId(2));
pub const ISSUERS: (UserId, UserId) = (UserId(3), UserId(4));

/// 2026-06-01 in Asia/Shanghai, and what comes after it.
pub const JUNE: Timestamp = Timestamp::from_micros(1_780_243_200_000_000);

pub fn fen(fen: i64) -> Money {
    Money::from_fen(fen)
}

/// An office with its people.
pub struct Desk {
    pub state: State,
    pub at: Timestamp,
    /// Whether it looks after each refusal that nothing has changed: that takes its time.
    pub watches: bool,
}

impl Desk {
    pub fn new() -> Desk {
        let mut desk = Desk {
            state: State::default(),
            at: JUNE,
            watches: true,
        };
        let kinds = [
            (OrgKind::Operator, None),
            (OrgKind::Issuer, None),
            (OrgKind::Tenant, None),
            (OrgKind::Tenant, Some(TENANT)),
            (OrgKind::Provider, None),
            (OrgKind::Tenant, None),
        ];
        for (number, (kind, owner)) in (1..).zip(kinds) {
            desk.must(Command::RegisterOrg(NewOrganisation {
                name: format!("org {number}"),
                uscc: uscc(number),
                kinds: vec![kind],
                owner,
            }));
        }
        for (org, role) in [(OFFICE, Role::Operator), (ISSUER, Role::Issuer)] {
            for _ in 0..2 {
                desk.must(Command::RegisterUser(NewUser {
                    org,
                    roles: vec![role],
                    identity: "0".repeat(limits::IDENTITY_DIGITS),
                    dormant: false,
                }));
            }
        }
        desk
    }

    /// Opens a programme that reimburses 30 % out of 10,000.00, with what `more` says otherwise.
    pub fn programme(&mut self, more: serde_json::Value) -> ProgrammeId {
        let id = ProgrammeId(self.state.counters.programme);
        let mut rules = json!({
            "id": format!("p{}", id.0), "pot": "10000.00", "rates": [{"rate_bps": 3000}], "rate_base": "paid",
            "pay_mode": "reimburse", "valid_from": "2026-01-01T00:00:00Z", "valid_until": "2028-01-01T00:00:00Z",
        });
        let fields = rules.as_object_mut().unwrap();
        fields.extend(more.as_object().unwrap().clone());
        self.must(Command::OpenProgramme(serde_json::from_value(rules).unwrap()));
        id
    }

    /// Says it; what is refused must have changed nothing.
    pub fn say(&mut self, command: Command) -> Result<Vec<Event>, Rejection> {
        self.at = self.at.plus_seconds(1);
        if crate::engine::is_due(&self.state, self.at) {
            apply(&mut self.state, Command::Tick, self.at).unwrap();
        }
        let before = self.watches.then(|| state_hash(&self.state).unwrap());
        let said = command.kind();
        let outcome = apply(&mut self.state, command, self.at);
        if let Err(refused) = &outcome {
            assert!(!matches!(refused, Rejection::Fault(_)), "{said}: {refused}");
            let after = self.watches.then(|| state_hash(&self.state).unwrap());
            assert_eq!(after, before, "{said}: {refused}");
        }
        assert_eq!(invariants::check(&self.state).violations, []);
        outcome
    }

    pub fn must(&mut self, command: Command) -> Vec<Event> {
        let said = format!("{command:?}");
        self.say(command).unwrap_or_else(|refused| panic!("{said}: {refused}"))
    }

    pub fn claim(&mut self, org: OrgId, claim: NewClaim) -> Result<Claim, Rejection> {
        let claim = Box::new(claim);
        let events = self.say(Command::Claim(ClaimCommand::SubmitClaim { org, claim }))?;
        let made = events.into_iter().find_map(|event| match event {
            Event::ClaimChanged(claim) => Some(*claim),
            _ => None,
        });
        Ok(made.unwrap())
    }

    pub fn withdraw(&mut self, org: OrgId, claim: ClaimId) -> Result<(), Rejection> {
        let command = ClaimCommand::WithdrawClaim { org, claim };
        self.say(Command::Claim(command)).map(|_| ())
    }

    pub fn reject(&mut self, claim: ClaimId) -> Result<(), Rejection> {
        let (user, reason) = (ISSUERS.0, "wrong".to_owned());
        let command = ClaimCommand::RejectClaim { user, claim, reason };
        self.say(Command::Claim(command)).map(|_| ())
    }

    /// One asks, the other one agrees.
    pub fn agree(&mut self, (maker, checker): (UserId, UserId), command: Command) -> Result<Vec<Event>, Rejection> {
        let approval = ApprovalId(self.state.counters.approval);
        let command = Box::new(command);
        self.say(Command::Propose { maker, command })?;
        self.say(Command::Decide {
            checker,
            approval,
            verdict: Verdict::Approve,
            reason: None,
        })
    }

    pub fn approve(&mut self, claim: ClaimId) -> Result<Vec<Event>, Rejection> {
        self.agree(ISSUERS, Command::Claim(ClaimCommand::ApproveClaim { claim }))
    }

    pub fn assess(&mut self, programme: ProgrammeId, entities: &[OrgId]) -> Result<Vec<Event>, Rejection> {
        let (year, entities) = (2025, entities.to_vec());
        let command = ClaimCommand::Assess {
            programme,
            year,
            entities,
            plan: Plan::ToBind,
        };
        self.agree(ISSUERS, Command::Claim(command))
    }

    pub fn treasury(&mut self, command: TreasuryCommand) -> Result<Vec<Event>, Rejection> {
        self.agree(OPERATORS, Command::Treasury(command))
    }

    pub fn balance(&self, key: AccountKey) -> i64 {
        self.state.ledger.balance(key).fen()
    }

    /// All balances, by account.
    pub fn balances(&self) -> Vec<(AccountKey, i64)> {
        let accounts = self.state.ledger.accounts().into_iter();
        let moved = accounts.filter(|account| account.balance != Money::ZERO);
        moved.map(|account| (account.key, account.balance.fen())).collect()
    }

    pub fn get(&self, id: ClaimId) -> &Claim {
        &self.state.claims[&id]
    }
}

pub fn uscc(number: usize) -> Uscc {
    Uscc::from_stem(&format!("91000000MA{number:07}")).unwrap()
}

/// The transfers of a movement as an accountant writes them.
pub fn postings(desk: &Desk, events: &[Event]) -> Vec<String> {
    let key = |id| {
        let accounts = desk.state.ledger.accounts().into_iter();
        let mut found = accounts.filter(|account| account.id == id);
        found.next().map(|account| format!("{:?}", account.key)).unwrap()
    };
    let movements = events.iter().filter_map(|event| match event {
        Event::Posted(posted) => Some(&posted.movement),
        _ => None,
    });
    let transfers = movements.flat_map(|movement| &movement.transfers);
    transfers
        .map(|transfer| {
            format!(
                "{} -> {} {}",
                key(transfer.debit),
                key(transfer.credit),
                transfer.amount
            )
        })
        .collect()
}

/// A contract signed elsewhere of so many cards, of which so much was paid.
pub fn external(cards: u32, paid: i64) -> ExternalContract {
    let paid = fen(paid);
    ExternalContract {
        counterparty: uscc(900),
        site: None,
        accelerator: None,
        domestic: Some(true),
        cards,
        from: "2025-03-01T00:00:00Z".parse().unwrap(),
        until: "2025-09-01T00:00:00Z".parse().unwrap(),
        signed_on: "2025-02-01T00:00:00Z".parse().unwrap(),
        items: vec![ContractItem {
            item: ServiceItem::Compute,
            contract: paid,
            incurred: paid,
            paid,
        }],
        hash: hash(cards),
    }
}

pub fn hash(number: u32) -> Fingerprint {
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    Fingerprint(bytes)
}

/// A claim of a contract under a programme.
pub fn of(programme: ProgrammeId, contract: Contract) -> NewClaim {
    let document = |kind, hash| ClaimDocument { kind, hash, size: 1 };
    let mut documents = vec![document(EvidenceKind::Payment, hash(77))];
    if let Contract::External(external) = &contract {
        documents.push(document(EvidenceKind::Contract, external.hash));
    }
    NewClaim {
        programme,
        contract: Some(contract),
        amount: None,
        documents,
        matches: None,
        purpose: None,
        leases: Some(Vec::new()),
    }
}

/// A claim of a contract of so many cards, of which so much was paid.
pub fn paid(programme: ProgrammeId, cards: u32, amount: i64) -> NewClaim {
    of(programme, Contract::External(external(cards, amount)))
}

/// What a closed lease came to: the tenant has paid all but `voucher` of `settled`.
pub fn lease(id: u64, settled: i64, voucher: Option<(ProgrammeId, i64)>) -> LeaseFacts {
    LeaseFacts {
        lease: LeaseId(id),
        tenant: TENANT,
        provider: PROVIDER,
        accelerator: "ascend-910b".parse().unwrap(),
        site: "hangzhou-1".parse().unwrap(),
        cards: 8,
        from: "2026-03-01T00:00:00Z".parse().unwrap(),
        until: "2026-04-01T00:00:00Z".parse().unwrap(),
        agreed_at: "2026-02-01T00:00:00Z".parse().unwrap(),
        price: Price::from_micros(10_000_000),
        charge: fen(settled),
        settled: fen(settled),
        voucher: fen(voucher.map_or(0, |(_, amount)| amount)),
        voucher_programme: voucher.map(|(programme, _)| programme),
        purpose: None,
    }
}
