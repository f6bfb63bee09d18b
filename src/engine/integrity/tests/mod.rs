//! Each rule with numbers that are just wrong and numbers that are just right, and that the order of facts does not matter.

mod claims;

use proptest::prelude::*;

use self::claims::claim;
use super::fact::{Facts, FillFact, OrgFact, PowerFact, ReferenceFact, UseFact, UseKind};
use super::policy::IntegrityPolicy;
use super::usage::Usage;
use super::{finding::DAY_MICROS, scan};
use crate::domain::flag::{Finding, FlagRule};
use crate::domain::id::{AcceleratorId, LeaseId, OrgId, ProgrammeId, RelationId, SiteId};
use crate::domain::money::{Money, Price};
use crate::domain::power::{Energy, PowerReading};
use crate::domain::programme::{Programme, ProgrammeRules};
use crate::domain::rate::BasisPoints;
use crate::domain::relation::{NewRelation, Relation, RelationKind};
use crate::domain::time::Timestamp;

fn day(day: i64) -> Timestamp {
    Timestamp::from_micros((20_000 + day) * DAY_MICROS)
}

fn yuan(yuan: i64) -> Money {
    Money::from_fen(yuan * 100)
}

fn programme(id: u64, more: &serde_json::Value) -> Programme {
    let mut rules = serde_json::json!({"id": format!("p{id}"), "pot": "1000000.00", "rates": [{"rate_bps": 3000}],
        "valid_from": "2020-01-01T00:00:00Z", "valid_until": "2040-01-01T00:00:00Z"});
    for (key, value) in more.as_object().unwrap() {
        rules[key] = value.clone();
    }
    let rules: ProgrammeRules = serde_json::from_value(rules).unwrap();
    Programme::open(ProgrammeId(id), rules)
}

/// Ten organisations in groups of their own, and a programme with a cap of 1,000 yuan.
fn market() -> Facts {
    let mut facts = Facts::default();
    for org in 1..=10 {
        let fact = OrgFact {
            code: None,
            group: OrgId(org),
            founded: None,
        };
        facts.orgs.insert(OrgId(org), fact);
    }
    let capped = serde_json::json!({"cap_per_entity": "1000.00", "cap_period": "programme"});
    facts.programmes.insert(ProgrammeId(1), programme(1, &capped));
    facts.accelerators.push("card".parse().unwrap());
    facts
}

/// One card for a day at 10 yuan an hour: tenant, provider, day, subsidy in yuan.
fn fill(lease: u64, (tenant, provider): (u64, u64), on: i64, subsidy: i64) -> FillFact {
    FillFact {
        lease: LeaseId(lease),
        tenant: OrgId(tenant),
        provider: OrgId(provider),
        accelerator: AcceleratorId(0),
        site: SiteId(0),
        cards: 1,
        from: day(on),
        until: day(on + 1),
        price: Price::from_micros(10_000_000),
        charge: yuan(240),
        voucher: yuan(subsidy),
        programme: (subsidy > 0).then_some(ProgrammeId(1)),
        at: day(on),
    }
}

fn relate(facts: &mut Facts, (a, b): (u64, u64), kind: RelationKind, (from, recorded): (i64, i64)) {
    let said = NewRelation {
        a: OrgId(a),
        b: OrgId(b),
        kind,
        from: day(from),
        until: None,
        source: String::new(),
    };
    let id: RelationId = facts.relations.next_id();
    let relation = Relation {
        id,
        said,
        recorded_at: day(recorded),
    };
    facts.relations.put(relation, (OrgId(a), OrgId(b)));
}

fn policy() -> IntegrityPolicy {
    IntegrityPolicy {
        watts: [("card".parse().unwrap(), 1_000)].into(),
        ..IntegrityPolicy::default()
    }
}

fn look(facts: &mut Facts, uses: &[UseFact]) -> Vec<Finding> {
    facts.sort();
    let mut usage = Usage::new(facts, &policy());
    for report in uses {
        usage.add(report);
    }
    scan(facts, &usage, &policy())
}

/// Rule and stake in fen of everything that is found.
fn found(facts: &mut Facts, uses: &[UseFact]) -> Vec<(FlagRule, i64)> {
    let findings = look(facts, uses).into_iter();
    findings.map(|finding| (finding.rule, finding.at_stake.fen())).collect()
}

