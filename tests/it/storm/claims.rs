//! Claims, recoveries, treasuries.

use qiantang::domain::account::AccountKey;
use qiantang::domain::bid::Purpose;
use qiantang::domain::claim::{Claim, ClaimDocument, ClaimState, NewClaim};
use qiantang::domain::contract::{Contract, ContractItem, ExternalContract, LeaseFacts, LeaseTerms};
use qiantang::domain::fingerprint::Fingerprint;
use qiantang::domain::id::{ClaimId, OrgId, ProgrammeId, RecoveryId, TreasuryRequestId, VoucherId};
use qiantang::domain::lease::{Lease, LeaseState};
use qiantang::domain::money::Money;
use qiantang::domain::programme::ProgrammeState;
use qiantang::domain::programme::funding::PayMode;
use qiantang::domain::programme::process::{ClawbackReason, EvidenceKind};
use qiantang::domain::programme::rate::ServiceItem;
use qiantang::domain::rate::BasisPoints;
use qiantang::domain::recovery::{ClosedLease, NamedLease, NamedTarget, NewCredit, NewRecovery, Practice};
use qiantang::domain::time::Timestamp;
use qiantang::engine::Command;
use qiantang::engine::office::claim::ClaimCommand;
use qiantang::engine::office::recovery::RecoveryCommand;
use qiantang::engine::office::treasury::TreasuryCommand;

use super::play::Storm;
use super::setting::{ACCELERATORS, ISSUERS, OFFICE, SITES, TENANTS, uscc};

fn hash(number: u64) -> Fingerprint {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    Fingerprint(bytes)
}

fn document(kind: EvidenceKind, hash: Fingerprint) -> ClaimDocument {
    ClaimDocument { kind, hash, size: 1 }
}

impl Storm {
    pub fn of_claims(&mut self) -> Command {
        let user = self.dice.one(&ISSUERS);
        let submitted = ClaimState::Submitted;
        match self.dice.below(100) {
            0..=29 => self.claim(),
            30..=32 => {
                let claim = self.claim_in(&[submitted, ClaimState::Declared]);
                let org = self.state.claims.get(&claim).map_or(TENANTS[0], |claim| claim.org);
                Command::Claim(ClaimCommand::WithdrawClaim { org, claim })
            }
            33..=36 => {
                let (claim, reason) = (self.claim_in(&[submitted]), "unreadable".to_owned());
                Command::Claim(ClaimCommand::RejectClaim { user, claim, reason })
            }
            37..=49 => Command::Claim(ClaimCommand::ApproveClaim {
                claim: self.claim_in(&[submitted]),
            }),
            50..=52 => self.assessment(),
            53..=65 => self.recovery(),
            66..=71 => self.credit(),
            72..=74 => {
                let made = self.state.recoveries.values().filter(|known| known.ban().is_some());
                let banned: Vec<_> = made.map(|known| known.id).collect();
                let recovery = self.dice.any(&banned).unwrap_or(RecoveryId(1));
                Command::Recovery(RecoveryCommand::LiftBan {
                    recovery,
                    reason: "won on appeal".to_owned(),
                })
            }
            _ => Command::Treasury(self.treasury()),
        }
    }

    fn claim_in(&mut self, wanted: &[ClaimState]) -> ClaimId {
        let claims = self.state.claims.values();
        let found: Vec<_> = claims
            .filter(|claim| wanted.contains(&claim.state))
            .map(|claim| claim.id)
            .collect();
        self.dice.any(&found).unwrap_or(ClaimId(1))
    }

    fn claims_of(&mut self, modes: &[PayMode]) -> ProgrammeId {
        let programmes = self.state.programmes.values();
        let found: Vec<_> = programmes
            .filter(|known| known.state == ProgrammeState::Open && modes.contains(&known.rules.pay_mode))
            .map(|known| known.id)
            .collect();
        self.dice.any(&found).unwrap_or(ProgrammeId(4))
    }

