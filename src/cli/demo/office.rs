//! The desk of a living market's issuer: programmes, applications, a claim and flags that wait for somebody.

use std::collections::BTreeMap;

use super::made_up::in_force;
use crate::app::exchange::Handle;
use crate::app::integrity::scan;
use crate::app::problem::Problem;
use crate::app::read::claims;
use crate::app::readers::PooledReader;
use crate::app::request::Request;
use crate::cli::failure::Failure;
use crate::cli::seeds::Seeds;
use crate::domain::application::{ApplicationRequest, PlannedContract, ReviewVerdict};
use crate::domain::approval::Verdict;
use crate::domain::claim::NewClaim;
use crate::domain::code::Code;
use crate::domain::contract::{Contract, LeaseFacts};
use crate::domain::entity::{EntityFacts, EntityKind, EntitySize};
use crate::domain::id::{ApplicationId, ApprovalId, OrgId, ProgrammeId, UserId};
use crate::domain::lease::LeaseState;
use crate::domain::money::Money;
use crate::domain::organisation::OrgKind;
use crate::domain::programme::ProgrammeRules;
use crate::domain::programme::rate::ServiceItem;
use crate::domain::provider_list::ListedProvider;
use crate::domain::time::Timestamp;
use crate::engine::Command;
use crate::engine::office::application::ApplicationCommand;
use crate::engine::office::claim::ClaimCommand;
use crate::engine::office::integrity::IntegrityCommand;
use crate::engine::office::programme::ProgrammeCommand;
use crate::store::load::LoadError;
use crate::store::{Url, report};

const DAY_MICROS: i64 = 24 * 3_600 * 1_000_000;
/// What each applicant asks for.
const ASKED: Money = Money::from_fen(8_000_000);
/// How good the experts find what is under public notice, from 0 to 100.
const SCORE: u8 = 82;

/// Opens the desk: everything by commands, at the market's present.
///
/// # Errors
/// [`Failure::Refused`] where something that must be possible is refused; those of the database.
pub fn open(handle: &Handle, seeds: &Seeds, (place, start): (&Url, Timestamp), at: Timestamp) -> Result<(), Failure> {
    let mut pooled = PooledReader::open(place)?;
    let office = Office {
        handle,
        at,
        orgs: orgs(handle, seeds)?,
        issuer: org_of(handle, seeds, OrgKind::Issuer)?,
        staff: staff(handle, seeds)?,
    };
    office.attest(seeds)?;
    let training = office.programme(in_force(&seeds.training_programme, start))?;
    let reimburse = office.programme(in_force(&seeds.reimburse_programme, start))?;
    office.list_providers(seeds, training)?;
    office.draft(next_year(in_force(&seeds.training_programme, start))?)?;
    let paid = paid_lease(&mut pooled)?;
    let claimant = paid.as_ref().map(|facts| facts.tenant);
    office.applications(seeds, training, claimant)?;
    if let Some(facts) = paid {
        office.claim(reimburse, facts)?;
    }
    let raise = scan::raise(&mut pooled.reader)?;
    office.ask(raise)
}

/// Who does what when.
struct Office<'a> {
    handle: &'a Handle,
    at: Timestamp,
    /// Organisations by their names in flows.
    orgs: BTreeMap<String, OrgId>,
    issuer: OrgId,
    /// Two people of the issuer.
    staff: (UserId, UserId),
}

