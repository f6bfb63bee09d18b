//! Random flows: what happens is drawn as plain numbers, and becomes a command when the state is known that it meets.

use proptest::collection::vec;
use proptest::prelude::*;
use qiantang::domain::account::AccountKey;
use qiantang::domain::approval::Verdict;
use qiantang::domain::id::{ApprovalId, BidId, LeaseId, ListingId, OrgId, ProgrammeId, UserId};
use qiantang::domain::money::{Money, Price};
use qiantang::domain::organisation::{NewOrganisation, OrgKind};
use qiantang::domain::programme::ProgrammeRules;
use qiantang::domain::rate::BasisPoints;
use qiantang::domain::terms::Terms;
use qiantang::domain::time::{Hour, Timestamp};
use qiantang::domain::usage::UsageReport;
use qiantang::domain::uscc::Uscc;
use qiantang::domain::user::{NewUser, User};
use qiantang::engine::approval::decided_by;
use qiantang::engine::{Command, State};
use serde_json::json;

use super::draw::{ACCELERATORS, Numbers, SITES, bid, change, listing, price};

/// The first hour: half a day before 2027 begins in Shanghai, so that yearly caps turn.
pub const ORIGIN: Hour = Hour(499_636);
/// No window ends later than this many hours after it.
pub const HORIZON_HOURS: u32 = 2_000;

/// One thing to happen.
#[derive(Debug, Clone)]
pub struct Step {
    kind: u8,
    numbers: Numbers,
}

/// Between half of `most` and `most` steps.
pub fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let step = (0_u8..100, any::<Numbers>()).prop_map(|(kind, numbers)| Step { kind, numbers });
    vec(step, most / 2..=most)
}

/// Organisations, money, programmes, vouchers: what every flow begins with.
pub fn setting() -> Vec<Command> {
    let mut commands = Vec::new();
    for (code, domestic) in [("ascend", true), ("h20", false)] {
        let accelerator = json!({"code": code, "vendor": "v", "model": code, "domestic": domestic, "memory_gb": 64,
            "fp16_dense_gflops": 313_000, "cards_per_node": 8});
        commands.push(Command::DefineAccelerator(serde_json::from_value(accelerator).unwrap()));
    }
    for code in SITES {
        let site = json!({"code": code, "name_zh": code, "region": "east"});
        commands.push(Command::DefineSite(serde_json::from_value(site).unwrap()));
    }
    let (provider, tenant) = (OrgKind::Provider, OrgKind::Tenant);
    for (number, (kinds, owner)) in (1_u64..).zip([
        (vec![provider], None),
        (vec![provider], None),
        (vec![provider, tenant], None),
        (vec![tenant], None),
        (vec![tenant], None),
        (vec![tenant], Some(OrgId(1))),
    ]) {
        commands.push(Command::RegisterOrg(NewOrganisation {
            name: format!("org {number} 有限公司"),
            uscc: Uscc::from_stem(&format!("91330100MA{number:07}")).unwrap(),
            kinds,
            owner,
        }));
    }
    commands.extend(people());
    commands.push(Command::SetTerms(terms([3, 7, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0])));
    for org in 3..=6 {
        let (amount, bank_ref) = (Money::from_fen(300_000), "opening".to_owned());
        commands.push(Command::Deposit {
            org: OrgId(org),
            amount,
            bank_ref,
        });
    }
    for rules in [
        json!({"id": "city", "pot": "9000.00", "rates": [{"when": {"domestic": true}, "rate_bps": 3000},
            {"when": {"sites": ["jinhua"]}, "rate_bps": 2000}], "cap_per_entity": "150.00",
            "reference_price_cap": "1.1", "valid_from": "2026-12-01T00:00:00Z", "valid_until": "2027-03-01T00:00:00Z",
            "validity_days": 3, "priority": 1, "co_funding": [{"payer": "a", "share_bps": 6001},
            {"payer": "b", "share_bps": 1999}, {"payer": "c", "share_bps": 2000}]}),
        json!({"id": "district", "pot": "5000.00", "rates": [{"rate_bps": 4500}], "cap_per_entity": "400.00",
            "cap_period": "programme", "valid_from": "2026-12-01T00:00:00Z", "valid_until": "2027-01-03T00:00:00Z",
            "on_expiry": "lapse", "rounding": "half_up"}),
        json!({"id": "rich", "pot": "5000.00", "threshold_mode": "marginal", "tax_basis": "excluded", "priority": 2,
            "rates": [{"when": {"declared_total_up_to": "40.00"}, "rate_bps": 6000},
                {"when": {"workloads": ["finetune"]}, "rate_bps": 2500}, {"rate_bps": 1000}],
            "stacking": [{"ceilings": [{"rate_bps": 6000}]}],
            "cap_per_contract": "15.00", "cap_per_entity": "40.00", "min_spend": "4.00", "divisible": false,
            "valid_from": "2026-12-01T00:00:00Z", "valid_until": "2027-01-02T00:00:00Z"}),
    ] {
        let rules: ProgrammeRules = serde_json::from_value(rules).unwrap();
        commands.push(Command::OpenProgramme(Box::new(rules)));
    }
    for (org, programme) in [(3, 1), (3, 3), (4, 1), (4, 2), (4, 3), (5, 2), (5, 3), (6, 1), (6, 3)] {
        let (programme, org) = (ProgrammeId(programme), OrgId(org));
        commands.push(Command::Grant {
            programme,
            org,
            amount: Money::from_fen(30_000),
        });
    }
    commands
}

