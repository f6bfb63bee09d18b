//! Bids.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::column::{Named, row};
use super::connection::Reader;
use super::load::{Corrupt, LoadError, PAGE, count, hour, index, narrow};
use super::schema::{bid, bid_alternative, bid_site, bid_voucher};
use super::writer::Batch;
use crate::domain::bid::{Alternative, Bid, BidState, Bound, FillRule, Placement, Purpose, TimeInForce, VoucherPolicy};
use crate::domain::id::{AcceleratorId, BidId, OrgId, Seq, SiteId, VoucherId};
use crate::domain::money::{Money, Price};
use crate::domain::rate::Fraction;
use crate::domain::time::Timestamp;
use crate::on;

row! {
    /// A bid.
    pub struct BidRow in bid by (id) changing (seq, earliest, latest, state, filled_cards, bound_alternative, bound_site, held) {
        /// Its identifier.
        pub id: i64,
        /// Its place in the order of precedence.
        pub seq: i64,
        /// Who bids.
        pub tenant: i64,
        /// The tenant's owner group.
        pub owner_group: i64,
        /// The hour of the earliest start.
        pub earliest: i64,
        /// The hour of the latest end.
        pub latest: i64,
        /// The smallest fill; none for all or none.
        pub min_cards: Option<i64>,
        /// How near to each other the cards of one fill must be.
        pub placement: Named<Placement>,
        /// Whether only the sites in `bid_site` are taken.
        pub sites_limited: bool,
        /// Only domestic accelerators.
        pub domestic_only: bool,
        /// Only listings that promise at most this fault rate.
        pub max_fault_ppm: Option<i64>,
        /// How long it stands.
        pub tif: String,
        /// When it expires, in microseconds; only with `gtd`.
        pub expires_at: Option<i64>,
        /// Which vouchers may pay; `named` ones are in `bid_voucher`.
        pub voucher: String,
        /// What the cards are for.
        pub purpose: Option<Named<Purpose>>,
        /// Where it stands in its life.
        pub state: Named<BidState>,
        /// Cards filled so far.
        pub filled_cards: i64,
        /// The alternative that the first fill bound it to.
        pub bound_alternative: Option<i64>,
        /// The site that the first fill bound it to.
        pub bound_site: Option<i64>,
        /// Money of the tenant on hold, in fen.
        pub held: i64,
        /// When it was placed, in microseconds.
        pub created_at: i64,
    }
}

row! {
    /// One of the things that a bid would take.
    pub struct BidAlternativeRow in bid_alternative by (bid, idx) {
        /// Which bid.
        pub bid: i64,
        /// Its index among the bid's alternatives.
        pub idx: i64,
        /// Of which model.
        pub accelerator: i64,
        /// How many cards.
        pub cards: i64,
        /// For how many hours in one piece.
        pub hours: i64,
        /// The highest price, in micro-yuan a card-hour.
        pub limit_price: i64,
    }
}

row! {
    /// A site that a bid is limited to.
    pub struct BidSiteRow in bid_site by (bid, site) {
        /// Which bid.
        pub bid: i64,
        /// Which site.
        pub site: i64,
    }
}

row! {
    /// A voucher that a bid names.
    pub struct BidVoucherRow in bid_voucher by (bid, idx) {
        /// Which bid.
        pub bid: i64,
        /// Its index among the vouchers named.
        pub idx: i64,
        /// Which voucher.
        pub voucher: i64,
    }
}

/// As the partial index `bid_live` says it: with bound parameters it would not be used.
pub(crate) const LIVE: &str = "bid.state IN ('open', 'partly_filled')";

impl BidRow {
    /// The row of a bid in `state`. `created_at` counts only when the row is new.
    pub fn new(bid: &Bid, state: BidState, created_at: Timestamp) -> BidRow {
        let (tif, expires_at) = match bid.tif {
            TimeInForce::Gtc => ("gtc", None),
            TimeInForce::Gtd { expires_at } => ("gtd", Some(expires_at.micros())),
            TimeInForce::Ioc => ("ioc", None),
            TimeInForce::Fok => ("fok", None),
        };
        let voucher = match &bid.voucher {
            VoucherPolicy::Auto => "auto",
            VoucherPolicy::None => "none",
            VoucherPolicy::Named(_) => "named",
        };
        let min_cards = match bid.fill {
            FillRule::AllOrNone => None,
            FillRule::Partial { min_cards } => Some(i64::from(min_cards)),
        };
        BidRow {
            id: bid.id.0.cast_signed(),
            seq: bid.seq.0.cast_signed(),
            tenant: bid.tenant.0.cast_signed(),
            owner_group: bid.group.0.cast_signed(),
            earliest: i64::from(bid.earliest.0),
            latest: i64::from(bid.latest.0),
            min_cards,
            placement: Named(bid.placement),
            sites_limited: bid.sites.is_some(),
            domestic_only: bid.domestic_only,
            max_fault_ppm: bid.max_fault_rate.map(|rate| i64::from(rate.ppm())),
            tif: tif.to_owned(),
            expires_at,
            voucher: voucher.to_owned(),
            purpose: bid.purpose.map(Named),
            state: Named(state),
            filled_cards: i64::from(bid.filled_cards),
            bound_alternative: bid.bound.map(|bound| count(bound.alternative)),
            bound_site: bid.bound.and_then(|bound| bound.site).map(|site| i64::from(site.0)),
            held: bid.held.fen(),
            created_at: created_at.micros(),
        }
    }