impl Office<'_> {
    /// What must be accepted.
    fn ask(&self, command: Command) -> Result<(), Failure> {
        match self.try_ask(command)? {
            None => Ok(()),
            Some(detail) => Err(Failure::Refused(detail)),
        }
    }

    /// Why it is refused, if it is.
    fn try_ask(&self, command: Command) -> Result<Option<String>, Failure> {
        let reply = self.handle.call(Request::new("seed", command).at(self.at))?;
        if reply.accepted {
            return Ok(None);
        }
        let problem: Option<Problem> = serde_json::from_str(&reply.answer).ok();
        Ok(Some(problem.map_or(reply.answer, |problem| problem.detail)))
    }

    /// What is known of each tenant: made up, but the same each time.
    fn attest(&self, seeds: &Seeds) -> Result<(), Failure> {
        let sizes = [
            EntitySize::Micro,
            EntitySize::Small,
            EntitySize::Medium,
            EntitySize::Large,
        ];
        for (place, (name, org)) in (1_i64..).zip(seeds.organisations_of(OrgKind::Tenant)) {
            let Some(&id) = self.orgs.get(&name) else {
                continue;
            };
            let is_university = org.name.contains("大学");
            let founded = Timestamp::from_micros(self.at.micros() - place * 100 * DAY_MICROS);
            let size = usize::try_from(place)
                .ok()
                .and_then(|place| sizes.get(place % 4))
                .copied();
            let facts = EntityFacts {
                kind: Some(if is_university {
                    EntityKind::University
                } else {
                    EntityKind::Firm
                }),
                size: size.filter(|_| !is_university),
                founded: Some(founded),
                clean_since: Some(founded),
                ..EntityFacts::NOTHING
            };
            self.ask(Command::Integrity(IntegrityCommand::Attest { org: id, facts }))?;
        }
        Ok(())
    }

    /// Writes a programme.
    fn draft(&self, rules: ProgrammeRules) -> Result<ProgrammeId, Failure> {
        let id = self.handle.inspect(|state| ProgrammeId(state.counters.programme))?;
        self.ask(Command::Programme(ProgrammeCommand::Draft {
            maker: self.staff.0,
            issuer: self.issuer,
            rules: Box::new(rules),
        }))?;
        Ok(id)
    }

    /// Writes a programme, which another person approves, and opens it.
    fn programme(&self, rules: ProgrammeRules) -> Result<ProgrammeId, Failure> {
        let programme = self.draft(rules)?;
        let (user, checker) = self.staff;
        self.ask(Command::Programme(ProgrammeCommand::Approve { checker, programme }))?;
        self.ask(Command::Programme(ProgrammeCommand::Open { user, programme }))?;
        Ok(programme)
    }

    /// The providers that have a user are listed.
    fn list_providers(&self, seeds: &Seeds, programme: ProgrammeId) -> Result<(), Failure> {
        for org in self.with_user(seeds, OrgKind::Provider) {
            let entry = ListedProvider {
                batch: "demo-1".to_owned(),
                items: vec![ServiceItem::Compute],
                facility: None,
                capacity_p: None,
                from: self.at,
                until: None,
            };
            self.ask(Command::Integrity(IntegrityCommand::ListProvider {
                user: Some(self.staff.0),
                programme,
                org,
                entry,
            }))?;
        }
        Ok(())
    }

    /// Organisations that somebody can log in for.
    fn with_user(&self, seeds: &Seeds, role: OrgKind) -> Vec<OrgId> {
        let users = seeds.users.iter().filter(|user| user.role == role);
        users.filter_map(|user| self.orgs.get(&user.org).copied()).collect()
    }

    /// One that nobody has looked at, one in review, one under public notice.
    fn applications(&self, seeds: &Seeds, programme: ProgrammeId, claimant: Option<OrgId>) -> Result<(), Failure> {
        let mut tenants = self.with_user(seeds, OrgKind::Tenant);
        tenants.retain(|org| Some(*org) != claimant);
        let (one, other) = self.staff;
        for (place, org) in tenants.into_iter().take(3).enumerate() {
            let application = self.apply(org, programme)?;
            if place >= 1 {
                self.pass(one, application, None)?;
            }
            if place >= 2 {
                self.pass(other, application, Some(SCORE))?;
                // Where the year's calendar is not announced yet, it waits for its notice.
                self.try_ask(Command::Application(ApplicationCommand::Publish {
                    user: one,
                    application,
                }))?;
            }
        }
        Ok(())
    }

    fn apply(&self, org: OrgId, programme: ProgrammeId) -> Result<ApplicationId, Failure> {
        let id = self.handle.inspect(|state| ApplicationId(state.counters.application))?;
        let request = ApplicationRequest {
            amount: ASKED,
            purpose: "行业模型微调（虚构）".to_owned(),
            contract: PlannedContract::default(),
            documents: Vec::new(),
            contact: None,
        };
        self.ask(Command::Application(ApplicationCommand::Submit {
            org,
            programme,
            request: Box::new(request),
        }))?;
        Ok(id)
    }

    fn pass(&self, user: UserId, application: ApplicationId, score: Option<u8>) -> Result<(), Failure> {
        self.ask(Command::Application(ApplicationCommand::Review {
            user,
            application,
            verdict: ReviewVerdict::Pass,
            score,
            amount: None,
            note: String::new(),
        }))
    }

    /// An application that was granted, and a claim on it of a lease that is over. The exchange knows what the lease came to, so
    /// that no documents are needed.
    fn claim(&self, programme: ProgrammeId, facts: LeaseFacts) -> Result<(), Failure> {
        let org = facts.tenant;
        let application = self.apply(org, programme)?;
        let (maker, checker) = self.staff;
        self.pass(maker, application, None)?;
        let approval = self.handle.inspect(|state| ApprovalId(state.counters.approval))?;
        let grant = ApplicationCommand::Grant {
            application,
            amount: ASKED,
        };
        self.ask(Command::Propose {
            maker,
            command: Box::new(Command::Application(grant)),
        })?;
        self.ask(Command::Decide {
            checker,
            approval,
            verdict: Verdict::Approve,
            reason: None,
        })?;
        let claim = NewClaim {
            programme,
            contract: Some(Contract::Lease(facts)),
            amount: None,
            documents: Vec::new(),
            matches: None,
            purpose: None,
            leases: None,
        };
        self.ask(Command::Claim(ClaimCommand::SubmitClaim {
            org,
            claim: Box::new(claim),
        }))
    }
}

