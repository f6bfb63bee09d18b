//! Programmes, applications, vouchers.

use qiantang::domain::account::AccountKey;
use qiantang::domain::application::{ApplicationStatus, ReviewVerdict};
use qiantang::domain::id::{ApplicationId, ProgrammeId, VoucherId};
use qiantang::domain::money::Money;
use qiantang::domain::plan::Plan;
use qiantang::domain::programme::{ProgrammeRules, ProgrammeState};
use qiantang::domain::time::Timestamp;
use qiantang::engine::Command;
use qiantang::engine::office::application::ApplicationCommand;
use qiantang::engine::office::programme::ProgrammeCommand;
use qiantang::engine::office::voucher::VoucherCommand;
use serde_json::json;

use super::play::Storm;
use super::setting::{ISSUER, ISSUERS, OBJECTORS, TENANTS, TREASURERS, kinds, rules};

impl Storm {
    pub fn of_office(&mut self) -> Command {
        match self.dice.below(100) {
            0..=17 => self.life(),
            18..=39 => {
                let programme = self.programme_in(ProgrammeState::Open);
                let (org, amount) = (self.dice.one(&TENANTS), self.dice.fen(1_000, 15_000));
                Command::Grant { programme, org, amount }
            }
            40..=86 => Command::Application(self.application()),
            _ => self.voucher(),
        }
    }

    /// A programme that stands there; where there is none, the first.
    pub fn programme_in(&mut self, state: ProgrammeState) -> ProgrammeId {
        let programmes = self.state.programmes.values();
        let found: Vec<_> = programmes
            .filter(|known| known.state == state)
            .map(|known| known.id)
            .collect();
        self.dice.any(&found).unwrap_or(ProgrammeId(1))
    }

    fn drafted(&mut self) -> Box<ProgrammeRules> {
        let kinds = kinds();
        // Every other one pays out of a reserve: that is what is sent back at the end.
        let (_, mut more) = if self.dice.once_in(2) {
            kinds[2].clone()
        } else {
            self.dice.one(&kinds)
        };
        more["pot"] = json!("1600.00");
        let code = format!("d{}", self.number());
        Box::new(rules(&code, &more))
    }

    fn life(&mut self) -> Command {
        let user = self.dice.one(&ISSUERS);
        let command = match self.dice.below(20) {
            0..=3 => ProgrammeCommand::Draft {
                maker: user,
                issuer: ISSUER,
                rules: self.drafted(),
            },
            4..=6 => ProgrammeCommand::Approve {
                checker: user,
                programme: self.programme_in(ProgrammeState::Draft),
            },
            7 => {
                let (programme, reason) = (self.programme_in(ProgrammeState::Draft), "unclear".to_owned());
                ProgrammeCommand::Reject {
                    checker: user,
                    programme,
                    reason,
                }
            }
            8..=9 => ProgrammeCommand::Open {
                user,
                programme: self.programme_in(ProgrammeState::Approved),
            },
            10..=11 => {
                // The ten of the setting go on for long.
                let open = self
                    .state
                    .programmes
                    .values()
                    .filter(|known| known.state == ProgrammeState::Open);
                let new: Vec<_> = open.map(|known| known.id).filter(|id| id.0 > 10).collect();
                let funded = |id: &&ProgrammeId| self.state.ledger.balance(AccountKey::Reserve(**id)).is_positive();
                let funded: Vec<_> = new.iter().filter(funded).copied().collect();
                let programme = match self.dice.any(&funded).or(self.dice.any(&new)) {
                    Some(programme) if !self.dice.once_in(40) => programme,
                    _ if self.dice.once_in(60) => self.programme_in(ProgrammeState::Open),
                    _ => return Command::Tick,
                };
                ProgrammeCommand::Close { user, programme }
            }
            12..=13 => ProgrammeCommand::Reconcile {
                user,
                programme: self.programme_in(ProgrammeState::Closed),
            },
            16 => ProgrammeCommand::Invite {
                user,
                programme: self.programme_in(ProgrammeState::Open),
                on: self.now,
                organisations: self.dice.small(1, 40),
            },
            14..=15 if self.state.programmes.len() < 60 => return Command::OpenProgramme(self.drafted()),
            _ => self.revision(),
        };
        Command::Programme(command)
    }

    /// Another pot, cap, rate or life of vouchers.
    fn revision(&mut self) -> ProgrammeCommand {
        let programme = self.programme_in(ProgrammeState::Open);
        let mut rules = self.state.programmes[&programme].rules.clone();
        rules.version += 1;
        let scaled =
            |amount: Money, percent: u64| Money::from_fen(amount.fen() * i64::try_from(percent).unwrap() / 100);
        let percent = self.dice.between(85, 130);
        match self.dice.below(4) {
            0 => rules.pot = scaled(rules.pot, percent),
            1 => rules.cap_per_entity = rules.cap_per_entity.map(|cap| scaled(cap, percent)),
            2 => rules.validity_days = Some(self.dice.small(2, 30)),
            _ => {
                rules.pot = scaled(rules.pot, percent);
                rules.cap_per_contract = Some(self.dice.fen(2_000, 9_000));
            }
        }
        ProgrammeCommand::Revise {
            programme,
            rules: Box::new(rules),
        }
    }

    /// Mostly bound to its amounts.
    pub fn plan(&mut self) -> Plan {
        if self.dice.once_in(4) { Plan::Open } else { Plan::ToBind }
    }

