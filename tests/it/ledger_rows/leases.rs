//! Bids, leases and what they earn.

use qiantang::domain::id::LeaseId;
use serde_json::{Value, json};

use super::{Case, Played, after};
use crate::recovery::town::{PROVIDER, Setting, TENANT, Town};

pub const CASES: &[Case] = &[
    ("A deposit", deposit),
    ("A bid holds, needs more, needs less, is cancelled", bid),
    ("A fill, of two vouchers and a fee", fill),
    ("A settlement of seven hours, and of the rest", settle),
    ("The dispute window ends", release),
    ("A lease closes with five hours that nobody delivered", close),
    ("Usage comes to less than was settled", correct),
    ("The tenant ends a lease", tenants_penalty),
    (
        "The provider ends a lease before it has earned enough",
        providers_penalty,
    ),
    ("A lease goes on with eight cards of sixteen", shrink),
];

/// Lets hours pass.
pub fn pass(town: &mut Town, hours: u32) {
    town.now = town.now.plus_hours(hours);
    town.verb(None, "tick", json!({}));
}

/// A town whose tenants pay 0.77 % and whose providers pay 0.88 %.
fn with_fees(setting: &Setting) -> Town {
    let mut town = Town::new(setting);
    town.verb(
        None,
        "terms",
        json!({"tenant_fee_bps": 77, "provider_fee_bps": 88, "vat_bps": 600}),
    );
    town
}

/// One where leases that are ended cost the tenant 9.99 % and the provider 20.01 % of the rest; no fees, no vouchers.
fn with_penalties() -> Town {
    let mut town = Town::new(&Setting {
        uses_vouchers: false,
        ..Setting::default()
    });
    town.verb(
        None,
        "terms",
        json!({"tenant_fee_bps": 0, "delivery": {"tenant_penalty_bps": 999, "provider_penalty_bps": 2_001}}),
    );
    town
}

fn of(lease: LeaseId, more: &Value) -> Value {
    let mut body = more.clone();
    body["lease"] = json!(lease);
    body
}

fn deposit() -> Played {
    let mut town = Town::new(&Setting::default());
    let from = after(&town);
    town.verb(Some(TENANT), "deposit", json!({"amount": "1000.01", "bank_ref": "D"}));
    Played { town, from }
}

fn bid() -> Played {
    let mut town = with_fees(&Setting::default());
    let from = after(&town);
    let size = |limit: &str| json!([{"accelerator": "ascend", "cards": 8, "hours": 7, "limit": limit}]);
    let start = town.now.plus_hours(48);
    let events = town.verb(
        Some(TENANT),
        "bid",
        json!({"alternatives": size("1.110000"), "earliest": start, "latest": start.plus_hours(24)}),
    );
    let bid = events.iter().find_map(|event| match event {
        qiantang::engine::Event::BidPlaced(image) => Some(image.bid.id),
        _ => None,
    });
    let amended = |limit: &str| json!({"bid": bid, "alternatives": [{"cards": 8, "hours": 7, "limit": limit}]});
    town.verb(Some(TENANT), "amend", amended("1.130000"));
    town.verb(Some(TENANT), "amend", amended("1.010000"));
    town.verb(Some(TENANT), "cancel", json!({"bid": bid}));
    Played { town, from }
}

fn fill() -> Played {
    let mut town = with_fees(&Setting::default());
    let from = after(&town);
    town.rent(24);
    Played { town, from }
}

fn settle() -> Played {
    let mut town = with_fees(&Setting::default());
    let lease = town.rent(24);
    let from = after(&town);
    town.deliver(lease, (0, 7), 1_000);
    town.settle();
    town.deliver(lease, (7, 24), 1_000);
    town.settle();
    Played { town, from }
}

fn release() -> Played {
    let mut town = with_fees(&Setting::default());
    town.finished();
    let from = after(&town);
    pass(&mut town, 73);
    Played { town, from }
}

fn close() -> Played {
    let mut town = with_fees(&Setting::default());
    let lease = town.rent(24);
    town.deliver(lease, (0, 19), 1_000);
    town.settle();
    let from = after(&town);
    pass(&mut town, 5 + 25);
    town.settle();
    Played { town, from }
}

fn correct() -> Played {
    let mut town = with_fees(&Setting::default());
    town.verb(
        None,
        "terms",
        json!({"tenant_fee_bps": 77, "provider_fee_bps": 88, "acceptance_hours": 48}),
    );
    let lease = town.rent(24);
    let start = town.state.leases[&lease].fill.window.from().timestamp();
    town.deliver(lease, (0, 19), 1_000);
    town.settle();
    let from = after(&town);
    let says =
        json!({"from": start, "until": start.plus_hours(19), "card_seconds": 447_200, "reason": "some were down"});
    town.verb(Some(TENANT), "dispute", of(lease, &says));
    town.settle();
    Played { town, from }
}

fn tenants_penalty() -> Played {
    let mut town = with_penalties();
    let lease = town.rent(24);
    town.deliver(lease, (0, 7), 1_000);
    town.verb(Some(TENANT), "terminate", of(lease, &json!({"code": "100"})));
    let from = after(&town);
    town.settle();
    Played { town, from }
}

fn providers_penalty() -> Played {
    let mut town = with_penalties();
    let lease = town.rent(24);
    town.deliver(lease, (0, 2), 1_000);
    town.verb(Some(PROVIDER), "terminate", of(lease, &json!({"code": "200"})));
    let from = after(&town);
    town.settle();
    Played { town, from }
}

fn shrink() -> Played {
    let mut town = with_fees(&Setting {
        uses_vouchers: false,
        ..Setting::default()
    });
    let start = town.now.plus_hours(24);
    let wanted = json!([{"accelerator": "ascend", "cards": 16, "hours": 24, "limit": "3.340000"}]);
    let bid = json!({"alternatives": wanted, "earliest": start, "latest": start.plus_hours(24), "voucher": "none"});
    town.verb(Some(TENANT), "bid", bid);
    let lease = LeaseId(1);
    let begins = town.state.leases[&lease].fill.window.from();
    let from = after(&town);
    let change = json!({"kind": "shrink", "cards": 8, "from": begins.plus(7).timestamp()});
    town.verb(Some(TENANT), "change", of(lease, &change));
    town.verb(
        Some(PROVIDER),
        "answer",
        of(lease, &json!({"number": 1, "answer": "accept"})),
    );
    Played { town, from }
}