/// The same programme for models, which waits for a second person.
fn next_year(rules: ProgrammeRules) -> Result<ProgrammeRules, Failure> {
    let id: Code = "demo-next-2027"
        .parse()
        .map_err(|_| Failure::Argument("the name of a draft".to_owned()))?;
    Ok(ProgrammeRules { id, ..rules })
}

/// The organisations that are here, by their names in flows.
fn orgs(handle: &Handle, seeds: &Seeds) -> Result<BTreeMap<String, OrgId>, Failure> {
    let codes = handle.inspect(|state| state.org_by_uscc.clone())?;
    let known = seeds.organisations.iter();
    let known = known.filter_map(|(name, org)| Some((name.clone(), *codes.get(&org.uscc)?)));
    Ok(known.collect())
}

/// The first organisation of a kind.
fn org_of(handle: &Handle, seeds: &Seeds, kind: OrgKind) -> Result<OrgId, Failure> {
    let orgs = orgs(handle, seeds)?;
    let names = seeds.organisations_of(kind).into_iter();
    let mut found = names.filter_map(|(name, _)| orgs.get(&name).copied());
    found
        .next()
        .ok_or_else(|| Failure::Refused(format!("there is no made-up {kind}")))
}

/// Two people of the issuer.
fn staff(handle: &Handle, seeds: &Seeds) -> Result<(UserId, UserId), Failure> {
    let users = seeds.users.iter().filter(|user| user.role == OrgKind::Issuer);
    let mut known = users.filter_map(|user| handle.directory().user_of(&user.email));
    match (known.next(), known.next()) {
        (Some(one), Some(other)) => Ok((one, other)),
        (Some(_) | None, _) => Err(Failure::Refused(
            "an issuer of the demonstration has two users".to_owned(),
        )),
    }
}

/// What the dearest lease came to that is over, of those of which no voucher paid anything; none: there is no such.
fn paid_lease(pooled: &mut PooledReader) -> Result<Option<LeaseFacts>, Failure> {
    let mut dearest = None;
    report::leases(&mut pooled.reader, |lease| {
        let settled = lease.settled;
        let is_dearer = dearest.is_none_or(|(charge, _, _)| settled.charge > charge);
        if lease.state == LeaseState::Closed && !settled.voucher.is_positive() && is_dearer {
            dearest = Some((settled.charge, lease.tenant, lease.id));
        }
        Ok::<(), LoadError>(())
    })?;
    let Some((_, tenant, lease)) = dearest else {
        return Ok(None);
    };
    let facts = claims::lease_facts(pooled, tenant, lease);
    let facts = facts.map_err(|error| Failure::Refused(error.to_string()))?;
    Ok(facts.ok())
}
