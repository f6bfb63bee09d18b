//! Who is eligible, from whom is bought, which row counts.

use serde_json::{Value, json};

use super::check;

#[test]
fn who_is_eligible() {
    let rule = |rule: Value| json!({"eligible_entity": rule});
    let is = |facts: Value| json!({"entity": facts});
    let kinds = || rule(json!({"kinds": ["firm", "university"]}));
    let young = || rule(json!({"age_below_months": 12}));
    let old = || rule(json!({"age_min_months": 12}));
    let clean = || rule(json!({"clean_years": 3}));
    check(&[
        (kinds(), is(json!({"kind": "firm"})), "300.00", "/rates/0"),
        (kinds(), is(json!({"kind": "maker"})), "0.00", "/eligible_entity/kinds"),
        (kinds(), is(json!({})), "0.00", "/eligible_entity/kinds"),
        (
            rule(json!({"sizes": ["small"]})),
            is(json!({"size": "large"})),
            "0.00",
            "/eligible_entity/sizes",
        ),
        (
            rule(json!({"uscc_prefixes": ["12", "91"]})),
            is(json!({})),
            "300.00",
            "/rates/0",
        ),
        (
            rule(json!({"uscc_prefixes": ["12"]})),
            is(json!({})),
            "0.00",
            "/eligible_entity/uscc_prefixes",
        ),
        (
            rule(json!({"areas": ["3301"]})),
            is(json!({"area": "330106"})),
            "300.00",
            "/rates/0",
        ),
        (
            rule(json!({"areas": ["3301"]})),
            is(json!({"area": "330200"})),
            "0.00",
            "/eligible_entity/areas",
        ),
        (
            rule(json!({"industries": ["ai"]})),
            is(json!({"industries": ["ai"]})),
            "300.00",
            "/rates/0",
        ),
        (
            rule(json!({"industries": ["ai"]})),
            is(json!({"industries": []})),
            "0.00",
            "/eligible_entity/industries",
        ),
        // Founded on 1 June 2025: a year old on the very day.
        (
            old(),
            is(json!({"founded": "2025-06-01T00:00:00+08:00"})),
            "300.00",
            "/rates/0",
        ),
        (
            old(),
            is(json!({"founded": "2025-06-02T00:00:00+08:00"})),
            "0.00",
            "/eligible_entity/age_min_months",
        ),
        (
            young(),
            is(json!({"founded": "2025-06-02T00:00:00+08:00"})),
            "300.00",
            "/rates/0",
        ),
        (
            young(),
            is(json!({"founded": "2025-06-01T00:00:00+08:00"})),
            "0.00",
            "/eligible_entity/age_below_months",
        ),
        (young(), is(json!({})), "0.00", "/eligible_entity/age_below_months"),
        (
            clean(),
            is(json!({"clean_since": "2023-06-01T00:00:00+08:00"})),
            "300.00",
            "/rates/0",
        ),
        (
            clean(),
            is(json!({"clean_since": "2023-06-02T00:00:00+08:00"})),
            "0.00",
            "/eligible_entity/clean_years",
        ),
    ]);
}

