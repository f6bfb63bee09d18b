//! Trades: what was agreed, without names.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::readers::ReadError;
use crate::app::replica::Replica;
use crate::domain::code::Code;
use crate::domain::id::FillId;
use crate::domain::lease::Fill;
use crate::domain::money::Price;
use crate::domain::time::Timestamp;
use crate::engine::Rejection;
use crate::engine::matching::Product;
use crate::engine::rejection::{FieldRule, invalid};
use crate::engine::state::Catalogue;
use crate::store::Reader;
use crate::store::fill::{self, TradeFilter};
use crate::store::load::LoadError;
use crate::store::read::{EXAMINED_MAX, Slice};

/// Trades of a page where nothing is said.
pub const PAGE_DEFAULT: usize = 50;
/// Most trades of a page.
pub const PAGE_MAX: usize = 200;

/// What is asked. Everything can be left out.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TradesQuery {
    /// Of this accelerator.
    pub accelerator: Option<Code>,
    /// At this site; only together with an accelerator.
    pub site: Option<Code>,
    /// Older than this one: the `next_cursor` of the page before.
    pub cursor: Option<FillId>,
    /// So many. None: 50; at most 200.
    pub limit: Option<usize>,
}

/// A trade: cards of one listing let for one interval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TradeView {
    /// The fill.
    pub id: FillId,
    /// What was let.
    pub accelerator: Code,
    /// Where.
    pub site: Code,
    /// How many.
    pub cards: u32,
    /// From when.
    pub start: Timestamp,
    /// Until when.
    pub end: Timestamp,
    /// At which price.
    pub price: Price,
    /// When that was agreed.
    pub at: Timestamp,
}

/// A page of trades, newest first. With a site it can be shorter than asked for, even empty, and yet not the last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TradesPage {
    /// The trades.
    pub items: Vec<TradeView>,
    /// What to give as `cursor` for the next page; null at the end.
    pub next_cursor: Option<FillId>,
}

/// Why market data of the past cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// What was asked breaks rules.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The database does not answer well.
    #[error(transparent)]
    Load(#[from] LoadError),
}

impl From<HistoryError> for ReadError {
    fn from(error: HistoryError) -> ReadError {
        match error {
            HistoryError::Rejected(Rejection::Invalid(mut errors)) if !errors.is_empty() => {
                ReadError::Invalid(errors.swap_remove(0))
            }
            HistoryError::Rejected(rejection) => ReadError::Unavailable(rejection.to_string()),
            HistoryError::Load(error) => error.into(),
        }
    }
}

impl TradeView {
    /// A fill as anybody may see it; none where its codes are not known.
    pub(super) fn of(catalogue: &Catalogue, fill: &Fill) -> Option<TradeView> {
        Some(TradeView {
            id: fill.id,
            accelerator: catalogue.accelerator(fill.accelerator)?.code.clone(),
            site: catalogue.site(fill.site)?.code.clone(),
            cards: fill.cards,
            start: fill.window.from().timestamp(),
            end: fill.window.until().timestamp(),
            price: fill.price,
            at: fill.at,
        })
    }
}

/// Trades, newest first.
///
/// # Errors
/// See [`HistoryError`].
pub fn trades(replica: &Replica, reader: &mut Reader, query: &TradesQuery) -> Result<TradesPage, HistoryError> {
    let filter = match (&query.accelerator, &query.site) {
        (None, None) => None,
        (None, Some(_)) => {
            let detail = "is needed with a site";
            return Err(invalid("/accelerator", FieldRule::Empty, detail).into());
        }
        (Some(accelerator), site) => {
            let product = replica.read(|state| super::product(&state.catalogue, accelerator, site.as_ref()))?;
            let Product { accelerator, site } = product;
            Some(TradeFilter { accelerator, site })
        }
    };
    let limit = query.limit.unwrap_or(PAGE_DEFAULT);
    if limit == 0 || limit > PAGE_MAX {
        return Err(invalid("/limit", FieldRule::TooLarge, "must be from 1 to 200").into());
    }
    let slice = Slice {
        key: query
            .cursor
            .map_or(i64::MAX, |id| i64::try_from(id.0).unwrap_or(i64::MAX)),
        limit: i64::try_from(limit).unwrap_or(i64::MAX),
    };
    let found = fill::newest(reader, filter, slice, EXAMINED_MAX)?;
    let items: Vec<TradeView> = replica.read(|state| {
        let view = |fill: &Fill| TradeView::of(&state.catalogue, fill);
        found.rows.iter().filter_map(view).collect()
    });
    let next_cursor = found.next.map(|id| FillId(id.cast_unsigned()));
    Ok(TradesPage { items, next_cursor })
}
