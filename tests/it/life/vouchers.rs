//! Vouchers after their grant.

use qiantang::domain::id::VoucherId;
use qiantang::domain::voucher::VoucherEnd;
use qiantang::engine::office::voucher::VoucherCommand;

use super::*;

const VOUCHER: VoucherId = VoucherId(1);

fn granted(change: &Value) -> World {
    let mut world = World::open(change);
    world.good(Command::Grant {
        programme: CITY_PROGRAMME,
        org: TENANT,
        amount: yuan(300),
    });
    world
}

fn revoke() -> Command {
    Command::Voucher(VoucherCommand::Revoke {
        voucher: VOUCHER,
        reason: "misused".to_owned(),
    })
}

fn extend(until: &str) -> Command {
    Command::Voucher(VoucherCommand::Extend {
        voucher: VOUCHER,
        until: instant(until),
    })
}

fn ask(command: Command) -> Command {
    Command::Propose {
        maker: MAKER,
        command: Box::new(command),
    }
}

fn alerts(events: &[Event]) -> Vec<(u32, Money)> {
    let alert = |event: &Event| match event {
        Event::VoucherExpiring(alert) => Some((alert.days, alert.left)),
        _ => None,
    };
    events.iter().filter_map(alert).collect()
}

#[test]
fn two_people_revoke_what_is_available() {
    let mut world = granted(&json!({}));
    world.agreed(revoke());
    assert_eq!(world.pot(), yuan(1_000));
    assert_eq!(world.state.vouchers[&VOUCHER].ended, Some(VoucherEnd::Revoked));
    assert_eq!(world.state.vouchers_of[&TENANT], []);
    assert_eq!(world.bad(ask(revoke())), Rejection::VoucherNotLive(VOUCHER));
    assert_eq!(
        world.bad(ask(extend("2026-05-01T00:00:00Z"))),
        Rejection::VoucherNotLive(VOUCHER)
    );
    // Neither its alert nor its expiry comes any more.
    assert_eq!(world.wait_until("2026-06-01T00:00:00Z"), []);
}

#[test]
fn an_extension_is_later_and_not_beyond_the_programme() {
    let mut world = granted(&json!({}));
    // Granted on 2 March for 30 days.
    let same = world.bad(ask(extend("2026-04-01T01:00:00Z")));
    assert_eq!(pointers(&same), ["/until"]);
    let beyond = world.bad(ask(extend("2027-01-01T00:00:01Z")));
    assert_eq!(pointers(&beyond), ["/until"]);
    world.agreed(extend("2026-05-01T00:00:00Z"));
    assert_eq!(alerts(&world.wait_until("2026-04-02T00:00:00Z")), []);
    assert_eq!(alerts(&world.wait_until("2026-04-24T00:00:00Z")), [(7, yuan(300))]);
    world.wait_until("2026-05-01T00:00:00Z");
    assert_eq!(world.pot(), yuan(1_000));
    let late = world.bad(ask(extend("2026-06-01T00:00:00Z")));
    assert_eq!(late, Rejection::VoucherNotLive(VOUCHER));
}

#[test]
fn the_holder_is_told_before_the_voucher_expires() {
    let mut world = granted(&json!({"alert_days": [7, 1]}));
    assert_eq!(alerts(&world.wait_until("2026-03-25T00:59:59Z")), []);
    assert_eq!(alerts(&world.wait_until("2026-03-25T01:00:00Z")), [(7, yuan(300))]);
    assert_eq!(alerts(&world.wait_until("2026-04-01T01:00:00Z")), [(1, yuan(300))]);
    assert_eq!(world.pot(), yuan(1_000));
}

#[test]
fn a_cap_is_lifted_for_an_owner_group_where_the_rules_allow_it() {
    let lift = |org, cap| {
        Command::Voucher(VoucherCommand::LiftCap {
            programme: CITY_PROGRAMME,
            org,
            cap: yuan(cap),
        })
    };
    let mut world = World::open(&json!({"cap_per_entity": "100.00"}));
    assert_eq!(pointers(&world.bad(ask(lift(TENANT, 200)))), ["/programme"]);
    let mut world = World::open(&json!({"cap_per_entity": "100.00", "cap_exception": true}));
    assert_eq!(pointers(&world.bad(ask(lift(TENANT, 100)))), ["/cap"]);
    assert_eq!(pointers(&world.bad(ask(lift(OrgId(99), 200)))), ["/org"]);
    world.agreed(lift(SISTER, 200));
    assert_eq!(world.state.cap_lifts[&(CITY_PROGRAMME, TENANT)], yuan(200));
    assert_eq!(pointers(&world.bad(ask(lift(TENANT, 150)))), ["/cap"]);
}