/// Who runs the market and who issues, and four people who can decide for each other, two by two.
fn people() -> Vec<Command> {
    let org = |number: u64, kinds: Vec<OrgKind>| {
        Command::RegisterOrg(NewOrganisation {
            name: format!("authority {number}"),
            uscc: Uscc::from_stem(&format!("91330100MA{number:07}")).unwrap(),
            kinds,
            owner: None,
        })
    };
    let user = |org: u64, roles: &[OrgKind]| {
        Command::RegisterUser(NewUser {
            org: OrgId(org),
            roles: roles.to_vec(),
            identity: "0f".repeat(32),
            dormant: false,
        })
    };
    vec![
        org(7, vec![OrgKind::Operator, OrgKind::Tenant]),
        org(8, vec![OrgKind::Issuer]),
        user(7, &[OrgKind::Operator]),
        user(7, &[OrgKind::Tenant, OrgKind::Operator]),
        user(8, &[OrgKind::Issuer]),
        user(8, &[OrgKind::Issuer]),
    ]
}

fn terms(n: Numbers) -> Terms {
    let bps = |number: u16, most: u32| BasisPoints(u32::from(number) * 53 % most);
    Terms {
        tenant_fee_bps: bps(n[0], 700),
        provider_fee_bps: bps(n[1], 900),
        vat_bps: BasisPoints(600),
        collar_bps: BasisPoints(9_990),
        usage_grace_hours: u32::from(n[2]) % 30,
        dispute_hours: u32::from(n[3]) % 90,
        acceptance_hours: u32::from(n[3]) % 90 * u32::from(n[4] % 2),
        outage_hours: u32::from(n[3]) % 7,
        ..Terms::default()
    }
}

impl Step {
    /// How long passes before it.
    pub fn wait(&self) -> i64 {
        let minutes = match self.numbers[11] % 64 {
            0..=39 => 0,
            40..=45 => 30,
            46..=60 => 60 * i64::from(self.numbers[10] % 4),
            61..=62 => 60 * i64::from(self.numbers[10] % 12),
            _ => 60 * i64::from(self.numbers[10] % 120),
        };
        minutes * 60_000_000
    }

