//! What an end costs, to the fen. The lease is of eight cards at 1.00 for 24 hours: 192.00, and 1.92 of fee. At hour 10 eight hours are
//! delivered, 64.00 and 0.64 of fee, and sixteen remain: 128.00. The tenant's penalty is 10 %, the provider's 20 %.

use super::*;

fn delivery() -> Value {
    json!({"reclaim_notice_hours": 6, "tenant_penalty_bps": 1000, "provider_penalty_bps": 2000})
}

/// Tenant's cash, provider's pending and debt, in fen.
fn settled(world: &mut World) -> (i64, i64, i64) {
    world.settle(40);
    assert!(!world.state.leases.contains_key(&LEASE), "it is closed");
    (
        world.fen(AccountKey::Cash(TENANT)),
        world.fen(AccountKey::PendingCash(PROVIDER)),
        world.fen(AccountKey::Debt(PROVIDER)),
    )
}

#[test]
fn an_end_costs_what_its_code_says() {
    let tenant = |code: &str| on(LEASE, TENANT, "terminate", json!({"code": code}));
    let provider = |code: &str| on(LEASE, PROVIDER, "terminate", json!({"code": code}));
    for (name, command, expected) in [
        (
            "the tenant ends it: 12.80 to the provider",
            tenant("100"),
            (92_256, 7_680, 0),
        ),
        (
            "the provider ends it: 25.60 to the tenant",
            provider("200"),
            (96_096, 3_840, 0),
        ),
        (
            "the tenant's money does not suffice",
            end_by_operator("300"),
            (92_256, 7_680, 0),
        ),
        (
            "the tenant breaks the terms",
            end_by_operator("103"),
            (92_256, 7_680, 0),
        ),
        ("not what was agreed", end_by_operator("203"), (96_096, 3_840, 0)),
        ("a flood", end_by_operator("400"), (93_536, 6_400, 0)),
    ] {
        let mut world = World::new(&delivery());
        world.must(10, command);
        world.report(10, LEASE, (2, 10));
        assert_eq!(settled(&mut world), expected, "{name}");
    }
}

#[test]
fn an_end_before_the_start_costs_a_share_of_everything() {
    for (org, expected) in [(TENANT, (98_080, 1_920, 0)), (PROVIDER, (103_840, 0, 3_840))] {
        let mut world = World::new(&delivery());
        world
            .verb(
                1,
                org,
                "terminate",
                json!({"code": if org == TENANT { "100" } else { "200" }}),
            )
            .unwrap();
        assert_eq!(settled(&mut world), expected, "{org}");
    }
}

#[test]
fn what_both_agree_on_costs_nothing_and_a_reclaim_costs_the_provider() {
    for (change, hours, asks, answers, expected) in [
        (
            json!({"kind": "end", "at": hour(10)}),
            9,
            TENANT,
            PROVIDER,
            (93_536, 6_400, 0),
        ),
        (
            json!({"kind": "reclaim", "from": hour(10)}),
            4,
            PROVIDER,
            TENANT,
            (96_096, 3_840, 0),
        ),
    ] {
        let mut world = World::new(&delivery());
        world.verb(hours, asks, "change", change.clone()).unwrap();
        world
            .verb(hours, answers, "answer", json!({"number": 1, "answer": "accept"}))
            .unwrap();
        world.report(10, LEASE, (2, 10));
        assert_eq!(settled(&mut world), expected, "{change}");
    }
    let mut world = World::new(&delivery());
    let late = on(LEASE, PROVIDER, "change", json!({"kind": "reclaim", "from": hour(10)}));
    assert_eq!(world.code(5, late), "invalid", "five hours are less than six");
}

#[test]
fn what_is_never_handed_over_costs_the_provider_its_penalty_on_all_of_it() {
    let mut delivery = delivery();
    delivery["provision_hours"] = json!(4);
    let mut world = World::new(&delivery);
    world.tick(hour(6));
    assert_eq!(
        world.state.book.free(world.state.book.listings().next().unwrap().id, {
            use qiantang::domain::time::Window;
            Window::new(hour(6).hour_floor(), hour(26).hour_floor()).unwrap()
        }),
        32
    );
    assert_eq!(settled(&mut world), (103_840, 0, 3_840));
}

#[test]
fn the_tenants_penalty_never_takes_a_voucher_or_more_than_is_left() {
    // Everything is delivered but the last hour: 0.80 of 8.00, and what was not delivered of the fee goes back.
    let mut world = World::new(&delivery());
    world.verb(24, TENANT, "terminate", json!({"at": hour(25)})).unwrap();
    world.report(25, LEASE, (2, 25));
    assert_eq!(settled(&mut world), (100_000 - 18_400 - 184 - 80, 18_480, 0));
}