#[test]
fn a_relation_dated_back_finds_the_fills_that_it_covers() {
    let holds = |bps| RelationKind::Ownership {
        share_bps: BasisPoints(bps),
    };
    // The kind, from which day on, and what the fill of day 10 with a subsidy of 72 yuan comes to.
    for (kind, from, stake) in [
        (RelationKind::Declared, 10, Some(7_200)),
        (RelationKind::Declared, 11, None),
        (RelationKind::CommonLegalPerson, 0, Some(7_200)),
        (holds(2_500), 0, Some(7_200)),
        (holds(2_499), 0, None),
    ] {
        let mut facts = market();
        facts.fills.push(fill(1, (1, 2), 10, 72));
        facts.fills.push(fill(2, (1, 2), 10, 0));
        relate(&mut facts, (1, 2), kind, (from, 20));
        let expect: Vec<_> = stake.map(|stake| (FlagRule::RelatedParty, stake)).into_iter().collect();
        assert_eq!(found(&mut facts, &[]), expect, "{kind:?} from {from}");
    }
    let mut facts = market();
    facts.fills.push(fill(1, (1, 2), 10, 72));
    relate(&mut facts, (1, 3), RelationKind::Declared, (0, 20));
    assert_eq!(found(&mut facts, &[]), []);
    relate(&mut facts, (2, 3), RelationKind::Declared, (0, 21));
    let findings = look(&mut facts, &[]);
    assert_eq!(findings[0].evidence.len(), 2, "a chain names both its relations");
}

#[test]
fn splitting_is_several_just_under_a_limit() {
    // What two related groups have of a cap of 1,000 yuan, and how much is over it together.
    for (one, other, stake) in [
        (800, 800, Some(60_000)),
        (1_000, 1_000, Some(100_000)),
        (799, 1_000, None),
        (1_001, 900, None),
    ] {
        let mut facts = market();
        facts.fills.push(fill(1, (1, 9), 10, one));
        facts.fills.push(fill(2, (2, 10), 40, other));
        assert_eq!(found(&mut facts, &[]), [], "unrelated");
        relate(&mut facts, (1, 2), RelationKind::CommonLegalPerson, (0, 0));
        let expect: Vec<_> = stake.map(|stake| (FlagRule::Splitting, stake)).into_iter().collect();
        assert_eq!(found(&mut facts, &[]), expect, "{one} and {other}");
    }
}

#[test]
fn new_organisations_with_one_provider_look_like_one() {
    // Age in days at the first deal, days between the deals, how many organisations.
    for (age, apart, count, is_found) in [
        (179, 15, 3, true),
        (180, 15, 3, false),
        (10, 16, 3, false),
        (10, 15, 2, false),
    ] {
        let mut facts = market();
        for number in 0..count {
            let org = u64::try_from(number).unwrap() + 1;
            let on = 200 + number * apart;
            facts.fills.push(fill(org, (org, 9), on, 900));
            facts.orgs.get_mut(&OrgId(org)).unwrap().founded = Some(day(on - age));
        }
        let rules: Vec<FlagRule> = look(&mut facts, &[]).iter().map(|finding| finding.rule).collect();
        let expect = if is_found { vec![FlagRule::Splitting] } else { vec![] };
        assert_eq!(rules, expect, "{age} days old, {apart} apart, {count}");
    }
}

#[test]
fn a_threshold_of_the_rates_can_be_evaded_too() {
    let mut facts = market();
    let rates = serde_json::json!({"rates": [{"when": {"declared_total_up_to": "300.00"}, "rate_bps": 5000}, {"rate_bps": 2000}]});
    facts.programmes.insert(ProgrammeId(1), programme(1, &rates));
    facts.fills.push(fill(1, (1, 9), 10, 120));
    facts.fills.push(fill(2, (2, 9), 10, 120));
    relate(&mut facts, (1, 2), RelationKind::Declared, (0, 0));
    // 240 of 300 each, 480 together: without the better rate neither would have had its 120.
    assert_eq!(found(&mut facts, &[]), [(FlagRule::Splitting, 24_000)]);
}

