//! The lives of outages: who claims, who answers, who decides, and what probes find.

use qiantang::domain::id::{LeaseId, OrgId, OutageId};
use qiantang::domain::outage::{OutageCause, OutageSource, OutageState};
use qiantang::engine::sla::SlaCommand;
use qiantang::engine::{Command, Rejection};
use serde_json::json;

use super::town::{ANSWER_HOURS, PROVIDER, TENANT, Town, in_cash, promising};

fn state(town: &Town, outage: OutageId) -> OutageState {
    town.state.sla.find(outage).unwrap().state
}

fn fields(refused: Result<impl std::fmt::Debug, Rejection>) -> Vec<String> {
    let Err(Rejection::Invalid(errors)) = refused else {
        panic!("must be refused for a field: {refused:?}");
    };
    errors.into_iter().map(|error| error.pointer).collect()
}

#[test]
fn silence_confirms_and_the_operator_decides_what_is_contested() {
    let mut town = promising(&in_cash());
    let lease = town.rent(24);
    town.deliver(lease, (0, 10), 1_000);
    let silent = town.down(lease, (1, 2), 1);
    let agreed = town.down(lease, (2, 3), 1);
    let disputed = town.down(lease, (3, 4), 1);
    let dismissed = town.down(lease, (4, 5), 1);
    let withdrawn = town.down(lease, (5, 6), 1);
    town.confirm(PROVIDER, agreed).unwrap();
    town.contest(PROVIDER, disputed, "the tenant had stopped them").unwrap();
    town.contest(PROVIDER, dismissed, "they ran").unwrap();
    let withdraw = |org| Command::Sla(SlaCommand::WithdrawOutage { org, outage: withdrawn });
    assert_eq!(fields(town.say(withdraw(PROVIDER))), ["/outage"]);
    town.say(withdraw(TENANT)).unwrap();
    town.pass(ANSWER_HOURS - 1);
    assert_eq!(state(&town, silent), OutageState::Claimed);
    town.pass(1);
    assert_eq!(state(&town, silent), OutageState::Confirmed);
    assert_eq!(
        state(&town, disputed),
        OutageState::Contested,
        "silence decides nothing that is contested"
    );
    assert_eq!(
        fields(town.decide(disputed, json!({"upheld": true, "reason": " "}))),
        ["/reason"]
    );
    town.decide(
        disputed,
        json!({"upheld": true, "cause": "tenant", "reason": "so it was"}),
    )
    .unwrap();
    town.decide(dismissed, json!({"upheld": false, "reason": "they ran"}))
        .unwrap();
    assert_eq!(town.state.sla.find(disputed).unwrap().cause, OutageCause::Tenant);
    let states = [agreed, disputed, dismissed, withdrawn].map(|outage| state(&town, outage));
    use OutageState::{Confirmed, Dismissed, Upheld, Withdrawn};
    assert_eq!(states, [Confirmed, Upheld, Dismissed, Withdrawn]);
    for outage in [agreed, dismissed] {
        let again = town.decide(outage, json!({"upheld": true, "reason": "once more"}));
        assert!(matches!(again, Err(Rejection::OutageNotInState { .. })), "{again:?}");
    }
}

#[test]
fn each_side_answers_what_the_other_claims_and_others_see_nothing() {
    let mut town = promising(&in_cash());
    let lease = town.rent(24);
    town.deliver(lease, (0, 10), 1_000);
    let by_tenant = town.down(lease, (1, 2), 1);
    let body = json!({"lease": lease, "from": town.hour(lease, 2), "until": town.hour(lease, 3), "cards_down": 8,
        "cause": "tenant"});
    let by_provider = town.claim(PROVIDER, body).unwrap();
    assert_eq!(fields(town.confirm(TENANT, by_tenant)), ["/outage"]);
    assert_eq!(fields(town.contest(PROVIDER, by_provider, "no")), ["/outage"]);
    assert_eq!(fields(town.contest(TENANT, by_provider, "")), ["/reason"]);
    town.confirm(TENANT, by_provider).unwrap();
    let stranger = OrgId(3);
    let seen = town.confirm(stranger, by_tenant);
    assert!(matches!(seen, Err(Rejection::OutageNotFound(_))), "{seen:?}");
    let body = json!({"lease": lease, "from": town.hour(lease, 2), "cards_down": 1, "cause": "provider"});
    let claimed = town.claim(stranger, body);
    assert!(matches!(claimed, Err(Rejection::LeaseNotFound(_))), "{claimed:?}");
    let nowhere = json!({"lease": "lse_0000000000009", "from": town.now, "cards_down": 1, "cause": "provider"});
    assert!(matches!(town.claim(TENANT, nowhere), Err(Rejection::LeaseNotFound(_))));
}