#[test]
fn when_it_was_signed_and_from_whom() {
    let signed =
        || json!({"contract_signed": {"from": "2026-06-01T00:00:00+08:00", "until": "2026-07-01T00:00:00+08:00"}});
    let rule = |rule: Value| json!({"provider_rule": rule});
    let listed = |items: Value, capacity: Value, until: Value| {
        let place = json!({
            "batch": "1", "items": items, "capacity_p": capacity, "facility": "planned",
            "from": "2026-01-01T00:00:00+08:00", "until": until,
        });
        json!({"provider": [place]})
    };
    let item = || rule(json!({"listed": true, "item": "compute"}));
    let large = || rule(json!({"listed": true, "capacity_min_p": 2500}));
    let rates = || json!({"rates": [{"when": {"facilities": ["planned"]}, "rate_bps": 3000}, {"rate_bps": 2000}]});
    let open = Value::Null;
    let ended = json!("2026-06-01T00:00:00+08:00");
    let compute = json!(["compute"]);
    check(&[
        (signed(), json!({}), "300.00", "/rates/0"),
        (
            signed(),
            json!({"at": "2026-05-31T23:59:59+08:00"}),
            "0.00",
            "/contract_signed",
        ),
        (
            signed(),
            json!({"at": "2026-07-01T00:00:00+08:00"}),
            "0.00",
            "/contract_signed",
        ),
        (
            rule(json!({"listed": true})),
            json!({}),
            "0.00",
            "/provider_rule/listed",
        ),
        (
            item(),
            listed(compute.clone(), open.clone(), open.clone()),
            "300.00",
            "/rates/0",
        ),
        (
            item(),
            listed(compute.clone(), open.clone(), ended.clone()),
            "0.00",
            "/provider_rule/listed",
        ),
        (
            item(),
            listed(json!(["storage"]), open.clone(), open.clone()),
            "0.00",
            "/provider_rule/item",
        ),
        (
            large(),
            listed(compute.clone(), json!(2500), open.clone()),
            "300.00",
            "/rates/0",
        ),
        (
            large(),
            listed(compute.clone(), json!(2499), open.clone()),
            "0.00",
            "/provider_rule/capacity_min_p",
        ),
        (
            large(),
            listed(compute.clone(), open.clone(), open.clone()),
            "0.00",
            "/provider_rule/capacity_min_p",
        ),
        (
            rates(),
            listed(compute.clone(), open.clone(), open),
            "300.00",
            "/rates/0",
        ),
        (rates(), listed(compute, Value::Null, ended), "200.00", "/rates/1"),
    ]);
}

#[test]
fn which_row_counts() {
    let when = |when: Value| json!({"rates": [{"when": when, "rate_bps": 5000}, {"when": {"domestic": true}, "rate_bps": 3000}]});
    let is = |facts: Value| json!({"entity": facts});
    let from = || when(json!({"from": "2026-06-01T00:00:00+08:00", "until": "2026-06-02T00:00:00+08:00"}));
    check(&[
        (when(json!({"domestic": false})), json!({}), "300.00", "/rates/1"),
        (
            when(json!({"domestic": false})),
            json!({"domestic": false}),
            "500.00",
            "/rates/0",
        ),
        (
            when(json!({"sites": ["ningbo"]})),
            json!({"domestic": false}),
            "0.00",
            "/rates",
        ),
        (
            when(json!({"sites": ["ningbo"]})),
            json!({"site": "ningbo"}),
            "500.00",
            "/rates/0",
        ),
        (
            when(json!({"workloads": ["maas"]})),
            json!({"purpose": "maas"}),
            "500.00",
            "/rates/0",
        ),
        (when(json!({"workloads": ["maas"]})), json!({}), "300.00", "/rates/1"),
        (
            when(json!({"entity_kinds": ["university"]})),
            is(json!({"kind": "university"})),
            "500.00",
            "/rates/0",
        ),
        (
            when(json!({"entity_sizes": ["micro"]})),
            is(json!({"size": "small"})),
            "300.00",
            "/rates/1",
        ),
        (
            when(json!({"entity_age_below_months": 12})),
            is(json!({"founded": "2026-01-01T00:00:00+08:00"})),
            "500.00",
            "/rates/0",
        ),
        (
            when(json!({"filed_model": true})),
            is(json!({"filed_model": true})),
            "500.00",
            "/rates/0",
        ),
        (
            when(json!({"projects": ["national"]})),
            is(json!({"projects": ["provincial"]})),
            "300.00",
            "/rates/1",
        ),
        (from(), json!({}), "500.00", "/rates/0"),
        (from(), json!({"at": "2026-06-02T00:00:00+08:00"}), "300.00", "/rates/1"),
        (
            json!({"included_items": ["storage"]}),
            json!({"base": "0.00"}),
            "0.00",
            "/included_items",
        ),
    ]);
}
