//! What changes bring about: fills of their own, escrow that moves with them, cards that are free or taken.

use qiantang::domain::time::Window;

use super::*;

const NEXT: LeaseId = LeaseId(2);

fn asked(change: Value, asks: OrgId, answers: &[OrgId]) -> World {
    let mut world = World::new(&json!({"tenant_penalty_bps": 1000}));
    world.verb(4, asks, "change", change).unwrap();
    for org in answers {
        world
            .verb(4, *org, "answer", json!({"number": 1, "answer": "accept"}))
            .unwrap();
    }
    world
}

fn free(world: &World, (from, until): (u32, u32)) -> Vec<u32> {
    let listing = world.state.book.listings().next().unwrap().id;
    let window = Window::new(hour(from).hour_floor(), hour(until).hour_floor()).unwrap();
    world.state.book.free_by_island(listing, window)
}

#[test]
fn an_extension_is_a_lease_of_its_own_on_the_same_cards() {
    let world = asked(
        json!({"kind": "extend", "until": hour(30), "price": "1.500000"}),
        TENANT,
        &[PROVIDER],
    );
    let (first, next) = (world.lease(LEASE), world.lease(NEXT));
    assert_eq!((first.ends.timestamp(), first.life().successor), (hour(26), Some(NEXT)));
    assert_eq!(next.fill.origin.predecessor(), Some(LEASE));
    assert_eq!(next.fill.islands, first.fill.islands);
    assert_eq!((next.fill.charge.fen(), next.fill.fee.fen()), (4_800, 48));
    assert_eq!(world.fen(AccountKey::Escrow(NEXT)), 4_848);
    assert_eq!(world.fen(AccountKey::Cash(TENANT)), 100_000 - 19_392 - 4_848);
    assert_eq!(free(&world, (26, 30)), [0, 8, 8, 8]);
}

#[test]
fn a_smaller_lease_frees_cards_and_escrow_at_once() {
    let mut world = asked(
        json!({"kind": "shrink", "cards": 3, "from": hour(10)}),
        TENANT,
        &[PROVIDER],
    );
    assert_eq!(world.lease(LEASE).ends.timestamp(), hour(10));
    assert_eq!(world.fen(AccountKey::Escrow(LEASE)), 6_464);
    assert_eq!(world.fen(AccountKey::Escrow(NEXT)), 4_848);
    assert_eq!(world.fen(AccountKey::Cash(TENANT)), 100_000 - 6_464 - 4_848);
    assert_eq!(free(&world, (10, 26)), [5, 8, 8, 8]);
    // In the end each is charged for itself, nobody pays a penalty, and nothing stays in escrow.
    world.report(10, LEASE, (2, 10));
    world.report(26, NEXT, (10, 26));
    world.settle(27);
    assert!(world.state.leases.is_empty());
    assert_eq!(world.fen(AccountKey::Cash(TENANT)), 100_000 - 6_464 - 4_848);
    assert_eq!(world.fen(AccountKey::PendingCash(PROVIDER)), 6_400 + 4_800);
}

#[test]
fn another_price_counts_from_its_hour_on() {
    let world = asked(
        json!({"kind": "reprice", "price": "0.500000", "from": hour(10)}),
        PROVIDER,
        &[TENANT],
    );
    assert_eq!(world.lease(NEXT).fill.charge.fen(), 6_400);
    assert_eq!(world.fen(AccountKey::Cash(TENANT)), 100_000 - 6_464 - 6_464);
}

#[test]
fn another_tenant_takes_over_once_all_three_agree() {
    let change = json!({"kind": "transfer", "org": OTHER, "from": hour(10)});
    let world = asked(change.clone(), TENANT, &[PROVIDER]);
    assert!(
        !world.state.leases.contains_key(&NEXT),
        "the new tenant has not agreed yet"
    );
    let world = asked(change, TENANT, &[PROVIDER, OTHER]);
    assert_eq!(world.lease(NEXT).fill.tenant, OTHER);
    assert_eq!(world.fen(AccountKey::Cash(TENANT)), 100_000 - 6_464);
    assert_eq!(world.fen(AccountKey::Cash(OTHER)), 100_000 - 12_928);
    let mut world = World::new(&json!({}));
    let to_sister = on(
        LEASE,
        TENANT,
        "change",
        json!({"kind": "transfer", "org": SISTER, "from": hour(10)}),
    );
    assert_eq!(world.code(4, to_sister), "invalid");
}

#[test]
fn a_move_changes_the_cards_and_nothing_else() {
    let world = asked(json!({"kind": "move", "from": hour(10)}), PROVIDER, &[TENANT]);
    assert_eq!(free(&world, (4, 10)), [0, 8, 8, 8]);
    assert_eq!(free(&world, (10, 26)), [8, 0, 8, 8]);
    assert_eq!(world.lease(LEASE).occupied().len(), 2);
    assert_eq!(world.fen(AccountKey::Escrow(LEASE)), 19_392);
}

#[test]
fn what_cannot_be_done_is_refused_when_it_is_asked_for_and_changes_nothing() {
    let mut world = World::new(&json!({}));
    let rest = json!({"alternatives": [{"accelerator": "card", "cards": 32, "hours": 4, "limit": "1.000000"}],
        "earliest": hour(26), "latest": hour(30)});
    world.must(3, verb::command("bid", Some(OTHER), rest).unwrap());
    let state = |world: &World| engine::state_hash::state_hash(&world.state).unwrap();
    world.tick(hour(4));
    let before = state(&world);
    for (change, code) in [
        (json!({"kind": "extend", "until": hour(28)}), "cards_not_free"),
        (json!({"kind": "extend", "until": hour(26)}), "invalid"),
        (json!({"kind": "extend", "until": hour(401)}), "cards_not_free"),
        (json!({"kind": "shrink", "cards": 8, "from": hour(10)}), "invalid"),
        (json!({"kind": "shrink", "cards": 1, "from": hour(4)}), "invalid"),
        (json!({"kind": "end", "at": hour(26)}), "invalid"),
        (json!({"kind": "reclaim", "from": hour(20)}), "not_in_terms"),
        (
            json!({"kind": "reprice", "price": "99.000000", "from": hour(10)}),
            "cash_missing",
        ),
        (
            json!({"kind": "move", "from": hour(10), "islands": [{"island": 9, "cards": 8}]}),
            "invalid",
        ),
    ] {
        let said = on(LEASE, TENANT, "change", change.clone());
        assert_eq!(world.code(4, said), code, "{change}");
        assert_eq!(state(&world), before, "{change}");
    }
    world
        .verb(4, TENANT, "change", json!({"kind": "end", "at": hour(20)}))
        .unwrap();
    for (org, body, code) in [
        (TENANT, json!({"number": 1, "answer": "accept"}), "change_not_asked"),
        (PROVIDER, json!({"number": 1, "answer": "withdraw"}), "change_not_asked"),
        (PROVIDER, json!({"number": 2, "answer": "accept"}), "change_not_found"),
        (OTHER, json!({"number": 1, "answer": "accept"}), "lease_not_found"),
        (TENANT, json!({"number": 1, "answer": "withdraw"}), "ok"),
        (PROVIDER, json!({"number": 1, "answer": "accept"}), "change_answered"),
    ] {
        assert_eq!(
            world.code(5, on(LEASE, org, "answer", body.clone())),
            code,
            "{body} by {org}"
        );
    }
}