    /// Of a new contract from elsewhere, of a lease, of a contract that is known already, or after another programme's decision.
    fn claim(&mut self) -> Command {
        let programme = self.claims_of(&[PayMode::Reimburse, PayMode::Assessment]);
        let mut org = self.dice.one(&TENANTS);
        let mut documents = vec![document(EvidenceKind::Payment, hash(7))];
        let (mut matches, mut amount) = (None, None);
        let known: Vec<Claim> = self
            .state
            .claims
            .values()
            .filter(|claim| claim.state.is_live())
            .cloned()
            .collect();
        let contract = match self.dice.below(10) {
            0..=2 => {
                let closed = self.closed_leases();
                let Some(lease) = self.dice.any(&closed) else {
                    return Command::Tick;
                };
                org = lease.fill.tenant;
                Some(Contract::Lease(self.facts(&lease)))
            }
            3..=4 => self.dice.any(&known).map(|claim| {
                org = claim.org;
                claim.contract
            }),
            5 => self.dice.any(&known).and_then(|claim| {
                (org, matches) = (claim.org, Some(claim.id));
                None
            }),
            _ if self.dice.once_in(5) => self.disguised().map(|(tenant, external)| {
                org = tenant;
                Contract::External(external)
            }),
            _ => Some(Contract::External(self.elsewhere())),
        };
        if let Some(Contract::External(external)) = &contract {
            documents.push(document(EvidenceKind::Contract, external.hash));
        }
        if self.dice.once_in(6) {
            amount = Some(self.dice.fen(1, 40_000));
        }
        let claim = Box::new(NewClaim {
            programme,
            contract,
            amount,
            documents,
            matches,
            purpose: self.purpose(),
            leases: Some(self.lease_terms()),
        });
        Command::Claim(ClaimCommand::SubmitClaim { org, claim })
    }

    fn purpose(&mut self) -> Option<Purpose> {
        self.dice.once_in(4).then_some(Purpose::Inference)
    }

    /// A lease of the exchange as a contract from elsewhere, or something like it.
    fn disguised(&mut self) -> Option<(OrgId, ExternalContract)> {
        let leases: Vec<Lease> = self.books.leases.values().cloned().collect();
        let lease = self.dice.any(&leases)?;
        let fill = &lease.fill;
        let mut external = self.elsewhere();
        external.counterparty = uscc(fill.provider.0);
        external.cards = fill.cards;
        external.from = fill.window.from().timestamp();
        external.until = lease.ends.timestamp();
        if self.dice.once_in(2) {
            external.until = external.until.plus_hours(100);
        }
        Some((fill.tenant, external))
    }

    /// What the database has of closed leases.
    fn lease_terms(&self) -> Vec<LeaseTerms> {
        let closed = self.closed_leases().into_iter().rev().take(200);
        let terms = closed.map(|lease| LeaseTerms {
            lease: lease.fill.lease,
            tenant: lease.fill.tenant,
            provider: lease.fill.provider,
            accelerator: ACCELERATORS[usize::from(lease.fill.accelerator.0)].parse().unwrap(),
            site: SITES[usize::from(lease.fill.site.0)].parse().unwrap(),
            cards: lease.fill.cards,
            from: lease.fill.window.from().timestamp(),
            until: lease.ends.timestamp(),
        });
        terms.collect()
    }

    fn elsewhere(&mut self) -> ExternalContract {
        let number = self.number();
        let day =
            |days: u64| Timestamp::from_micros(1_735_689_600_000_000 + i64::try_from(days).unwrap() * 86_400_000_000);
        let from = self.dice.between(0, 600);
        let item = |item, contract: u64, incurred: u64, paid: u64| {
            let fen = |amount| Money::from_fen(i64::try_from(amount).unwrap());
            ContractItem {
                item,
                contract: fen(contract),
                incurred: fen(incurred),
                paid: fen(paid),
            }
        };
        let paid = self.dice.between(2_000, 40_000);
        let unpaid = self.dice.below(5_000);
        ExternalContract {
            counterparty: if self.dice.once_in(4) {
                uscc(2)
            } else {
                uscc(900 + number)
            },
            site: None,
            accelerator: None,
            domestic: Some(self.dice.once_in(2)),
            cards: self.dice.small(1, 64),
            from: day(from),
            until: day(from + self.dice.between(1, 120)),
            signed_on: day(from),
            items: vec![
                item(ServiceItem::Compute, paid + 2 * unpaid, paid + unpaid, paid),
                item(ServiceItem::Storage, 700, 600, 500),
            ],
            hash: hash(1_000 + number),
        }
    }

    /// Leases that are closed, as the database would have them.
    fn closed_leases(&self) -> Vec<Lease> {
        let leases = self.books.leases.values();
        leases
            .filter(|lease| lease.state == LeaseState::Closed)
            .cloned()
            .collect()
    }