    /// The bid, given the rows that belong to it.
    pub fn bid(
        &self,
        alternatives: Vec<Alternative>,
        sites: Vec<SiteId>,
        vouchers: Vec<VoucherId>,
    ) -> Result<Bid, Corrupt> {
        let fill = match self.min_cards {
            None => FillRule::AllOrNone,
            Some(cards) => FillRule::Partial {
                min_cards: narrow("bid.min_cards", cards)?,
            },
        };
        Ok(Bid {
            id: BidId(self.id.cast_unsigned()),
            seq: Seq(self.seq.cast_unsigned()),
            tenant: OrgId(self.tenant.cast_unsigned()),
            group: OrgId(self.owner_group.cast_unsigned()),
            alternatives,
            earliest: hour("bid.earliest", self.earliest)?,
            latest: hour("bid.latest", self.latest)?,
            fill,
            placement: self.placement.0,
            sites: self.sites_limited.then_some(sites),
            domestic_only: self.domestic_only,
            max_fault_rate: self
                .max_fault_ppm
                .map(|ppm| narrow("bid.max_fault_ppm", ppm).map(Fraction::from_ppm))
                .transpose()?,
            tif: self.time_in_force()?,
            voucher: match self.voucher.as_str() {
                "auto" => VoucherPolicy::Auto,
                "none" => VoucherPolicy::None,
                "named" => VoucherPolicy::Named(vouchers),
                other => return Err(Corrupt::new("bid.voucher", other)),
            },
            purpose: self.purpose.map(|purpose| purpose.0),
            filled_cards: narrow("bid.filled_cards", self.filled_cards)?,
            bound: self.bound()?,
            held: Money::from_fen(self.held),
        })
    }

    fn time_in_force(&self) -> Result<TimeInForce, Corrupt> {
        match (self.tif.as_str(), self.expires_at) {
            ("gtc", None) => Ok(TimeInForce::Gtc),
            ("gtd", Some(at)) => Ok(TimeInForce::Gtd {
                expires_at: Timestamp::from_micros(at),
            }),
            ("ioc", None) => Ok(TimeInForce::Ioc),
            ("fok", None) => Ok(TimeInForce::Fok),
            (other, _) => Err(Corrupt::new("bid.tif", other)),
        }
    }

    fn bound(&self) -> Result<Option<Bound>, Corrupt> {
        let Some(alternative) = self.bound_alternative else {
            return Ok(None);
        };
        let site = self
            .bound_site
            .map(|site| narrow("bid.bound_site", site).map(SiteId))
            .transpose()?;
        Ok(Some(Bound {
            alternative: index("bid.bound_alternative", alternative)?,
            site,
        }))
    }
}

impl BidAlternativeRow {
    fn new(bid: BidId, place: usize, alternative: &Alternative) -> BidAlternativeRow {
        BidAlternativeRow {
            bid: bid.0.cast_signed(),
            idx: count(place),
            accelerator: i64::from(alternative.accelerator.0),
            cards: i64::from(alternative.cards),
            hours: i64::from(alternative.hours),
            limit_price: alternative.limit.micros(),
        }
    }

    /// What it would take.
    pub(crate) fn alternative(&self) -> Result<Alternative, Corrupt> {
        Ok(Alternative {
            accelerator: AcceleratorId(narrow("bid_alternative.accelerator", self.accelerator)?),
            cards: narrow("bid_alternative.cards", self.cards)?,
            hours: narrow("bid_alternative.hours", self.hours)?,
            limit: Price::from_micros(self.limit_price),
        })
    }
}

impl Batch {
    /// Adds a new bid.
    pub fn add_bid(&mut self, bid: &Bid, state: BidState, at: Timestamp) {
        self.new_bids.push(BidRow::new(bid, state, at));
        let alternatives = bid.alternatives.iter().enumerate();
        self.bid_alternatives
            .extend(alternatives.map(|(place, one)| BidAlternativeRow::new(bid.id, place, one)));
        let owner = bid.id.0.cast_signed();
        let sites = bid.sites.iter().flatten();
        self.bid_sites.extend(sites.map(|site| BidSiteRow {
            bid: owner,
            site: i64::from(site.0),
        }));
        if let VoucherPolicy::Named(vouchers) = &bid.voucher {
            let row = |(place, voucher): (usize, &VoucherId)| BidVoucherRow {
                bid: owner,
                idx: count(place),
                voucher: voucher.0.cast_signed(),
            };
            self.bid_vouchers.extend(vouchers.iter().enumerate().map(row));
        }
    }

