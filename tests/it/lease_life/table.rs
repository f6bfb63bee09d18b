//! Every command in every state.

use super::*;

/// Hours for everything.
fn delivery() -> Value {
    json!({"provision_hours": 4, "accept_hours": 4, "answer_hours": 6, "suspend_hours": 10, "reclaim_notice_hours": 6,
        "maintenance_notice_hours": 2, "tenant_penalty_bps": 1000, "provider_penalty_bps": 2000})
}

/// What leads to each state, and the hour at which one looks.
fn led_to(state: &str) -> (World, u32) {
    let mut world = World::new(&delivery());
    let mut go = |hours, org, verb, body| {
        world.verb(hours, org, verb, body).unwrap();
    };
    let hours = match state {
        "pending" => 1,
        "provisioned" => {
            go(1, PROVIDER, "provision", json!({}));
            3
        }
        _ => {
            go(1, PROVIDER, "provision", json!({}));
            go(3, TENANT, "accept", json!({}));
            match state {
                "degraded" => go(3, TENANT, "degrade", json!({"cards_up": 7, "reason": "one is gone"})),
                "suspended" => go(
                    3,
                    TENANT,
                    "suspend",
                    json!({"because": "funds", "reason": "an invoice is open"}),
                ),
                _ => {}
            }
            if state == "ended" { 27 } else { 4 }
        }
    };
    (world, hours)
}

fn command(name: &str, hours: u32) -> Command {
    let say = |org, verb: &str, body| on(LEASE, org, verb, body);
    match name {
        "refuse" => say(TENANT, "refuse", json!({"reason": "other cards"})),
        "degrade" => say(PROVIDER, "degrade", json!({"reason": "a switch is down"})),
        "suspend" => say(TENANT, "suspend", json!({"because": "tenant", "reason": "mining"})),
        "terminate" => say(TENANT, "terminate", json!({"code": "100"})),
        "maintenance" => {
            let window = json!({"from": hour(hours + 2), "until": hour(hours + 3), "reason": "a new pump"});
            say(PROVIDER, "maintenance", window)
        }
        "extend" => say(TENANT, "change", json!({"kind": "extend", "until": hour(40)})),
        "provision" => say(PROVIDER, "provision", json!({})),
        own => say(TENANT, own, json!({})),
    }
}

/// A table to read: states along the top.
const TABLE: &str = "
             pending            provisioned        active             degraded           suspended          ended
provision    ok                 lease_not_in_state lease_not_in_state lease_not_in_state lease_not_in_state lease_not_in_state
accept       lease_not_in_state ok                 lease_not_in_state lease_not_in_state lease_not_in_state lease_not_in_state
refuse       lease_not_in_state ok                 lease_not_in_state lease_not_in_state lease_not_in_state lease_not_in_state
degrade      lease_not_in_state lease_not_in_state ok                 lease_not_in_state lease_not_in_state lease_not_in_state
restore      lease_not_in_state lease_not_in_state lease_not_in_state ok                 lease_not_in_state lease_not_in_state
suspend      lease_not_in_state lease_not_in_state ok                 ok                 lease_not_in_state lease_not_in_state
resume       lease_not_in_state lease_not_in_state lease_not_in_state lease_not_in_state ok                 lease_not_in_state
terminate    ok                 ok                 ok                 ok                 ok                 lease_ended
maintenance  ok                 ok                 ok                 ok                 ok                 lease_not_in_state
extend       ok                 ok                 ok                 ok                 ok                 lease_not_in_state
";

#[test]
fn each_command_is_taken_in_the_states_that_the_table_says() {
    let mut lines = TABLE.trim_matches('\n').lines();
    let states: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
    let mut cells = 0;
    for line in lines {
        let mut words = line.split_whitespace();
        let name = words.next().unwrap();
        for (state, expected) in states.iter().zip(words) {
            let (mut world, hours) = led_to(state);
            world.tick(hour(hours));
            assert_eq!(world.lease(LEASE).state.name(), *state);
            assert_eq!(
                world.code(hours, command(name, hours)),
                expected,
                "{name} while {state}"
            );
            cells += 1;
        }
    }
    assert_eq!(cells, 60);
}

#[test]
fn who_waits_in_vain_is_not_kept_waiting() {
    // Not handed over within four hours of the start: gone, at the provider's cost.
    let mut world = World::new(&delivery());
    world.tick(hour(6));
    assert!(!world.state.leases.contains_key(&LEASE));
    // Neither accepted nor refused within four hours of the start: accepted.
    let (mut world, _) = led_to("provisioned");
    world.tick(hour(6));
    assert_eq!(world.lease(LEASE).state.name(), "active");
    // Refused: the provider has its four hours once more.
    let (mut world, _) = led_to("provisioned");
    world
        .verb(5, TENANT, "refuse", json!({"reason": "other cards"}))
        .unwrap();
    world.verb(8, PROVIDER, "provision", json!({})).unwrap();
    world.verb(8, TENANT, "accept", json!({})).unwrap();
    assert_eq!(world.lease(LEASE).delivered_from(), Some(hour(8)));
    // Nobody lifts a suspension within ten hours: it ends, for want of money.
    let (mut world, _) = led_to("suspended");
    world.tick(hour(13));
    let lease = world.lease(LEASE);
    assert_eq!((lease.state.name(), lease.ends.timestamp()), ("ended", hour(13)));
    assert_eq!(lease.life().ending.as_ref().unwrap().code.to_string(), "300");
    // A change that nobody answers within six hours lapses.
    let (mut world, _) = led_to("active");
    world
        .verb(4, TENANT, "change", json!({"kind": "extend", "until": hour(40)}))
        .unwrap();
    world.tick(hour(10));
    let answer = on(LEASE, PROVIDER, "answer", json!({"number": 1, "answer": "accept"}));
    assert_eq!(world.code(10, answer), "change_answered");
}

#[test]
fn each_side_speaks_for_itself() {
    let (mut world, _) = led_to("provisioned");
    for (org, verb, code) in [
        (PROVIDER, "accept", "lease_not_found"),
        (OTHER, "accept", "lease_not_found"),
        (TENANT, "provision", "lease_not_found"),
        (OTHER, "restore", "lease_not_found"),
        (OTHER, "terminate", "lease_not_found"),
    ] {
        assert_eq!(world.code(3, on(LEASE, org, verb, json!({}))), code, "{verb} by {org}");
    }
    for (org, code) in [(TENANT, "200"), (PROVIDER, "100"), (TENANT, "400"), (TENANT, "0")] {
        let end = on(LEASE, org, "terminate", json!({"code": code}));
        assert_eq!(world.code(3, end), "close_code_not_given", "{code} by {org}");
    }
    assert_eq!(world.code(3, end_by_operator("100")), "close_code_not_given");
    assert_eq!(world.code(3, end_by_operator("401")), "ok");
}

#[test]
fn where_nothing_is_asked_for_only_the_hours_count() {
    let mut world = World::new(&json!({}));
    assert!(world.lease(LEASE).life().is_plain());
    world.tick(hour(2));
    assert_eq!(world.lease(LEASE).state.name(), "active");
    world.verb(5, TENANT, "terminate", json!({})).unwrap();
    world.tick(hour(6));
    let lease = world.lease(LEASE);
    assert!(lease.life().is_plain());
    assert_eq!((lease.state.name(), lease.ends.timestamp()), ("ended", hour(5)));
    assert_eq!(serde_json::to_value(lease).unwrap().get("life"), None);
}
