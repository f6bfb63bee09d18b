//! The rows of reports, streamed page by page. See [`Reader::hold_still`] for what keeps them of one instant.

use std::collections::BTreeMap;

use diesel::prelude::*;
use serde::Deserialize;

use super::bid::{BidAlternativeRow, BidRow};
use super::connection::Reader;
use super::counter;
use super::fill::FillRow;
use super::lease::LeaseRow;
use super::listing::{ListingMaintenanceRow, ListingRow};
use super::load::{Corrupt, LoadError, PAGE, hour, narrow, window};
use super::organisation;
use super::reference;
use super::schema::{
    bid, bid_alternative, command, fill, journal, lease, listing, listing_maintenance, transfer, usage_report,
};
use super::transfer::TransferRow;
use crate::domain::bid::Alternative;
use crate::domain::id::{AcceleratorId, AccountId, BidId, LeaseId, ListingId, OrgId};
use crate::domain::listing::ListingState;
use crate::domain::money::{Money, Price};
use crate::domain::time::{Timestamp, Window};
use crate::engine::rejection::FieldError;
use crate::engine::report::fact::{
    BidFact, CommandFact, LeaseFact, ListingFact, Names, Refusal, TransferFact, UsageFact,
};
use crate::on;

/// Rows of one table with their places, from after a place on; none at the end.
type Page<T> = Result<Vec<(i64, T)>, LoadError>;

/// Hands everything that `page` reads to `take`, page after page.
fn stream<T, E: From<LoadError>>(
    reader: &mut Reader,
    page: fn(&mut Reader, i64) -> Page<T>,
    mut take: impl FnMut(T) -> Result<(), E>,
) -> Result<(), E> {
    let mut after = -1;
    loop {
        let rows = page(reader, after)?;
        let Some((last, _)) = rows.last() else {
            return Ok(());
        };
        after = *last;
        rows.into_iter().try_for_each(|(_, row)| take(row))?;
    }
}

/// Up to where the exchange has gone.
pub fn now(reader: &mut Reader) -> Result<Timestamp, LoadError> {
    let counters = counter::load_all(reader)?;
    let now = counters.iter().find(|row| row.name == "now");
    Ok(Timestamp::from_micros(now.map_or(0, |row| row.value)))
}

/// What identifiers stand for.
pub fn names(reader: &mut Reader) -> Result<Names, LoadError> {
    let orgs = organisation::load_all(reader)?;
    Ok(Names {
        orgs: orgs.into_iter().map(|org| (org.id, org.profile.name)).collect(),
        accelerators: reference::load_accelerators(reader)?,
        reference_prices: reference::load_reference_prices(reader)?.into_iter().collect(),
    })
}

/// The parts of a problem that a report shows.
#[derive(Deserialize)]
struct Problem {
    code: String,
    #[serde(default)]
    errors: Vec<FieldError>,
}

/// Hands every command to `take`.
pub fn commands<E: From<LoadError>>(
    reader: &mut Reader,
    take: impl FnMut(CommandFact) -> Result<(), E>,
) -> Result<(), E> {
    stream(reader, command_page, take)
}

fn command_page(reader: &mut Reader, after: i64) -> Page<CommandFact> {
    // The answers of accepted commands can be long, and nothing here looks at them.
    let rows = command::table
        .filter(command::seq.gt(after))
        .order(command::seq)
        .limit(PAGE)
        .select((command::seq, command::kind, command::at, command::accepted));
    let rows: Vec<(i64, String, i64, bool)> = on!(&mut *reader, connection => rows.load(connection))?;
    let last = rows.last().map_or(after, |row| row.0);
    let answers = refused_answers(reader, (after, last))?;
    let fact = |(seq, kind, at, accepted): (i64, String, i64, bool)| {
        let refusal = match answers.get(&seq) {
            Some(answer) if !accepted => Some(refusal(seq, answer)?),
            Some(_) | None => None,
        };
        let at = Timestamp::from_micros(at);
        Ok((seq, CommandFact { kind, at, refusal }))
    };
    rows.into_iter().map(fact).collect()
}

fn refused_answers(reader: &mut Reader, (after, last): (i64, i64)) -> Result<BTreeMap<i64, String>, LoadError> {
    let query = command::table
        .filter(command::seq.gt(after).and(command::seq.le(last)))
        .filter(command::accepted.eq(false))
        .select((command::seq, command::answer));
    let rows: Vec<(i64, String)> = on!(reader, connection => query.load(connection))?;
    Ok(rows.into_iter().collect())
}

fn refusal(seq: i64, answer: &str) -> Result<Refusal, Corrupt> {
    let problem: Problem =
        serde_json::from_str(answer).map_err(|error| Corrupt::new("command.answer", &format!("{seq}: {error}")))?;
    let field = problem.errors.first().map(|error| {
        let rule = super::column::Named(error.code).word();
        format!("{} {rule}", without_places(&error.pointer))
    });
    Ok(Refusal {
        code: problem.code,
        field,
    })
}

