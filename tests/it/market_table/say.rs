//! Lines that say something to the exchange: from words to the JSON bodies that a client sends.

use qiantang::domain::uscc::Uscc;
use serde_json::{Map, Value, json};

use super::desk::Desk;
use super::words::{Words, instant, interval, list, number};

type Said = Result<(), String>;

/// Says what a line says; none if it is no such line.
pub fn say(desk: &mut Desk, verb: &str, words: &mut Words<'_>) -> Option<Said> {
    let said = match verb {
        "at" => at(desk, words),
        "accelerator" => accelerator(desk, words),
        "site" => site(desk, words),
        "terms" => terms(desk, words),
        "reference" => reference(desk, words),
        "org" => org(desk, words),
        "related" => related(desk, words),
        "deposit" => deposit(desk, words),
        "programme" => programme(desk, words),
        "voucher" => voucher(desk, words),
        "listing" => listing(desk, words),
        "amend_listing" => amend_listing(desk, words),
        "bid" => bid(desk, words),
        "amend" => amend(desk, words),
        "cancel" => naming(desk, words, ("cancel", "bid")),
        "withdraw" => naming(desk, words, ("withdraw", "listing")),
        "terminate" => naming(desk, words, ("terminate", "lease")),
        "usage" => usage(desk, words),
        "settle" => settle(desk, words),
        "tick" => desk.say("tick", None, json!({}), None),
        _ => return None,
    };
    Some(said)
}

/// `raw VERB AS {json}`: a body as it is. In it `$name` stands for an identifier and `h:5` for an instant.
pub fn raw(desk: &mut Desk, line: &str) -> Said {
    let mut parts = line.splitn(4, ' ').skip(1);
    let (verb, caller, body) = (parts.next(), parts.next(), parts.next());
    let (Some(verb), Some(caller), Some(body)) = (verb, caller, body) else {
        return Err("raw VERB AS {json}".to_owned());
    };
    let mut body: Value = serde_json::from_str(body).map_err(|error| error.to_string())?;
    resolve(desk, &mut body)?;
    desk.say(verb, Some(caller).filter(|caller| *caller != "-"), body, None)
}