    fn application_in(&mut self, wanted: &[ApplicationStatus]) -> ApplicationId {
        let open = self.state.applications.values();
        let found: Vec<_> = open
            .filter(|known| wanted.contains(&known.state.status()))
            .map(|known| known.id)
            .collect();
        self.dice.any(&found).unwrap_or(ApplicationId(1))
    }

    fn application(&mut self) -> ApplicationCommand {
        use ApplicationStatus as Status;
        let user = self.dice.one(&ISSUERS);
        match self.dice.below(40) {
            0..=9 => {
                let programmes: Vec<_> = self
                    .state
                    .programmes
                    .values()
                    .filter(|known| !known.rules.review_chain.is_empty() && known.state == ProgrammeState::Open)
                    .map(|known| known.id)
                    .collect();
                let programme = self.dice.any(&programmes).unwrap_or(ProgrammeId(7));
                let request = Box::new(
                    serde_json::from_value(json!({"amount": self.dice.fen(1_000, 30_000), "purpose": "training"}))
                        .unwrap(),
                );
                ApplicationCommand::Submit {
                    org: self.dice.one(&TENANTS),
                    programme,
                    request,
                }
            }
            10 => {
                let application = self.application_in(&[Status::Returned]);
                let request = Box::new(
                    serde_json::from_value(json!({"amount": self.dice.fen(1_000, 20_000), "purpose": "mended"}))
                        .unwrap(),
                );
                ApplicationCommand::Amend {
                    org: self.owner(application),
                    application,
                    request,
                }
            }
            11 => {
                let application = self.application_in(&[Status::Submitted, Status::Returned, Status::Cleared]);
                match self.dice.once_in(3) {
                    true => ApplicationCommand::Withdraw {
                        org: self.owner(application),
                        application,
                    },
                    false => ApplicationCommand::Reject {
                        user,
                        application,
                        reason: "incomplete".to_owned(),
                    },
                }
            }
            12..=24 => self.review(),
            25..=28 => ApplicationCommand::Publish {
                user,
                application: self.application_in(&[Status::Reviewed]),
            },
            29..=30 => {
                let (user, application) = (self.dice.one(&OBJECTORS), self.application_in(&[Status::Published]));
                ApplicationCommand::Object {
                    user,
                    application,
                    reason: "we are better".to_owned(),
                }
            }
            31..=32 => {
                let (application, upheld) = (self.application_in(&[Status::Objected]), self.dice.once_in(3));
                ApplicationCommand::ResolveObjection {
                    user,
                    application,
                    upheld,
                    reason: "looked into".to_owned(),
                }
            }
            33..=36 => {
                let application = self.application_in(&[Status::Cleared]);
                ApplicationCommand::Grant {
                    application,
                    amount: self.dice.fen(1_000, 12_000),
                }
            }
            37..=38 => {
                let open = self.state.applications.values();
                let found: Vec<_> = open
                    .filter(|known| known.state.status() == Status::Cleared)
                    .map(|known| known.programme)
                    .collect();
                ApplicationCommand::Allocate {
                    programme: self.dice.any(&found).unwrap_or(ProgrammeId(9)),
                    plan: self.plan(),
                }
            }
            _ => {
                let year = self.dice.small(2027, 2029);
                let calendar = json!({"year": year, "holidays": [format!("{year}-05-03")], "workdays": []});
                ApplicationCommand::SetCalendar(serde_json::from_value(calendar).unwrap())
            }
        }
    }

    fn owner(&self, application: ApplicationId) -> qiantang::domain::id::OrgId {
        self.state
            .applications
            .get(&application)
            .map_or(TENANTS[0], |known| known.org)
    }

    fn review(&mut self) -> ApplicationCommand {
        let application = self.application_in(&[ApplicationStatus::Submitted, ApplicationStatus::InReview]);
        let user = if self.dice.once_in(10) {
            TREASURERS[0]
        } else {
            self.dice.one(&ISSUERS)
        };
        let verdict = match self.dice.below(10) {
            0 => ReviewVerdict::Fail,
            1 => ReviewVerdict::Return,
            _ => ReviewVerdict::Pass,
        };
        let score = Some(u8::try_from(self.dice.below(101)).unwrap());
        let amount = if self.dice.once_in(3) {
            Some(self.dice.fen(500, 9_000))
        } else {
            None
        };
        ApplicationCommand::Review {
            user,
            application,
            verdict,
            score,
            amount,
            note: "looked at".to_owned(),
        }
    }

    fn voucher(&mut self) -> Command {
        let live: Vec<VoucherId> = self.state.vouchers_of.values().flatten().copied().collect();
        let voucher = self.dice.any(&live).unwrap_or(VoucherId(1));
        Command::Voucher(match self.dice.below(5) {
            0..=1 => VoucherCommand::Revoke {
                voucher,
                reason: "granted by mistake".to_owned(),
            },
            2..=3 => {
                let until = self
                    .state
                    .vouchers
                    .get(&voucher)
                    .map_or(self.now, |voucher| voucher.valid_until);
                let until = Timestamp::from_micros(until.micros() + 3_600_000_000 * i64::from(self.dice.small(1, 100)));
                VoucherCommand::Extend { voucher, until }
            }
            _ => {
                let programme = self.dice.one(&[ProgrammeId(1), ProgrammeId(4)]);
                VoucherCommand::LiftCap {
                    programme,
                    org: self.dice.one(&TENANTS),
                    cap: self.dice.fen(30_000, 160_000),
                }
            }
        })
    }
}
