//! Disputes freeze what is disputed and nothing else, until somebody has decided.

use qiantang::domain::account::AccountKey;
use qiantang::domain::dispute::DisputeState;
use qiantang::engine::rejection::FieldRule;
use qiantang::engine::{Command, Rejection, settlement};
use serde_json::json;

use super::meter::{HOUR, at, correction, dispute, money, report, resolve, span, taken, town, withdrawal};
use crate::recovery::town::{PROVIDER, TENANT, Town};
use qiantang::domain::id::LeaseId;

fn delivered(hours: u32) -> (Town, LeaseId) {
    let mut town = town(48);
    let lease = town.rent(24);
    town.now = at(&town, lease, hours);
    for hour in 0..hours {
        let one = span(&town, lease, &hour.to_string(), (hour, hour + 1), HOUR);
        taken(&mut town, vec![one]);
    }
    (town, lease)
}

fn charged(town: &Town, lease: LeaseId, card_seconds: i64) {
    let lease = &town.state.leases[&lease];
    let total = settlement::totals(&lease.fill, card_seconds).unwrap();
    assert_eq!(lease.settled, total);
}

#[test]
fn what_is_settled_goes_back_at_once_and_the_rest_is_not_settled() {
    let (mut town, lease) = delivered(4);
    let until = at(&town, lease, 2);
    town.say(Command::Settle { until, most: None }).unwrap();
    charged(&town, lease, 2 * HOUR);
    // Four hours were reported, the tenant got one: two of the three in question are settled.
    let id = dispute(&mut town, lease, (0, 4), HOUR).unwrap();
    charged(&town, lease, 0);
    assert_eq!(money(&town, lease)[1..], [0; 8]);
    town.settle();
    charged(&town, lease, HOUR);
    assert_eq!(town.state.disputes[&id].held(), 3 * HOUR);
    // The operator decides between the two.
    let refused = resolve(&mut town, id, 4 * HOUR + 1);
    assert!(matches!(refused, Err(Rejection::Invalid(errors)) if errors[0].code == FieldRule::Exceeds));
    resolve(&mut town, id, 3 * HOUR).unwrap();
    charged(&town, lease, HOUR);
    town.settle();
    charged(&town, lease, 3 * HOUR);
    assert_eq!(resolve(&mut town, id, HOUR), Err(Rejection::DisputeDecided(id)));
}

#[test]
fn the_provider_may_agree_and_the_tenant_may_take_it_back() {
    let (mut town, lease) = delivered(3);
    town.settle();
    let agreed = dispute(&mut town, lease, (0, 1), HOUR / 2).unwrap();
    let taken_back = dispute(&mut town, lease, (1, 2), 0).unwrap();
    charged(&town, lease, HOUR + HOUR / 2);
    let concede = |org| qiantang::app::verb::command("concede", Some(org), json!({"dispute": agreed})).unwrap();
    assert_eq!(town.say(concede(TENANT)), Err(Rejection::DisputeNotFound(agreed)));
    town.say(concede(PROVIDER)).unwrap();
    town.verb(Some(TENANT), "withdraw_dispute", json!({"dispute": taken_back}));
    town.settle();
    charged(&town, lease, 2 * HOUR + HOUR / 2);
    // What was decided stays decided; what was taken back may be disputed once more.
    let again = dispute(&mut town, lease, (0, 1), 0);
    assert!(matches!(again, Err(Rejection::Invalid(errors)) if errors[0].code == FieldRule::Overlaps));
    dispute(&mut town, lease, (1, 2), HOUR - 1).unwrap();
}

#[test]
fn a_disputed_report_is_not_changed_by_its_provider() {
    let (mut town, lease) = delivered(3);
    dispute(&mut town, lease, (0, 2), HOUR).unwrap();
    let batch = vec![
        correction(lease, "c", "0", HOUR / 2),
        withdrawal(lease, "w", "1"),
        correction(lease, "d", "2", HOUR / 2),
    ];
    let refused = vec![(0, "disputed".to_owned()), (1, "disputed".to_owned())];
    assert_eq!(report(&mut town, batch), (1, 0, refused));
}

