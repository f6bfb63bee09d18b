//! Lines that begin with `expect`.

use qiantang::domain::account::AccountKey;
use qiantang::domain::id::{LeaseId, OrgId, ProgrammeId, VoucherId};
use qiantang::domain::lease::Fill;
use serde_json::json;

use super::desk::Desk;
use super::words::{Words, list};

type Met = Result<(), String>;

/// Checks what a line expects.
pub fn expect(desk: &mut Desk, words: &mut Words<'_>) -> Met {
    match words.next("what is expected")? {
        "fill" => fill(desk, words),
        "refused" => refused(desk, words),
        "state" => {
            let (name, state) = (words.next("what")?, words.next("the state")?);
            same("state", &desk.stands(name)?, state)
        }
        "filled" => {
            let (name, cards) = (words.next("the bid")?, words.next("the cards")?);
            same("filled cards", &desk.bid(name)?.0.to_string(), cards)
        }
        "held" => {
            let (name, amount) = (words.next("the bid")?, words.next("the amount")?);
            same("held", &desk.bid(name)?.1, amount)
        }
        "balance" => balance(desk, words),
        "voucher" => voucher(desk, words),
        "settled" => settled(desk, words),
        "usage" => usage(desk, words),
        "trial_balance" => {
            same("trial balance", words.next("zero")?, "zero")?;
            desk.witness.trial_balance(&desk.state)
        }
        other => Err(format!("nothing is known to expect of {other:?}")),
    }?;
    words.end()
}

fn same(what: &str, found: &str, expected: &str) -> Met {
    if found == expected {
        Ok(())
    } else {
        Err(format!("{what}: found {found}, expected {expected}"))
    }
}

/// `expect fill BID LISTING CARDS [start,end) @PRICE [charge= voucher= net= fee= alternative= islands=0:8,1:4
/// draws=v1:10.00]`: the next fill of the last command.
fn fill(desk: &mut Desk, words: &mut Words<'_>) -> Met {
    if desk.last.fills.is_empty() {
        return Err("there is no (further) fill".to_owned());
    }
    let fill = desk.last.fills.remove(0);
    same("bid", &fill.bid.to_string(), desk.id(words.next("the bid")?)?)?;
    same(
        "listing",
        &fill.listing.to_string(),
        desk.id(words.next("the listing")?)?,
    )?;
    same("cards", &fill.cards.to_string(), words.next("the cards")?)?;
    let (start, end) = words.interval()?;
    same("start", &fill.window.from().to_string(), &start.to_string())?;
    same("end", &fill.window.until().to_string(), &end.to_string())?;
    same("price", &fill.price.to_string(), &padded(words.price()?, 6))?;
    for (key, value) in words.settings() {
        let value = value.ok_or(format!("{key}=…"))?;
        same(key, &detail(desk, &fill, key)?, value)?;
    }
    Ok(())
}

/// A price with all its decimals.
fn padded(price: &str, decimals: usize) -> String {
    let (whole, rest) = price.split_once('.').unwrap_or((price, ""));
    format!("{whole}.{rest:0<decimals$}")
}

fn detail(desk: &Desk, fill: &Fill, key: &str) -> Result<String, String> {
    Ok(match key {
        "charge" => fill.charge.to_string(),
        "voucher" => fill.voucher.to_string(),
        "net" => fill.net.to_string(),
        "fee" => fill.fee.to_string(),
        "alternative" => fill.alternative.to_string(),
        "islands" => {
            let shares = fill
                .islands
                .iter()
                .map(|share| format!("{}:{}", share.island, share.cards));
            shares.collect::<Vec<_>>().join(",")
        }
        "draws" => {
            let name = |id: VoucherId| desk.name_of(&id.to_string());
            let draws = fill
                .draws
                .iter()
                .map(|draw| format!("{}:{}", name(draw.voucher), draw.amount));
            draws.collect::<Vec<_>>().join(",")
        }
        other => return Err(format!("a fill has no {other}")),
    })
}

/// `expect refused CODE [POINTER RULE]… [missing AMOUNT]`: all the fields that break a rule, in order; `body` is the
/// whole of it.
fn refused(desk: &mut Desk, words: &mut Words<'_>) -> Met {
    let problem = desk.last.refused.take().ok_or("it was accepted")?;
    same("code", &problem.code, words.next("the code")?)?;
    let mut errors = problem.errors.iter();
    while let Some(pointer) = words.peek() {
        words.next("the pointer")?;
        let rule = words.next("the rule")?;
        if pointer == "missing" {
            let told = problem.detail.contains(&format!("{rule} CNY are missing"));
            return if told { Ok(()) } else { Err(problem.detail) };
        }
        let pointer = if pointer == "body" { "" } else { pointer };
        let error = errors.next().ok_or(format!("{pointer} breaks no rule"))?;
        let code = json!(error.code);
        same(
            "field",
            &format!("{} {}", error.pointer, code.as_str().unwrap_or_default()),
            &format!("{pointer} {rule}"),
        )?;
    }
    errors.next().map_or(Ok(()), |error| {
        Err(format!("{} {:?} as well", error.pointer, error.code))
    })
}

