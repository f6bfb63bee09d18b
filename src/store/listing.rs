//! Listings.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::column::{Named, row};
use super::connection::Reader;
use super::load::{Corrupt, LoadError, hour, narrow, window};
use super::schema::{listing, listing_maintenance};
use super::writer::Batch;
use crate::domain::id::{AcceleratorId, ListingId, OrgId, Seq, SiteId};
use crate::domain::listing::{Listing, ListingMode, ListingState, Sla};
use crate::domain::money::Price;
use crate::domain::rate::Fraction;
use crate::domain::time::{Timestamp, Window};
use crate::on;

row! {
    /// A listing.
    pub struct ListingRow in listing by (id) changing (seq, from_hour, until_hour, ask, islands, cards_per_island, state) {
        /// Its identifier.
        pub id: i64,
        /// Its place in the order of precedence.
        pub seq: i64,
        /// Who offers.
        pub provider: i64,
        /// The provider's owner group.
        pub owner_group: i64,
        /// Where the cards stand.
        pub site: i64,
        /// What they are.
        pub accelerator: i64,
        /// Sets of cards on one interconnect.
        pub islands: i64,
        /// Cards in each of them.
        pub cards_per_island: i64,
        /// First hour on offer.
        pub from_hour: i64,
        /// The hour after the last one.
        pub until_hour: i64,
        /// Micro-yuan a card-hour.
        pub ask: i64,
        /// Cards are let in multiples of this.
        pub lot_cards: i64,
        /// Shortest lease.
        pub min_hours: i64,
        /// Longest lease.
        pub max_hours: i64,
        /// How it trades.
        pub mode: Named<ListingMode>,
        /// Promised fault rate, in parts per million.
        pub max_fault_ppm: i64,
        /// Credit for an unavailable card-second, in parts per million of its price.
        pub credit_ppm: i64,
        /// Where it stands in its life.
        pub state: Named<ListingState>,
        /// When it was listed, in microseconds.
        pub created_at: i64,
    }
}

row! {
    /// Hours in which nothing of a listing is let.
    pub struct ListingMaintenanceRow in listing_maintenance by (listing, from_hour) {
        /// Which listing.
        pub listing: i64,
        /// The first of them.
        pub from_hour: i64,
        /// The hour after the last one.
        pub until_hour: i64,
    }
}

/// As the partial index `listing_open` says it: with a bound parameter it would not be used.
pub(crate) const OPEN: &str = "listing.state = 'open'";

impl ListingRow {
    /// The row of a listing in `state`. `created_at` counts only when the row is new.
    pub fn new(listing: &Listing, state: ListingState, created_at: Timestamp) -> ListingRow {
        ListingRow {
            id: listing.id.0.cast_signed(),
            seq: listing.seq.0.cast_signed(),
            provider: listing.provider.0.cast_signed(),
            owner_group: listing.group.0.cast_signed(),
            site: i64::from(listing.site.0),
            accelerator: i64::from(listing.accelerator.0),
            islands: i64::from(listing.islands),
            cards_per_island: i64::from(listing.cards_per_island),
            from_hour: i64::from(listing.window.from().0),
            until_hour: i64::from(listing.window.until().0),
            ask: listing.ask.micros(),
            lot_cards: i64::from(listing.lot_cards),
            min_hours: i64::from(listing.min_hours),
            max_hours: i64::from(listing.max_hours),
            mode: Named(listing.mode),
            max_fault_ppm: i64::from(listing.sla.max_fault_rate.ppm()),
            credit_ppm: i64::from(listing.sla.credit_rate.ppm()),
            state: Named(state),
            created_at: created_at.micros(),
        }
    }

    /// The listing, given its maintenance.
    pub fn listing(&self, maintenance: Vec<Window>) -> Result<Listing, Corrupt> {
        let cards = |value| narrow("listing", value);
        let ppm = |value| narrow("listing", value).map(Fraction::from_ppm);
        Ok(Listing {
            id: ListingId(self.id.cast_unsigned()),
            seq: Seq(self.seq.cast_unsigned()),
            provider: OrgId(self.provider.cast_unsigned()),
            group: OrgId(self.owner_group.cast_unsigned()),
            site: SiteId(narrow("listing.site", self.site)?),
            accelerator: AcceleratorId(narrow("listing.accelerator", self.accelerator)?),
            islands: cards(self.islands)?,
            cards_per_island: cards(self.cards_per_island)?,
            window: window("listing.until_hour", self.from_hour, self.until_hour)?,
            ask: Price::from_micros(self.ask),
            lot_cards: cards(self.lot_cards)?,
            min_hours: cards(self.min_hours)?,
            max_hours: cards(self.max_hours)?,
            mode: self.mode.0,
            sla: Sla {
                max_fault_rate: ppm(self.max_fault_ppm)?,
                credit_rate: ppm(self.credit_ppm)?,
            },
            maintenance,
        })
    }
}

impl Batch {
    /// Adds a new listing.
    pub fn add_listing(&mut self, listing: &Listing, at: Timestamp) {
        self.new_listings.push(ListingRow::new(listing, ListingState::Open, at));
        self.listing_maintenance
            .extend(listing.maintenance.iter().map(|window| ListingMaintenanceRow {
                listing: listing.id.0.cast_signed(),
                from_hour: i64::from(window.from().0),
                until_hour: i64::from(window.until().0),
            }));
    }

    /// Says how an earlier listing stands now, or one that this batch adds.
    pub fn change_listing(&mut self, listing: &Listing, state: ListingState) {
        let row = ListingRow::new(listing, state, Timestamp::default());
        match self.new_listings.binary_search_by_key(&row.id, |new| new.id) {
            Ok(place) => {
                let created_at = self.new_listings[place].created_at;
                self.new_listings[place] = ListingRow { created_at, ..row };
            }
            Err(_) => self.listings.push(row),
        }
    }
}

/// The open listings, in the order of their identifiers.
pub fn load_open(reader: &mut Reader) -> Result<Vec<Listing>, LoadError> {
    let rows = listing::table
        .filter(sql::<Bool>(OPEN))
        .order(listing::id)
        .select(ListingRow::columns());
    let rows: Vec<ListingRow> = on!(reader, connection => rows.load(connection))?;
    let maintenance = listing_maintenance::table
        .inner_join(listing::table)
        .filter(sql::<Bool>(OPEN))
        .order((listing_maintenance::listing, listing_maintenance::from_hour))
        .select(ListingMaintenanceRow::columns());
    let maintenance: Vec<ListingMaintenanceRow> = on!(reader, connection => maintenance.load(connection))?;
    let mut maintenance = maintenance.into_iter().peekable();
    let mut listings = Vec::with_capacity(rows.len());
    for row in rows {
        let mut windows = Vec::new();
        while let Some(closed) = maintenance.next_if(|closed| closed.listing <= row.id) {
            let (from, until) = (
                hour("listing_maintenance.from_hour", closed.from_hour)?,
                closed.until_hour,
            );
            windows.push(window("listing_maintenance.until_hour", i64::from(from.0), until)?);
        }
        listings.push(row.listing(windows)?);
    }
    Ok(listings)
}