    /// The command that it is, at `at`.
    pub fn command(&self, state: &State, at: Timestamp) -> Command {
        let n = self.numbers;
        match self.kind {
            0..20 => Command::OpenListing {
                provider: OrgId(u64::from(n[0] % 3) + 1 + u64::from(n[0] > 65_000)),
                listing: listing(n, at),
            },
            20..50 => Command::PlaceBid {
                tenant: OrgId(u64::from(n[0] % 4) + 3 - u64::from(n[0] > 65_000)),
                bid: bid(n, at),
            },
            50..54 => Command::CancelBid {
                tenant: self.tenant(state),
                bid: self.bid_id(state),
            },
            54..60 => Command::AmendBid {
                tenant: self.tenant(state),
                bid: self.bid_id(state),
                change: change(
                    n,
                    state
                        .book
                        .bid(self.bid_id(state))
                        .map_or(1, |bid| bid.alternatives.len()),
                    at,
                ),
                if_match: None,
            },
            60..62 => {
                let (provider, listing) = self.listing_id(state);
                Command::WithdrawListing { provider, listing }
            }
            62..67 => {
                let (provider, listing) = self.listing_id(state);
                let islands = n[3].is_multiple_of(2).then(|| u32::from(n[4] % 4) + 1);
                let until = n[5]
                    .is_multiple_of(3)
                    .then(|| at.hour_ceil().plus(u32::from(n[6] % 60)));
                let ask = n[1].is_multiple_of(2).then(|| price(n[2]));
                Command::AmendListing {
                    provider,
                    listing,
                    ask,
                    islands,
                    until,
                    if_match: None,
                }
            }
            67..78 => self.usage(state, at),
            78..82 => self.approval(state, at),
            82..90 => {
                let lag = i64::from(n[0] % 3) * i64::from(n[1] % 4) * 3_600_000_000;
                Command::Settle {
                    until: Timestamp::from_micros(at.micros() - lag),
                    most: None,
                }
            }
            90..94 => {
                let (org, lease) = self
                    .lease(state)
                    .map_or((OrgId(4), LeaseId(u64::from(n[1]))), |(id, lease)| {
                        (if n[2].is_multiple_of(3) { lease.0 } else { lease.1 }, id)
                    });
                Command::EndLease { org, lease }
            }
            94..96 => Command::Grant {
                programme: ProgrammeId(u64::from(n[0] % 3) + 1 + u64::from(n[0] > 60_000)),
                org: OrgId(u64::from(n[1] % 6) + 1),
                amount: Money::from_fen(i64::from(n[2])),
            },
            96 => Command::Deposit {
                org: OrgId(u64::from(n[0] % 9) + 1),
                amount: Money::from_fen(i64::from(n[1])),
                bank_ref: format!("line {}", n[2] % 100),
            },
            97 => Command::SetTerms(terms(n)),
            98 => Command::SetReferencePrice {
                accelerator: ACCELERATORS[usize::from(n[0] % 2)].parse().unwrap(),
                price: Price::from_micros(9_000_000 + i64::from(n[1])),
            },
            _ if n[0].is_multiple_of(3) => Command::RelateOrgs {
                a: OrgId(u64::from(n[1] % 6) + 1),
                b: OrgId(4),
            },
            _ => Command::Post {
                transfers: vec![(
                    AccountKey::Cash(OrgId(4)),
                    AccountKey::Suspense,
                    Money::from_fen(i64::from(n[1])),
                )],
            },
        }
    }

    /// Somebody asks for one of the things that need two people, or decides on one, or is stopped or let in again.
    fn approval(&self, state: &State, at: Timestamp) -> Command {
        let n = self.numbers;
        // Mostly one of the two who may, and not the one who asked.
        let person = |role: Option<OrgKind>, second: bool| {
            let first = if role == Some(OrgKind::Issuer) { 3 } else { 1 };
            let wrong = n[8] > 58_000;
            UserId(if wrong {
                u64::from(n[8] % 5)
            } else {
                first + u64::from(second)
            })
        };
        let pending: Vec<_> = state.approvals.values().collect();
        let waits = pending.get(usize::from(n[7]) % pending.len().max(1));
        match n[9] % 16 {
            0 => self.amend_user(state, !n[7].is_multiple_of(4)),
            1..8 => {
                let kind = 94 + u8::try_from(n[7] % 5).unwrap();
                let command = match n[5] % 8 {
                    0 => self.amend_user(state, true),
                    _ => Step { kind, numbers: n }.command(state, at),
                };
                Command::Propose {
                    maker: person(decided_by(&command), n[6].is_multiple_of(2)),
                    command: Box::new(command),
                }
            }
            _ => Command::Decide {
                checker: person(
                    waits.map(|approval| approval.role),
                    waits.is_some_and(|approval| approval.maker.0 % 2 == 1),
                ),
                approval: waits.map_or(ApprovalId(u64::from(n[5] % 9)), |approval| approval.id),
                verdict: if n[4].is_multiple_of(5) {
                    Verdict::Reject
                } else {
                    Verdict::Approve
                },
                reason: n[6].is_multiple_of(2).then(|| "as agreed".to_owned()),
            },
        }
    }