    pub fn facts(&self, lease: &Lease) -> LeaseFacts {
        let (fill, settled) = (&lease.fill, &lease.settled);
        let voucher = fill
            .draws
            .first()
            .map(|draw| self.state.vouchers[&draw.voucher].programme);
        LeaseFacts {
            lease: fill.lease,
            tenant: fill.tenant,
            provider: fill.provider,
            accelerator: ACCELERATORS[usize::from(fill.accelerator.0)].parse().unwrap(),
            site: SITES[usize::from(fill.site.0)].parse().unwrap(),
            cards: fill.cards,
            from: fill.window.from().timestamp(),
            until: lease.ends.timestamp(),
            agreed_at: fill.at,
            price: fill.price,
            charge: fill.charge,
            settled: settled.charge,
            voucher: settled.voucher,
            voucher_programme: voucher.filter(|_| settled.voucher.is_positive()),
            purpose: None,
        }
    }

    fn assessment(&mut self) -> Command {
        let declared = self
            .state
            .claims
            .values()
            .filter(|claim| claim.state == ClaimState::Declared);
        let declared: Vec<_> = declared.map(|claim| (claim.programme, claim.year, claim.org)).collect();
        let (programme, year, org) = self.dice.any(&declared).unwrap_or((ProgrammeId(6), 2026, TENANTS[0]));
        let mut entities: Vec<OrgId> = declared
            .iter()
            .filter(|one| (one.0, one.1) == (programme, year))
            .map(|one| one.2)
            .collect();
        entities.sort_unstable();
        entities.dedup();
        if entities.is_empty() || self.dice.once_in(2) {
            entities = vec![org];
        }
        Command::Claim(ClaimCommand::Assess {
            programme,
            year,
            entities,
            plan: self.plan(),
        })
    }

    fn named(&self, lease: &Lease) -> NamedLease {
        let (fill, settled) = (&lease.fill, &lease.settled);
        let closed = (lease.state == LeaseState::Closed).then(|| ClosedLease {
            tenant: fill.tenant,
            provider: fill.provider,
            agreed_at: fill.at,
            charge: settled.charge,
            voucher: settled.voucher,
            draws: fill.draws.clone(),
            until: Some(lease.ends.timestamp()),
        });
        NamedLease {
            lease: fill.lease,
            closed,
        }
    }

    fn subsidised(&self) -> Vec<Lease> {
        let leases = self.books.leases.values();
        leases
            .filter(|lease| lease.settled.voucher.is_positive())
            .cloned()
            .collect()
    }

    fn recovery(&mut self) -> Command {
        let leases = self.subsidised();
        let target = match self.dice.below(5) {
            0..=1 => {
                let Some(lease) = self.dice.any(&leases) else {
                    return Command::Tick;
                };
                NamedTarget::Lease(self.named(&lease))
            }
            2..=3 => NamedTarget::Claim(self.claim_in(&[ClaimState::Approved])),
            _ => {
                let paid: Vec<VoucherId> = leases
                    .iter()
                    .flat_map(|lease| &lease.fill.draws)
                    .map(|draw| draw.voucher)
                    .collect();
                let voucher = self.dice.any(&paid).unwrap_or(VoucherId(1));
                let of_voucher = leases
                    .iter()
                    .filter(|lease| lease.fill.draws.iter().any(|draw| draw.voucher == voucher));
                NamedTarget::Voucher {
                    voucher,
                    leases: of_voucher.map(|lease| self.named(lease)).collect(),
                }
            }
        };
        let (reason, fine) = if self.dice.once_in(5) {
            (ClawbackReason::Fraud, self.dice.small(1_000, 5_000))
        } else {
            (ClawbackReason::Error, 0)
        };
        let amount = if self.dice.once_in(3) {
            None
        } else {
            Some(self.dice.fen(1, 3_000))
        };
        let (fine_bps, evidence) = (BasisPoints(fine), "an audit".to_owned());
        Command::Recovery(RecoveryCommand::Recover(NewRecovery {
            target,
            amount,
            reason,
            fine_bps,
            evidence,
            practice: self.practice(),
        }))
    }

    fn practice(&mut self) -> Practice {
        if self.dice.once_in(8) {
            Practice::First
        } else {
            Practice::Second
        }
    }