/// `/alternatives/2/limit` as `/alternatives/*/limit`.
fn without_places(pointer: &str) -> String {
    let is_place = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts = pointer.split('/').map(|part| if is_place(part) { "*" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// All listings.
pub fn listings(reader: &mut Reader) -> Result<Vec<ListingFact>, LoadError> {
    let rows = listing::table.order(listing::id).select(ListingRow::columns());
    let rows: Vec<ListingRow> = on!(reader, connection => rows.load(connection))?;
    let closed = listing_maintenance::table
        .order((listing_maintenance::listing, listing_maintenance::from_hour))
        .select(ListingMaintenanceRow::columns());
    let closed: Vec<ListingMaintenanceRow> = on!(reader, connection => closed.load(connection))?;
    let mut maintenance: BTreeMap<i64, Vec<Window>> = BTreeMap::new();
    for row in closed {
        let closed = window("listing_maintenance.until_hour", row.from_hour, row.until_hour)?;
        maintenance.entry(row.listing).or_default().push(closed);
    }
    let withdrawn = match rows.iter().any(|row| row.state.0 == ListingState::Withdrawn) {
        true => withdrawals(reader)?,
        false => BTreeMap::new(),
    };
    let fact = |row: ListingRow| {
        let listing = row.listing(maintenance.remove(&row.id).unwrap_or_default())?;
        Ok(ListingFact {
            id: listing.id,
            provider: listing.provider,
            accelerator: listing.accelerator,
            cards: listing.cards(),
            window: listing.window,
            ask: listing.ask,
            state: row.state.0,
            listed_at: Timestamp::from_micros(row.created_at),
            withdrawn_at: withdrawn.get(&listing.id).copied(),
            maintenance: listing.maintenance,
        })
    };
    rows.into_iter().map(fact).collect()
}

/// The leaf of a listing that changed.
#[derive(Deserialize)]
struct ListingLeaf {
    listing_changed: ListingChanged,
}

#[derive(Deserialize)]
struct ListingChanged {
    listing: ListingId,
    state: ListingState,
}

/// When listings were taken back, as the journal says.
fn withdrawals(reader: &mut Reader) -> Result<BTreeMap<ListingId, Timestamp>, LoadError> {
    let query = journal::table
        .inner_join(command::table.on(command::seq.eq(journal::command_seq)))
        .filter(journal::kind.eq("listing_changed"))
        .order(journal::seq)
        .select((journal::seq, command::at, journal::body));
    let rows: Vec<(i64, i64, Vec<u8>)> = on!(reader, connection => query.load(connection))?;
    let mut withdrawn = BTreeMap::new();
    for (seq, at, body) in rows {
        let leaf: ListingLeaf =
            serde_json::from_slice(&body).map_err(|error| Corrupt::new("journal.body", &format!("{seq}: {error}")))?;
        if leaf.listing_changed.state == ListingState::Withdrawn {
            withdrawn.insert(leaf.listing_changed.listing, Timestamp::from_micros(at));
        }
    }
    Ok(withdrawn)
}

/// Hands every bid to `take`.
pub fn bids<E: From<LoadError>>(reader: &mut Reader, take: impl FnMut(BidFact) -> Result<(), E>) -> Result<(), E> {
    stream(reader, bid_page, take)
}

fn bid_page(reader: &mut Reader, after: i64) -> Page<BidFact> {
    let rows = bid::table
        .filter(bid::id.gt(after))
        .order(bid::id)
        .limit(PAGE)
        .select(BidRow::columns());
    let rows: Vec<BidRow> = on!(&mut *reader, connection => rows.load(connection))?;
    let last = rows.last().map_or(after, |row| row.id);
    let asked = alternatives(reader, (after, last))?;
    rows.iter().map(|row| Ok((row.id, bid_fact(row, &asked)?))).collect()
}

/// Alternatives by bid and index.
type Alternatives = BTreeMap<(i64, i64), BidAlternativeRow>;

fn alternatives(reader: &mut Reader, (after, last): (i64, i64)) -> Result<Alternatives, LoadError> {
    let query = bid_alternative::table
        .filter(bid_alternative::bid.gt(after).and(bid_alternative::bid.le(last)))
        .select(BidAlternativeRow::columns());
    let rows: Vec<BidAlternativeRow> = on!(reader, connection => query.load(connection))?;
    Ok(rows.into_iter().map(|row| ((row.bid, row.idx), row)).collect())
}

fn bid_fact(row: &BidRow, alternatives: &Alternatives) -> Result<BidFact, LoadError> {
    let place = row.bound_alternative.unwrap_or(0);
    let asked = alternatives
        .get(&(row.id, place))
        .ok_or_else(|| Corrupt::new("bid_alternative", &row.id.to_string()))?;
    Ok(BidFact {
        id: BidId(row.id.cast_unsigned()),
        tenant: OrgId(row.tenant.cast_unsigned()),
        state: row.state.0,
        asked: Alternative {
            accelerator: AcceleratorId(narrow("bid_alternative.accelerator", asked.accelerator)?),
            cards: narrow("bid_alternative.cards", asked.cards)?,
            hours: narrow("bid_alternative.hours", asked.hours)?,
            limit: Price::from_micros(asked.limit_price),
        },
        filled_cards: narrow("bid.filled_cards", row.filled_cards)?,
        earliest: hour("bid.earliest", row.earliest)?,
        placed_at: Timestamp::from_micros(row.created_at),
        held: Money::from_fen(row.held),
    })
}

/// Hands every lease to `take`.
pub fn leases<E: From<LoadError>>(reader: &mut Reader, take: impl FnMut(LeaseFact) -> Result<(), E>) -> Result<(), E> {
    stream(reader, lease_page, take)
}

fn lease_page(reader: &mut Reader, after: i64) -> Page<LeaseFact> {
    let rows = lease::table
        .inner_join(fill::table)
        .filter(lease::id.gt(after))
        .order(lease::id)
        .limit(PAGE)
        .select((LeaseRow::columns(), FillRow::columns()));
    let rows: Vec<(LeaseRow, FillRow)> = on!(reader, connection => rows.load(connection))?;
    let fact = |(lease, fill): &(LeaseRow, FillRow)| Ok((lease.id, lease_fact(lease, fill)?));
    rows.iter().map(fact).collect()
}

fn lease_fact(lease: &LeaseRow, row: &FillRow) -> Result<LeaseFact, Corrupt> {
    let fill = row.fill(Vec::new(), Vec::new())?;
    Ok(LeaseFact {
        id: LeaseId(lease.id.cast_unsigned()),
        bid: fill.bid,
        origin: fill.origin,
        listing: fill.listing,
        tenant: fill.tenant,
        provider: fill.provider,
        accelerator: fill.accelerator,
        cards: fill.cards,
        window: fill.window,
        ends: hour("lease.until_hour", lease.until_hour)?,
        price: fill.price,
        charge: fill.charge,
        voucher: fill.voucher,
        fee: fill.fee,
        at: fill.at,
        state: lease.state.0,
        settled: lease.settled(),
        maintenance: lease.life()?.maintenance,
    })
}

/// Hands every usage report to `take`.
pub fn usage<E: From<LoadError>>(reader: &mut Reader, take: impl FnMut(UsageFact) -> Result<(), E>) -> Result<(), E> {
    stream(reader, usage_page, take)
}

fn usage_page(reader: &mut Reader, after: i64) -> Page<UsageFact> {
    let rows = usage_report::table
        .filter(usage_report::seq.gt(after))
        .order(usage_report::seq)
        .limit(PAGE)
        .select((
            usage_report::seq,
            usage_report::lease,
            usage_report::card_seconds,
            usage_report::counts,
        ));
    let rows: Vec<(i64, i64, i64, Option<i64>)> = on!(reader, connection => rows.load(connection))?;
    let fact = |(seq, lease, said, counts): (i64, i64, i64, Option<i64>)| {
        let lease = LeaseId(lease.cast_unsigned());
        let card_seconds = counts.unwrap_or(said);
        (seq, UsageFact { lease, card_seconds })
    };
    Ok(rows.into_iter().map(fact).collect())
}

/// Hands every transfer to `take`, in the order of posting.
pub fn transfers<E: From<LoadError>>(
    reader: &mut Reader,
    take: impl FnMut(TransferFact) -> Result<(), E>,
) -> Result<(), E> {
    stream(reader, transfer_page, take)
}

fn transfer_page(reader: &mut Reader, after: i64) -> Page<TransferFact> {
    let rows = transfer::table
        .filter(transfer::seq.gt(after))
        .order(transfer::seq)
        .limit(PAGE)
        .select(TransferRow::columns());
    let rows: Vec<TransferRow> = on!(reader, connection => rows.load(connection))?;
    let fact = |row: TransferRow| {
        let fact = TransferFact {
            movement: row.movement.cast_unsigned(),
            kind: row.kind.0,
            debit: AccountId(row.debit.cast_unsigned()),
            credit: AccountId(row.credit.cast_unsigned()),
            amount: Money::from_fen(row.amount),
            booked_at: Timestamp::from_micros(row.booked_at),
        };
        (row.seq, fact)
    };
    Ok(rows.into_iter().map(fact).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_which_field_breaks_which_rule() {
        let answer = r#"{"code": "invalid", "errors": [
            {"pointer": "/alternatives/12/limit", "code": "outside_collar", "detail": "…"},
            {"pointer": "/latest", "code": "past", "detail": "…"}]}"#;
        let refused = refusal(1, answer).unwrap();
        assert_eq!(refused.code, "invalid");
        assert_eq!(refused.field.as_deref(), Some("/alternatives/*/limit outside_collar"));
        assert_eq!(refusal(1, r#"{"code": "insufficient_cash"}"#).unwrap().field, None);
        assert!(refusal(1, "{}").is_err());
    }
}
