//! Lives drawn at random: whatever comes in whatever order, the books add up, and what a restart reads is what was known.

use qiantang::app::clock::Clock;
use qiantang::app::exchange::Exchange;
use qiantang::app::request::Request;
use qiantang::app::verify::verify;
use qiantang::engine::state_hash::state_hash;
use qiantang::store::Reader;

use super::*;
use crate::harness::for_each_backend;

/// Numbers that look drawn, the same each time (Knuth's MMIX generator).
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u32) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        u32::try_from((self.0 >> 33) % u64::from(most)).unwrap()
    }

    fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.below(u32::try_from(of.len()).unwrap())).unwrap()]
    }
}

/// Something that somebody may want of some lease at an hour; much of it is refused.
fn wish(dice: &mut Dice, leases: u32, now: u32) -> Command {
    let lease = LeaseId(u64::from(1 + dice.below(leases)));
    let org = dice.one_of(&[PROVIDER, PROVIDER, TENANT, TENANT, OTHER]);
    let tenant = dice.one_of(&[TENANT, TENANT, OTHER]);
    let later = hour(now + 1 + dice.below(12));
    let from = now.saturating_sub(dice.below(3));
    let reason = "because";
    match dice.below(17) {
        0 | 1 => on(lease, PROVIDER, "provision", json!({})),
        2 => on(lease, tenant, "accept", json!({})),
        3 => on(lease, tenant, "refuse", json!({"reason": reason})),
        4 => on(
            lease,
            org,
            "degrade",
            json!({"cards_up": dice.below(9), "reason": reason}),
        ),
        5 => on(lease, org, "restore", json!({})),
        6 => {
            let because = dice.one_of(&["funds", "tenant", "provider", "force_majeure"]);
            on(lease, org, "suspend", json!({"because": because, "reason": reason}))
        }
        7 => on(lease, org, "resume", json!({})),
        8 => {
            let code = dice.one_of(&["100", "200"]);
            on(lease, org, "terminate", json!({"code": code, "at": later}))
        }
        9 => {
            let change = match dice.below(7) {
                0 => json!({"kind": "extend", "until": hour(now + 4 + dice.below(40))}),
                1 => json!({"kind": "shrink", "cards": 1 + dice.below(7), "from": later}),
                2 => json!({"kind": "end", "at": later}),
                3 => json!({"kind": "move", "from": later}),
                4 => json!({"kind": "transfer", "org": dice.one_of(&[TENANT, OTHER, SISTER]), "from": later}),
                5 => json!({"kind": "reprice", "price": dice.one_of(&["0.770000", "1.130000"]), "from": later}),
                _ => json!({"kind": "reclaim", "from": later}),
            };
            on(lease, org, "change", change)
        }
        10..=12 => {
            let answer = dice.one_of(&["accept", "accept", "accept", "refuse", "withdraw"]);
            on(
                lease,
                org,
                "answer",
                json!({"number": 1 + dice.below(3), "answer": answer}),
            )
        }
        13 => {
            let bid = json!({"alternatives": [{"accelerator": "card", "cards": 1 + dice.below(12), "hours": 3 + dice.below(20),
                "limit": "1.000000"}], "earliest": hour(now), "latest": hour(now + 30), "fill": "partial", "min_cards": 1});
            verb::command("bid", Some(dice.one_of(&[TENANT, OTHER])), bid).unwrap()
        }
        14 | 15 => {
            let event = json!([{"id": format!("{lease} {from} {now}"), "source": "m", "type": "qiantang.usage.v1",
                "data": {"lease": lease, "from": hour(from), "until": hour(now), "cards_up": 1,
                    "card_seconds": 1_771 * (now - from)}}]);
            verb::command("usage", Some(PROVIDER), event).unwrap()
        }
        _ => verb::command("settle", None, json!({"until": hour(now)})).unwrap(),
    }
}

#[test]
fn whatever_happens_the_books_add_up_and_a_restart_reads_what_was_known() {
    let delivery = json!({"provision_hours": 3, "accept_hours": 2, "answer_hours": 5, "suspend_hours": 4,
        "reclaim_notice_hours": 2, "tenant_penalty_bps": 1337, "provider_penalty_bps": 2111});
    for_each_backend(|database| {
        for seed in 1..=3 {
            eprintln!("seed {seed}");
            live(&database.url, seed, &delivery);
            qiantang::store::wipe(&database.url).unwrap();
            qiantang::store::migrate(&database.url).unwrap();
        }
    });
}

fn live(url: &qiantang::store::Url, seed: u64, delivery: &Value) {
    let mut dice = Dice(seed);
    let mut exchange = Exchange::open(url, "a test", Clock::Given).unwrap();
    for command in opening(delivery) {
        let request = Request::new("a test", command).at(hour(0));
        assert!(exchange.handle().call(request).unwrap().accepted);
    }
    let (mut now, mut accepted) = (0, 0);
    for step in 0..200 {
        now += dice.one_of(&[0, 0, 0, 1, 1, 2]);
        let leases = exchange.handle().inspect(|state| state.counters.fill - 1).unwrap();
        let command = wish(&mut dice, u32::try_from(leases).unwrap(), now);
        let said = format!("step {step} at {now}: {command:?}");
        let reply = exchange.handle().call(Request::new("a test", command).at(hour(now)));
        accepted += usize::from(reply.unwrap().accepted);
        let violations = exchange
            .handle()
            .inspect(|state| invariants::check(state).violations)
            .unwrap();
        assert_eq!(violations, [], "{said}");
        if step % 40 == 39 {
            let known = |exchange: &Exchange| {
                exchange
                    .handle()
                    .inspect(|state| (state_hash(state).unwrap(), state.timers.next()))
                    .unwrap()
            };
            let before = known(&exchange);
            exchange.shut_down();
            exchange = Exchange::open(url, "a test", Clock::Given).unwrap();
            assert_eq!(known(&exchange), before, "{said}");
        }
    }
    // When all is over nothing is left in escrow.
    for (hours, verb, body) in [
        (now + 200, "tick", json!({})),
        (now + 200, "settle", json!({"until": hour(now + 200)})),
    ] {
        let command = verb::command(verb, None, body).unwrap();
        assert!(
            exchange
                .handle()
                .call(Request::new("a test", command).at(hour(hours)))
                .unwrap()
                .accepted
        );
    }
    assert_eq!(exchange.handle().inspect(|state| state.leases.len()).unwrap(), 0);
    exchange.shut_down();
    assert!(accepted > 30, "{accepted}");
    let verdict = verify(&mut Reader::open(url).unwrap(), &mut |_, _| {}).unwrap();
    assert!(verdict.violations.is_empty(), "{:?}", verdict.violations);
}