    fn credit(&mut self) -> Command {
        // Some of leases that were paid in cash alone.
        let leases: Vec<Lease> = self.books.leases.values().cloned().collect();
        let leases: Vec<Lease> = leases
            .into_iter()
            .filter(|lease| lease.settled.charge.is_positive())
            .collect();
        let Some(lease) = self.dice.any(&leases) else {
            return Command::Tick;
        };
        let amount = self.dice.fen(1, 4_000);
        self.credit_of(&lease, amount)
    }

    /// A part of a lease goes back.
    pub fn credit_of(&self, lease: &Lease, amount: Money) -> Command {
        let (lease, reason) = (self.named(lease), "down for an hour".to_owned());
        let practice = Practice::Second;
        Command::Recovery(RecoveryCommand::Credit(NewCredit {
            lease,
            amount,
            reason,
            practice,
        }))
    }

    /// A claim of a contract from elsewhere, all of which is computing that was paid.
    pub fn paid_elsewhere(&mut self, programme: ProgrammeId, paid: Money) -> NewClaim {
        let mut contract = self.elsewhere();
        contract.counterparty = uscc(900);
        contract.items = vec![ContractItem {
            item: ServiceItem::Compute,
            contract: paid,
            incurred: paid,
            paid,
        }];
        NewClaim {
            programme,
            documents: vec![document(EvidenceKind::Contract, contract.hash)],
            contract: Some(Contract::External(contract)),
            amount: None,
            matches: None,
            purpose: None,
            leases: Some(Vec::new()),
        }
    }

    fn treasury(&mut self) -> TreasuryCommand {
        let bank_ref = format!("treasury {}", self.number());
        let reserves: Vec<_> = self
            .state
            .programmes
            .values()
            .filter(|known| known.rules.pay_mode == PayMode::Reserve)
            .map(|known| known.id)
            .collect();
        let open: Vec<(TreasuryRequestId, Money)> = self
            .state
            .treasury_requests
            .values()
            .filter_map(|known| Some((known.id, known.outstanding().ok().filter(|left| left.is_positive())?)))
            .collect();
        let (request, left) = self
            .dice
            .any(&open)
            .unwrap_or((TreasuryRequestId(1), Money::from_fen(1)));
        match self.dice.below(12) {
            0..=2 => {
                let takes = |id: &&ProgrammeId| {
                    let state = self.state.programmes[*id].state;
                    matches!(
                        state,
                        ProgrammeState::Approved | ProgrammeState::Open | ProgrammeState::Closed
                    )
                };
                let takes: Vec<_> = reserves.iter().filter(takes).copied().collect();
                let newest = takes.last().copied().filter(|_| self.dice.once_in(2));
                let programme = newest.unwrap_or(self.dice.any(&takes).unwrap_or(ProgrammeId(3)));
                let amount = self.dice.fen(1_000, 20_000);
                TreasuryCommand::FundReserve {
                    programme,
                    amount,
                    bank_ref,
                }
            }
            3..=4 => {
                let done: Vec<_> = reserves
                    .into_iter()
                    .filter(|id| self.state.programmes[id].state == ProgrammeState::Closed)
                    .filter(|id| self.state.ledger.balance(AccountKey::Reserve(*id)).is_positive())
                    .collect();
                let programme = self.dice.any(&done).unwrap_or(ProgrammeId(3));
                let amount = self
                    .state
                    .ledger
                    .balance(AccountKey::Reserve(programme))
                    .max(Money::from_fen(1));
                TreasuryCommand::ReturnReserve {
                    programme,
                    amount,
                    bank_ref,
                }
            }
            5..=7 => {
                let all: Vec<_> = self.state.programmes.keys().copied().collect();
                let (programme, payer) = (self.dice.one(&all), u8::try_from(self.dice.below(3)).unwrap());
                TreasuryCommand::RequestTreasury {
                    org: OFFICE,
                    programme,
                    payer,
                    amount: self.dice.fen(1, 3_000),
                }
            }
            8 => TreasuryCommand::CancelTreasuryRequest { request },
            _ => {
                let amount = if self.dice.once_in(3) {
                    Money::from_fen(left.fen() / 2 + 1)
                } else {
                    left
                };
                TreasuryCommand::ReceiveTreasury {
                    request,
                    amount,
                    bank_ref,
                }
            }
        }
    }
}