fn resolve(desk: &Desk, value: &mut Value) -> Said {
    match value {
        Value::String(text) => {
            if let Some(name) = text.strip_prefix('$') {
                *text = desk.id(name)?.to_owned();
            } else if let Some(hour) = text.strip_prefix("h:") {
                *text = instant(hour)?.to_string();
            }
            Ok(())
        }
        Value::Array(values) => values.iter_mut().try_for_each(|value| resolve(desk, value)),
        Value::Object(fields) => fields.values_mut().try_for_each(|value| resolve(desk, value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

/// `at HOUR`, or `at +HOURS` from now: nothing happens before the next command.
fn at(desk: &mut Desk, words: &mut Words<'_>) -> Said {
    let word = words.next("the hour")?;
    desk.now = match word.strip_prefix('+') {
        Some(more) => desk.now.plus_hours(more.parse().map_err(|_| "a number of hours")?),
        None => instant(word)?,
    };
    words.end()
}

/// `accelerator CODE [domestic]`
fn accelerator(desk: &mut Desk, words: &mut Words<'_>) -> Said {
    let code = words.next("the code")?;
    let domestic = words.settings().iter().any(|(word, _)| *word == "domestic");
    let body = json!({"code": code, "vendor": "a vendor", "model": code, "domestic": domestic, "memory_gb": 64,
        "fp16_dense_gflops": null, "cards_per_node": 8});
    desk.say("accelerator", None, body, None)
}

/// `site CODE`
fn site(desk: &mut Desk, words: &mut Words<'_>) -> Said {
    let code = words.next("the code")?;
    words.end()?;
    desk.say(
        "site",
        None,
        json!({"code": code, "name_zh": code, "region": "east"}),
        None,
    )
}

/// `terms tenant_fee_bps=100 …`
fn terms(desk: &mut Desk, words: &mut Words<'_>) -> Said {
    let mut body = Map::new();
    for (key, value) in words.settings() {
        body.insert(key.to_owned(), number(value.unwrap_or_default()));
    }
    desk.say("terms", None, Value::Object(body), None)
}

/// `reference ACCELERATOR @PRICE`
fn reference(desk: &mut Desk, words: &mut Words<'_>) -> Said {
    let body = json!({"accelerator": words.next("the accelerator")?, "price": words.price()?});
    words.end()?;
    desk.say("reference", None, body, None)
}

/// `org NAME KIND[,KIND] [owner=ORG]`
fn org(desk: &mut Desk, words: &mut Words<'_>) -> Said {
    let name = words.next("the name")?;
    let kinds = list(words.next("the kinds")?);
    desk.orgs += 1;
    let uscc = Uscc::from_stem(&format!("91330100MA{:07}", desk.orgs)).unwrap();
    let mut body = json!({"name": name, "uscc": uscc, "kinds": kinds});
    for (key, value) in words.settings() {
        body[key] = json!(desk.id(value.unwrap_or_default())?);
    }
    desk.say("org", None, body, Some(name))
}

/// `related ORG ORG`
fn related(desk: &mut Desk, words: &mut Words<'_>) -> Said {
    let body = json!({"a": desk.id(words.next("one")?)?, "b": desk.id(words.next("the other")?)?});
    words.end()?;
    desk.say("related", None, body, None)
}

/// `deposit ORG AMOUNT`
fn deposit(desk: &mut Desk, words: &mut Words<'_>) -> Said {
    let org = words.next("the organisation")?;
    let body = json!({"amount": words.next("the amount")?, "bank_ref": "statement line"});
    words.end()?;
    desk.say("deposit", Some(org), body, None)
}

/// `programme NAME pot=1000.00 rates=domestic:3000,hangzhou:2500,else:2000 [cap=… period=year|programme
/// price_cap=1.1 valid=[0,720) days=30 expiry=pot|lapse priority=1 payers=city:5000,district:5000 rounding=half_up
/// kinds=tenant]`
fn programme(desk: &mut Desk, words: &mut Words<'_>) -> Said {
    let name = words.next("the name")?;
    let (from, until) = interval("[0,8760)")?;
    let mut body = json!({"id": name, "rates": [], "valid_from": from, "valid_until": until});
    for (key, value) in words.settings() {
        let value = value.ok_or(format!("{key}=…"))?;
        match key {
            "pot" => body["pot"] = json!(value),
            "rates" => body["rates"] = list(value).into_iter().map(rate_row).collect::<Result<_, _>>()?,
            "cap" => body["cap_per_entity"] = json!(value),
            "period" => body["cap_period"] = json!(value),
            "price_cap" => body["reference_price_cap"] = json!(value),
            "valid" => {
                let (from, until) = interval(value)?;
                (body["valid_from"], body["valid_until"]) = (json!(from), json!(until));
            }
            "days" => body["validity_days"] = number(value),
            "expiry" => body["on_expiry"] = json!(value),
            "payers" => body["co_funding"] = list(value).into_iter().map(payer).collect::<Result<_, _>>()?,
            "kinds" => body["eligible_kinds"] = json!(list(value)),
            "id" | "rounding" => body[key] = json!(value),
            _ => body[key] = number(value),
        }
    }
    desk.say("programme", None, body, Some(name))
}

fn rate_row(word: &str) -> Result<Value, String> {
    let (when, rate) = word.split_once(':').ok_or("condition:rate")?;
    let when = match when {
        "else" => json!({}),
        "domestic" => json!({"domestic": true}),
        "foreign" => json!({"domestic": false}),
        sites => json!({"sites": sites.split('+').collect::<Vec<_>>()}),
    };
    Ok(json!({"when": when, "rate_bps": number(rate)}))
}

fn payer(word: &str) -> Result<Value, String> {
    let (payer, share) = word.split_once(':').ok_or("payer:share")?;
    Ok(json!({"payer": payer, "share_bps": number(share)}))
}

/// `voucher NAME PROGRAMME ORG AMOUNT`
fn voucher(desk: &mut Desk, words: &mut Words<'_>) -> Said {
    let name = words.next("the name")?;
    let (programme, org) = (
        desk.id(words.next("the programme")?)?,
        desk.id(words.next("the organisation")?)?,
    );
    let body = json!({"programme": programme, "org": org, "amount": words.next("the amount")?});
    words.end()?;
    desk.say("grant", None, body, Some(name))
}

/// `listing NAME ORG ACCELERATOR SITE ISLANDSxCARDS @ASK [from,until) [lot=8 min=1 max=24 sla=0.001
/// maintenance=[3,5)]`
fn listing(desk: &mut Desk, words: &mut Words<'_>) -> Said {
    let (name, org) = (words.next("the name")?, words.next("the provider")?);
    let (accelerator, site) = (words.next("the accelerator")?, words.next("the site")?);
    let (islands, cards) = words.next("the cards")?.split_once('x').ok_or("islands x cards")?;
    let ask = words.price()?;
    let (from, until) = words.interval()?;
    let mut body = json!({"site": site, "accelerator": accelerator, "islands": number(islands),
        "cards_per_island": number(cards), "from": from, "until": until, "ask": ask});
    let mut maintenance = Vec::new();
    for (key, value) in words.settings() {
        let value = value.ok_or(format!("{key}=…"))?;
        match key {
            "lot" => body["lot_cards"] = number(value),
            "min" => body["min_hours"] = number(value),
            "max" => body["max_hours"] = number(value),
            "sla" => body["sla"] = json!({"max_fault_rate": value, "credit_rate": "1"}),
            "maintenance" => {
                let (from, until) = interval(value)?;
                maintenance.push(json!({"from": from, "until": until}));
            }
            _ => body[key] = json!(value),
        }
    }
    body["maintenance"] = json!(maintenance);
    desk.say("listing", Some(org), body, Some(name))
}

/// `amend_listing ORG NAME [ask=9 islands=3 until=72]`
fn amend_listing(desk: &mut Desk, words: &mut Words<'_>) -> Said {
    let org = words.next("the provider")?;
    let mut body = json!({"listing": desk.id(words.next("the listing")?)?});
    for (key, value) in words.settings() {
        let value = value.ok_or(format!("{key}=…"))?;
        body[key] = match key {
            "islands" => number(value),
            "until" => json!(instant(value)?),
            _ => json!(value),
        };
    }
    desk.say("amend_listing", Some(org), body, None)
}

/// `ACCELERATOR CARDSxHOURSh @LIMIT or …`
fn alternatives(words: &mut Words<'_>, with_codes: bool) -> Result<Vec<Value>, String> {
    let mut alternatives = Vec::new();
    loop {
        let accelerator = words.next("the accelerator")?;
        let size = words.next("CARDSxHOURSh")?;
        let (cards, hours) = size
            .strip_suffix('h')
            .and_then(|size| size.split_once('x'))
            .ok_or(format!("{size:?} should be CARDSxHOURSh"))?;
        let mut alternative = json!({"cards": number(cards), "hours": number(hours), "limit": words.price()?});
        if with_codes {
            alternative["accelerator"] = json!(accelerator);
        }
        alternatives.push(alternative);
        if words.peek() != Some("or") {
            return Ok(alternatives);
        }
        words.next("or")?;
    }
}

/// `bid NAME ORG ACCELERATOR CARDSxHOURSh @LIMIT [or …] [earliest,latest) [one_site|one_listing|one_island] [partial
/// min=8] [gtc|gtd|ioc|fok expires=5] [domestic] [fault=0.001] [sites=a,b] [voucher=none|v1,v2]`
fn bid(desk: &mut Desk, words: &mut Words<'_>) -> Said {
    let (name, org) = (words.next("the name")?, words.next("the tenant")?);
    let alternatives = alternatives(words, true)?;
    let (earliest, latest) = words.interval()?;
    let mut body = json!({"alternatives": alternatives, "earliest": earliest, "latest": latest});
    for (key, value) in words.settings() {
        match (key, value) {
            ("any" | "one_site" | "one_listing" | "one_island", None) => body["placement"] = json!(key),
            ("partial" | "all_or_none", None) => body["fill"] = json!(key),
            ("gtc" | "gtd" | "ioc" | "fok", None) => body["tif"] = json!(key),
            ("domestic", None) => body["domestic_only"] = json!(true),
            ("min", Some(cards)) => body["min_cards"] = number(cards),
            ("expires", Some(hour)) => body["expires_at"] = json!(instant(hour)?),
            ("fault", Some(rate)) => body["max_fault_rate"] = json!(rate),
            ("sites", Some(sites)) => body["sites"] = json!(list(sites)),
            ("voucher", Some(policy @ ("auto" | "none"))) => body["voucher"] = json!(policy),
            ("voucher", Some(names)) => {
                let ids: Result<Vec<&str>, String> = list(names).into_iter().map(|name| desk.id(name)).collect();
                body["voucher"] = json!(ids?);
            }
            (key, _) => return Err(format!("a bid knows no {key:?}")),
        }
    }
    desk.say("bid", Some(org), body, Some(name))
}

/// `amend ORG NAME [ACCELERATOR CARDSxHOURSh @LIMIT [or …]] [earliest,latest)`
fn amend(desk: &mut Desk, words: &mut Words<'_>) -> Said {
    let org = words.next("the tenant")?;
    let mut body = json!({"bid": desk.id(words.next("the bid")?)?});
    if words.peek().is_some_and(|word| !word.starts_with('[')) {
        body["alternatives"] = json!(alternatives(words, false)?);
    }
    if words.peek().is_some() {
        let (earliest, latest) = words.interval()?;
        (body["earliest"], body["latest"]) = (json!(earliest), json!(latest));
    }
    words.end()?;
    desk.say("amend", Some(org), body, None)
}

/// `cancel|withdraw|terminate ORG NAME`
fn naming(desk: &mut Desk, words: &mut Words<'_>, (verb, field): (&str, &str)) -> Said {
    let org = words.next("who")?;
    let body = json!({field: desk.id(words.next("the name")?)?});
    words.end()?;
    desk.say(verb, Some(org), body, None)
}

/// `usage ORG LEASE [from,until) CARD-SECONDS|full [id=…]`
fn usage(desk: &mut Desk, words: &mut Words<'_>) -> Said {
    let (org, name) = (words.next("the provider")?, words.next("the lease")?);
    let (from, until) = words.interval()?;
    let lease = desk.typed(name)?;
    let cards = desk.witness.leases.get(&lease).map_or(0, |(fill, _)| fill.cards);
    let card_seconds = match words.next("the card-seconds")? {
        "full" => json!(until.seconds_since(from) * i64::from(cards)),
        word => number(word),
    };
    desk.reports += 1;
    let mut body = json!({"specversion": "1.0", "id": format!("r{}", desk.reports), "source": "meter",
        "type": "qiantang.usage.v1",
        "data": {"lease": lease, "from": from, "until": until, "cards_up": cards, "card_seconds": card_seconds}});
    for (key, value) in words.settings() {
        match key {
            "up" => body["data"]["cards_up"] = number(value.unwrap_or_default()),
            _ => body[key] = json!(value),
        }
    }
    desk.say("usage", Some(org), body, None)
}

/// `settle HOUR`
fn settle(desk: &mut Desk, words: &mut Words<'_>) -> Said {
    let body = json!({"until": instant(words.next("the hour")?)?});
    words.end()?;
    desk.say("settle", None, body, None)
}