#[test]
fn prices_are_held_against_the_reference_price_of_their_day() {
    // Reference price in micro-yuan, and what of 72 yuan is for the price above 1.3 times it.
    for (reference, stake) in [(7_692_308, None), (7_692_307, Some(1)), (5_000_000, Some(2_520))] {
        let mut facts = market();
        facts.fills.push(fill(1, (1, 2), 10, 72));
        let price = |since, micros| ReferenceFact {
            accelerator: AcceleratorId(0),
            since: day(since),
            price: Price::from_micros(micros),
        };
        facts.references = vec![price(11, 1), price(5, reference), price(0, 20_000_000)];
        let expect: Vec<_> = stake
            .map(|stake| (FlagRule::PriceInflation, stake))
            .into_iter()
            .collect();
        assert_eq!(found(&mut facts, &[]), expect, "{reference}");
    }
}

#[test]
fn prices_are_held_against_what_others_pay() {
    // How many others paid 7 yuan, and whether they are related to each other.
    for (others, related, is_found) in [(5, false, true), (4, false, false), (5, true, false)] {
        let mut facts = market();
        facts.fills.push(fill(1, (1, 2), 10, 72));
        for lease in 10..10 + others {
            let cheap = FillFact {
                price: Price::from_micros(7_000_000),
                ..fill(lease, (3, 4), 11, 0)
            };
            facts.fills.push(cheap);
        }
        if related {
            relate(&mut facts, (3, 4), RelationKind::Declared, (0, 0));
        }
        let expect = if is_found {
            vec![(FlagRule::PriceInflation, 648)]
        } else {
            vec![]
        };
        assert_eq!(found(&mut facts, &[]), expect, "{others} {related}");
    }
}

/// Who pays whom on which day.
type Trades<'a> = &'a [(u64, u64, i64)];