    fn amend_user(&self, state: &State, active: bool) -> Command {
        let user = UserId(u64::from(self.numbers[8] % 5));
        Command::AmendUser {
            user,
            roles: None,
            active: Some(active),
            if_match: state.users.get(&user).map(User::version),
        }
    }

    fn bid_id(&self, state: &State) -> BidId {
        let ids: Vec<BidId> = state.book.bids().map(|bid| bid.id).collect();
        let number = usize::from(self.numbers[0]);
        if ids.is_empty() || number > 63_000 {
            return BidId(u64::from(self.numbers[1] % 40));
        }
        ids[number % ids.len()]
    }

    fn tenant(&self, state: &State) -> OrgId {
        let own = state.book.bid(self.bid_id(state)).map(|bid| bid.tenant);
        own.filter(|_| self.numbers[2] < 63_000).unwrap_or(OrgId(5))
    }

    fn listing_id(&self, state: &State) -> (OrgId, ListingId) {
        let open: Vec<_> = state
            .book
            .listings()
            .map(|listing| (listing.provider, listing.id))
            .collect();
        let number = usize::from(self.numbers[0]);
        if open.is_empty() || number > 63_000 {
            return (OrgId(1), ListingId(u64::from(self.numbers[1] % 40)));
        }
        open[number % open.len()]
    }

    /// A live lease: its identifier, tenant and provider.
    fn lease(&self, state: &State) -> Option<(LeaseId, (OrgId, OrgId))> {
        let leases: Vec<_> = state.leases.values().collect();
        let lease = leases.get(usize::from(self.numbers[0]) % leases.len().max(1))?;
        Some((lease.id(), (lease.fill.tenant, lease.fill.provider)))
    }

    /// Up to three reports of leases, mostly of what comes next.
    fn usage(&self, state: &State, at: Timestamp) -> Command {
        let n = self.numbers;
        let leases: Vec<_> = state.leases.values().collect();
        let mut reports = Vec::new();
        let mut provider = OrgId(1);
        for number in 0..u16::min(3, n[9] % 4) {
            let place = usize::from(n[0]) + usize::from(number) * usize::from(n[10] % 2);
            let Some(lease) = leases.get(place % leases.len().max(1)) else {
                continue;
            };
            provider = lease.fill.provider;
            let from = lease
                .metering
                .covered()
                .last()
                .map_or(lease.fill.window.from().timestamp(), |span| span.1);
            let most = lease.ends.timestamp().min(at);
            let until = if n[1] % 8 < 5 {
                most
            } else {
                from.plus_hours(u32::from(n[2] % 5)).min(most.plus_hours(1))
            };
            let all = until.seconds_since(from).max(0) * i64::from(lease.fill.cards);
            let card_seconds = if n[3] % 8 < 4 {
                all
            } else {
                all * i64::from(n[4] % 100) / 97
            };
            reports.push(UsageReport {
                source: "meter".to_owned(),
                id: format!("{}", n[5] % 512 + number),
                lease: lease.id(),
                from,
                until,
                cards_up: lease.fill.cards,
                card_seconds,
            });
        }
        Command::ReportUsage { provider, reports }
    }
}