#[test]
fn what_cannot_have_been_is_refused_by_its_field() {
    let mut town = promising(&in_cash());
    let lease = town.rent(24);
    town.deliver(lease, (0, 10), 1_000);
    let hour = |hour| town.hour(lease, hour);
    let (start, early, late) = (hour(0), hour(9), hour(11));
    let before = qiantang::domain::time::Timestamp::from_micros(start.micros() - 1);
    for (from, until, cards, expected) in [
        (before, Some(early), 1, "/from"),
        (late, None, 1, "/from"),
        (early, Some(early), 1, "/until"),
        (early, Some(late), 1, "/until"),
        (start, Some(early), 0, "/cards_down"),
        (start, Some(early), 9, "/cards_down"),
    ] {
        let mut body = json!({"lease": lease, "from": from, "cards_down": cards, "cause": "network"});
        if let Some(until) = until {
            body["until"] = json!(until);
        }
        assert_eq!(fields(town.claim(TENANT, body)), [expected]);
    }
}

#[test]
fn an_outage_counts_once_it_is_over_and_ends_with_its_lease() {
    let mut town = promising(&in_cash());
    let lease = town.rent(24);
    town.deliver(lease, (0, 10), 1_000);
    let open = json!({"lease": lease, "from": town.hour(lease, 9), "cards_down": 8, "cause": "provider"});
    let ended = town.claim(TENANT, open.clone()).unwrap();
    let forgotten = town
        .claim(
            TENANT,
            json!({"lease": lease, "from": town.hour(lease, 10), "cards_down": 4,
        "cause": "network"}),
        )
        .unwrap();
    town.confirm(PROVIDER, ended).unwrap();
    assert_eq!(town.settled()[0].sla_credit.fen(), 0);
    let end = |until| {
        Command::Sla(SlaCommand::EndOutage {
            org: TENANT,
            outage: ended,
            until,
        })
    };
    let (nine, ten) = (town.hour(lease, 9), town.hour(lease, 10));
    assert_eq!(fields(town.say(end(nine))), ["/until"]);
    town.say(end(ten)).unwrap();
    assert_eq!(
        state(&town, ended),
        OutageState::Claimed,
        "only now its length is known"
    );
    town.pass(1);
    town.deliver(lease, (10, 24), 1_000);
    assert!(town.settled()[0].sla_credit.fen() == 0);
    let until = town.state.sla.find(forgotten).unwrap().until;
    assert_eq!(until, Some(town.hour(lease, 24)), "nobody said when it was over");
    town.pass(ANSWER_HOURS);
    // Eight cards for one hour, four for fourteen: 64 card-hours at twice 3.34.
    assert_eq!(town.settled()[0].sla_credit.fen(), 42_752);
}

#[test]
fn probes_that_find_nothing_twice_make_an_outage_until_they_find_it_again() {
    let mut town = promising(&in_cash());
    let lease = town.rent(24);
    town.deliver(lease, (0, 1), 1_000);
    town.probe(lease, 3).unwrap();
    assert_eq!(town.state.sla.all().count(), 0, "once may be chance");
    let first = town.now;
    assert_eq!(fields(town.probe(lease, 3)), ["/probes/0/at"], "the same instant again");
    town.pass(1);
    town.probe(lease, 3).unwrap();
    town.pass(1);
    town.probe(lease, 3).unwrap();
    let outage = town.state.sla.all().next().cloned().unwrap();
    assert_eq!((outage.from, outage.until, outage.cards_down), (first, None, 3));
    assert_eq!(outage.source, OutageSource::Probe);
    town.pass(1);
    town.probe(lease, 0).unwrap();
    let outages: Vec<_> = town.state.sla.all().cloned().collect();
    assert_eq!(outages.len(), 1);
    assert_eq!(outages[0].until, Some(town.now));
    town.pass(1);
    town.probe(lease, 2).unwrap();
    town.pass(1);
    town.probe(lease, 0).unwrap();
    town.pass(1);
    town.probe(lease, 2).unwrap();
    assert_eq!(town.state.sla.all().count(), 1, "down, up, down is no outage");
    assert_eq!(fields(town.probe(LeaseId(99), 1)), ["/probes/0/lease"]);
    town.confirm(PROVIDER, outage.id).unwrap();
}