/// `expect balance OWNER ACCOUNT AMOUNT`
fn balance(desk: &Desk, words: &mut Words<'_>) -> Met {
    let (owner, account) = (words.next("the owner")?, words.next("the account")?);
    let key = account_key(desk, owner, account)?;
    same(
        account,
        &desk.state.ledger.balance(key).to_string(),
        words.next("the amount")?,
    )
}

fn account_key(desk: &Desk, owner: &str, account: &str) -> Result<AccountKey, String> {
    let org = || desk.typed::<OrgId>(owner);
    let programme = || desk.typed::<ProgrammeId>(owner);
    Ok(match account {
        "bank" => AccountKey::Bank,
        "fee_revenue" => AccountKey::FeeRevenue,
        "vat_payable" => AccountKey::VatPayable,
        "cash" => AccountKey::Cash(org()?),
        "held" => AccountKey::Held(org()?),
        "pending_cash" => AccountKey::PendingCash(org()?),
        "pending_programme" => AccountKey::PendingProgramme(org()?),
        "payable_cash" => AccountKey::PayableCash(org()?),
        "payable_programme" => AccountKey::PayableProgramme(org()?),
        "escrow" => AccountKey::Escrow(desk.typed::<LeaseId>(owner)?),
        "appropriation" => AccountKey::Appropriation(programme()?),
        "pot" => AccountKey::Pot(programme()?),
        "redeemed" => AccountKey::Redeemed(programme()?),
        "lapsed" => AccountKey::Lapsed(programme()?),
        other => {
            let payer = other.strip_prefix("receivable:").and_then(|payer| payer.parse().ok());
            let payer = payer.ok_or(format!("there is no account {other}"))?;
            AccountKey::TreasuryReceivable(programme()?, payer)
        }
    })
}

/// `expect voucher NAME [available= reserved= redeemed=]`
fn voucher(desk: &Desk, words: &mut Words<'_>) -> Met {
    let id: VoucherId = desk.typed(words.next("the voucher")?)?;
    for (key, value) in words.settings() {
        let found = match key {
            "available" => desk.state.ledger.balance(AccountKey::VoucherAvailable(id)),
            "reserved" => desk.state.ledger.balance(AccountKey::VoucherReserved(id)),
            "redeemed" => {
                let fen = desk.witness.redeemed.get(&id).copied().unwrap_or_default();
                qiantang::domain::money::Money::from_fen(i64::try_from(fen).unwrap())
            }
            other => return Err(format!("a voucher has no {other}")),
        };
        same(key, &found.to_string(), value.unwrap_or_default())?;
    }
    Ok(())
}

/// `expect settled LEASE charge= voucher= cash= fee=`, or `expect settled nothing`
fn settled(desk: &mut Desk, words: &mut Words<'_>) -> Met {
    let name = words.next("the lease")?;
    if name == "nothing" {
        return same("settled leases", &desk.last.settled.len().to_string(), "0");
    }
    let lease: LeaseId = desk.typed(name)?;
    let found = desk.last.settled.iter().find(|one| one.lease == lease);
    let found = found.ok_or("nothing of it was settled")?;
    for (key, value) in words.settings() {
        let amount = match key {
            "charge" => found.charge,
            "voucher" => found.voucher,
            "cash" => found.cash,
            "fee" => found.fee,
            other => return Err(format!("a settlement has no {other}")),
        };
        same(key, &amount.to_string(), value.unwrap_or_default())?;
    }
    Ok(())
}

/// `expect usage accepted=1 duplicates=0 refused=overlaps,future`
fn usage(desk: &Desk, words: &mut Words<'_>) -> Met {
    for (key, value) in words.settings() {
        let value = value.unwrap_or_default();
        match key {
            "accepted" => same(key, &desk.last.accepted.to_string(), value)?,
            "duplicates" => same(key, &desk.last.duplicates.to_string(), value)?,
            _ => {
                let codes: Vec<&str> = desk.last.unusable.iter().map(|one| &*one.code).collect();
                same(key, &codes.join(","), &list(value).join(","))?;
            }
        }
    }
    Ok(())
}