#[test]
fn money_that_comes_back_is_found() {
    // Who pays whom on which day; the first one is subsidised.
    let cases: [(Trades<'_>, bool); 8] = [
        (&[(1, 2, 10), (2, 1, 40)], true),
        (&[(1, 2, 10), (2, 1, 41)], false),
        (&[(1, 2, 10), (1, 2, 11)], false),
        (&[(1, 2, 10), (2, 3, 12), (3, 1, 14)], true),
        (&[(1, 2, 10), (2, 3, 12), (3, 4, 14), (4, 1, 16)], true),
        (&[(1, 2, 10), (2, 3, 12), (3, 4, 14), (4, 5, 16), (5, 1, 18)], false),
        (&[(1, 2, 10), (2, 1, 11), (2, 1, 12)], false),
        (&[(2, 1, 5), (1, 2, 10)], true),
    ];
    for (trades, is_found) in cases {
        let mut facts = market();
        for (lease, (tenant, provider, on)) in (1..).zip(trades) {
            let subsidy = if (*tenant, *provider) == (1, 2) { 72 } else { 0 };
            facts.fills.push(fill(lease, (*tenant, *provider), *on, subsidy));
        }
        let expect = if is_found {
            vec![(FlagRule::Wash, 7_200)]
        } else {
            vec![]
        };
        assert_eq!(found(&mut facts, &[]), expect, "{trades:?}");
    }
    let mut facts = market();
    facts.fills.push(fill(1, (1, 2), 10, 0));
    facts.fills.push(fill(2, (2, 1), 11, 0));
    assert_eq!(found(&mut facts, &[]), [], "without a subsidy it is nobody's matter");
}

/// A report of every second of a lease of one card, but for so many seconds.
fn report(fill: &FillFact, lost: i64) -> UseFact {
    UseFact {
        kind: UseKind::Report,
        lease: fill.lease,
        from: fill.from,
        until: fill.until,
        card_seconds: fill.until.seconds_since(fill.from) - lost,
    }
}

#[test]
fn use_without_a_lost_second_is_looked_at() {
    // Leases, days each, seconds lost in one of them.
    for (leases, days, lost, is_found) in [(3, 5, 0, true), (3, 4, 0, false), (2, 20, 0, false), (3, 5, 1, false)] {
        let mut facts = market();
        let mut uses = Vec::new();
        for lease in 1..=leases {
            let start = i64::try_from(lease).unwrap() * 30;
            let long = FillFact {
                until: day(start + days),
                ..fill(lease, (1, 2), start, 10)
            };
            uses.push(report(&long, if lease == 1 { lost } else { 0 }));
            facts.fills.push(long);
        }
        let expect = if is_found {
            vec![(FlagRule::IdleLoop, 3_000)]
        } else {
            vec![]
        };
        assert_eq!(found(&mut facts, &uses), expect, "{leases} × {days} − {lost}");
    }
}

#[test]
fn cards_have_no_more_seconds_than_time() {
    for (more, is_found) in [(0, false), (1, true)] {
        let mut facts = market();
        facts.fills.push(fill(1, (1, 2), 10, 72));
        let uses = [report(&facts.fills[0], -more)];
        let expect = if is_found {
            vec![(FlagRule::ImpossibleVolume, 7_200)]
        } else {
            vec![]
        };
        assert_eq!(found(&mut facts, &uses), expect, "{more}");
    }
}

#[test]
fn use_needs_electricity() {
    // One card of 1,000 W for 24 hours is 24 kWh; too little below 14.4, far too much above 480.
    for (watt_hours, expect) in [
        (14_399, Some(FlagRule::PowerShort)),
        (14_400, None),
        (24_000, None),
        (480_000, None),
        (480_020, Some(FlagRule::PowerExcess)),
    ] {
        let mut facts = market();
        facts.fills.push(fill(1, (1, 2), 10, 72));
        let uses = [report(&facts.fills[0], 0)];
        let reading = PowerReading {
            provider: OrgId(2),
            site: SiteId(0),
            from: day(0),
            until: day(31),
            energy: Energy::from_watt_hours(watt_hours),
        };
        facts.power.push(PowerFact { seq: 7, reading });
        let expect: Vec<_> = expect.map(|rule| (rule, 7_200)).into_iter().collect();
        assert_eq!(found(&mut facts, &uses), expect, "{watt_hours}");
    }
    // Half of the lease's time lies outside the reading, and another meter says nothing of this site.
    for (from, site, is_found) in [(0, 0, true), (0, 1, false), (11, 0, false)] {
        let mut facts = market();
        facts.fills.push(fill(1, (1, 2), 10, 72));
        let uses = [report(&facts.fills[0], 0)];
        let reading = PowerReading {
            provider: OrgId(2),
            site: SiteId(site),
            from: day(from),
            until: Timestamp::from_micros(day(from.max(10)).micros() + DAY_MICROS / 2),
            // 12 kWh drawn.
            energy: Energy::from_watt_hours(7_000),
        };
        facts.power.push(PowerFact { seq: 7, reading });
        assert_eq!(found(&mut facts, &uses).len(), usize::from(is_found), "{from} {site}");
    }
}

/// A market in which every rule may find something.
fn busy(trades: &[(u64, u64, i64, i64, i64)]) -> (Facts, Vec<UseFact>) {
    let mut facts = market();
    let mut uses = Vec::new();
    for (lease, (tenant, provider, on, subsidy, price)) in (1..).zip(trades) {
        let fill = FillFact {
            price: Price::from_micros(*price * 1_000_000),
            ..fill(lease, (*tenant, *provider), *on, *subsidy)
        };
        uses.push(report(&fill, *subsidy % 3 - 1));
        facts.claims.push(claim(lease, (*tenant, 1), &(lease / 2).to_string()));
        facts.fills.push(fill);
    }
    relate(&mut facts, (1, 2), RelationKind::Declared, (0, 90));
    relate(&mut facts, (3, 4), RelationKind::CommonLegalPerson, (10, 90));
    let reading = PowerReading {
        provider: OrgId(3),
        site: SiteId(0),
        from: day(0),
        until: day(100),
        energy: Energy::from_watt_hours(30_000),
    };
    facts.power.push(PowerFact { seq: 7, reading });
    (facts, uses)
}

proptest! {
    #[test]
    fn the_order_of_facts_does_not_matter(
        trades in prop::collection::vec((1_u64..5, 1_u64..5, 0_i64..60, 0_i64..1_000, 5_i64..20), 1..25),
        turn in 0_usize..25,
    ) {
        let (mut facts, uses) = busy(&trades);
        let once = look(&mut facts, &uses);
        let (mut turned, mut uses) = busy(&trades);
        let turn = turn % uses.len();
        turned.fills.rotate_left(turn);
        turned.fills.reverse();
        turned.claims.rotate_right(turn);
        uses.rotate_left(turn);
        prop_assert_eq!(&once, &look(&mut turned, &uses));
        let mut identities: Vec<_> = once.iter().map(Finding::identity).collect();
        let count = identities.len();
        identities.dedup();
        prop_assert_eq!(identities.len(), count, "nothing is found twice");
    }
}