#[test]
fn only_what_is_not_accepted_is_disputed_and_only_less_than_was_reported() {
    let (mut town, lease) = delivered(3);
    let rule = |said: Result<_, Rejection>| match said {
        Err(Rejection::Invalid(errors)) => errors[0].code,
        other => panic!("{other:?}"),
    };
    assert_eq!(rule(dispute(&mut town, lease, (0, 1), HOUR)), FieldRule::Exceeds);
    assert_eq!(rule(dispute(&mut town, lease, (0, 1), -1)), FieldRule::Exceeds);
    assert_eq!(rule(dispute(&mut town, lease, (3, 4), 0)), FieldRule::Exceeds);
    assert_eq!(rule(dispute(&mut town, lease, (2, 2), 0)), FieldRule::Reversed);
    let until = at(&town, lease, 1);
    town.verb(Some(TENANT), "accept_usage", json!({"lease": lease, "until": until}));
    assert_eq!(rule(dispute(&mut town, lease, (0, 2), 0)), FieldRule::Past);
    let late = at(&town, lease, 2).plus_hours(1).plus_hours(49);
    town.now = late;
    assert_eq!(
        rule(dispute(&mut town, lease, (1, 2), 0)),
        FieldRule::Past,
        "silence accepts"
    );
    let half = at(&town, lease, 0).plus_seconds(1_800);
    let body = json!({"lease": lease, "from": half, "until": at(&town, lease, 1), "card_seconds": 0, "reason": "none"});
    let command = qiantang::app::verb::command("dispute", Some(PROVIDER), body).unwrap();
    assert_eq!(town.say(command), Err(Rejection::LeaseNotFound(lease)));
}

#[test]
fn a_lease_closes_when_its_usage_is_accepted_and_undisputed() {
    let (mut town, lease) = delivered(24);
    town.settle();
    assert!(town.state.leases.contains_key(&lease), "the tenant may still dispute");
    let id = dispute(&mut town, lease, (20, 22), HOUR).unwrap();
    town.now = town.now.plus_hours(48 + 2);
    town.settle();
    assert!(town.state.leases.contains_key(&lease), "disputed");
    town.now = town.state.disputes[&id].decide_by;
    town.verb(None, "tick", json!({}));
    assert_eq!(town.state.disputes[&id].state, DisputeState::Open { overdue: true });
    town.settle();
    assert!(town.state.leases.contains_key(&lease), "nobody's silence decides");
    resolve(&mut town, id, HOUR).unwrap();
    town.settle();
    assert!(!town.state.leases.contains_key(&lease) && town.state.disputes.is_empty());
    assert_eq!(town.fen(AccountKey::Escrow(lease)), 0);
    // The day without the hour that the tenant did not get.
    let (other, lease) = delivered(1);
    let total = settlement::totals(&other.state.leases[&lease].fill, 23 * HOUR).unwrap();
    let fees = total.provider_fee.plus(total.tenant_fee).unwrap();
    let revenue = town.fen(AccountKey::FeeRevenue) + town.fen(AccountKey::VatPayable);
    assert_eq!(revenue, fees.fen());
}

#[test]
fn the_tenant_accepts_and_the_lease_closes_at_once() {
    let (mut town, lease) = delivered(24);
    let until = at(&town, lease, 24);
    let accept = |org| json_command(org, &json!({"lease": lease, "until": until}));
    assert_eq!(town.say(accept(PROVIDER)), Err(Rejection::LeaseNotFound(lease)));
    town.say(accept(TENANT)).unwrap();
    town.settle();
    assert!(!town.state.leases.contains_key(&lease));
}

fn json_command(org: qiantang::domain::id::OrgId, body: &serde_json::Value) -> Command {
    qiantang::app::verb::command("accept_usage", Some(org), body.clone()).unwrap()
}