    /// Says how an earlier bid stands now, or one that this batch adds.
    pub fn change_bid(&mut self, bid: &Bid, state: BidState) {
        let row = BidRow::new(bid, state, Timestamp::default());
        match self.new_bids.binary_search_by_key(&row.id, |new| new.id) {
            Ok(place) => {
                let created_at = self.new_bids[place].created_at;
                self.new_bids[place] = BidRow { created_at, ..row };
            }
            Err(_) => self.bids.push(row),
        }
    }

    /// Says that cards or limits of an earlier bid's alternatives were amended; their number stays.
    pub fn amend_alternatives(&mut self, bid: &Bid) {
        let alternatives = bid.alternatives.iter().enumerate();
        self.amended_alternatives
            .extend(alternatives.map(|(place, one)| BidAlternativeRow::new(bid.id, place, one)));
    }
}

/// Hands every live bid to `take`, in the order of their identifiers. Reads page by page: a million of them need not be in
/// memory twice.
pub fn load_live(reader: &mut Reader, mut take: impl FnMut(Bid)) -> Result<(), LoadError> {
    let mut after = -1;
    loop {
        let rows = bid::table
            .filter(sql::<Bool>(LIVE))
            .filter(bid::id.gt(after))
            .order(bid::id)
            .limit(PAGE)
            .select(BidRow::columns());
        let rows: Vec<BidRow> = on!(reader, connection => rows.load(connection))?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        let pages = (after, last.id);
        after = last.id;
        let mut parts = Parts::load(reader, pages)?;
        for row in &rows {
            let (alternatives, sites, vouchers) = parts.of(row)?;
            take(row.bid(alternatives, sites, vouchers)?);
        }
    }
}

/// What a bid has in other tables.
type Belongings = (Vec<Alternative>, Vec<SiteId>, Vec<VoucherId>);

/// The rows that belong to the live bids of a page, in the order of bids.
struct Parts {
    alternatives: std::iter::Peekable<std::vec::IntoIter<BidAlternativeRow>>,
    sites: std::iter::Peekable<std::vec::IntoIter<BidSiteRow>>,
    vouchers: std::iter::Peekable<std::vec::IntoIter<BidVoucherRow>>,
}

impl Parts {
    fn load(reader: &mut Reader, (after, last): (i64, i64)) -> Result<Parts, LoadError> {
        let live = || {
            let page = bid::id.gt(after).and(bid::id.le(last));
            bid::table.filter(sql::<Bool>(LIVE)).filter(page).select(bid::id)
        };
        let alternatives = bid_alternative::table
            .filter(bid_alternative::bid.gt(after).and(bid_alternative::bid.le(last)))
            .filter(bid_alternative::bid.eq_any(live()))
            .order((bid_alternative::bid, bid_alternative::idx))
            .select(BidAlternativeRow::columns());
        let sites = bid_site::table
            .filter(bid_site::bid.gt(after).and(bid_site::bid.le(last)))
            .filter(bid_site::bid.eq_any(live()))
            .order((bid_site::bid, bid_site::site))
            .select(BidSiteRow::columns());
        let vouchers = bid_voucher::table
            .filter(bid_voucher::bid.gt(after).and(bid_voucher::bid.le(last)))
            .filter(bid_voucher::bid.eq_any(live()))
            .order((bid_voucher::bid, bid_voucher::idx))
            .select(BidVoucherRow::columns());
        let alternatives: Vec<BidAlternativeRow> = on!(reader, connection => alternatives.load(connection))?;
        let sites: Vec<BidSiteRow> = on!(reader, connection => sites.load(connection))?;
        let vouchers: Vec<BidVoucherRow> = on!(reader, connection => vouchers.load(connection))?;
        Ok(Parts {
            alternatives: alternatives.into_iter().peekable(),
            sites: sites.into_iter().peekable(),
            vouchers: vouchers.into_iter().peekable(),
        })
    }

    fn of(&mut self, row: &BidRow) -> Result<Belongings, Corrupt> {
        let mut alternatives = Vec::new();
        while let Some(one) = self.alternatives.next_if(|one| one.bid == row.id) {
            alternatives.push(one.alternative()?);
        }
        let mut sites = Vec::new();
        while let Some(one) = self.sites.next_if(|one| one.bid == row.id) {
            sites.push(SiteId(narrow("bid_site.site", one.site)?));
        }
        let mut vouchers = Vec::new();
        while let Some(one) = self.vouchers.next_if(|one| one.bid == row.id) {
            vouchers.push(VoucherId(one.voucher.cast_unsigned()));
        }
        if alternatives.is_empty() {
            return Err(Corrupt::new("bid_alternative", &row.id.to_string()));
        }
        Ok((alternatives, sites, vouchers))
    }
}
