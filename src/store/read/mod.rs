//! What is asked for page by page or by identifier, by noun.
//!
//! A page walks along an index, from a key on, and looks at no more than [`EXAMINED_MAX`] rows: where a filter that no index
//! serves finds too little among those, the page is short and says where to go on. So no index has to be written for the sake
//! of rare questions.
//!
//! Not bounded so are balances as of an instant, the histories of accounts and what became of vouchers, which sum or walk along
//! all transfers that the entries do not cover yet: whoever asks these sees to it that few are asked at once. And a page of an
//! organisation's accounts finds all that the organisation has before it is cut.

/// Runs an expression on the connection inside a [`Reader`], like [`crate::on!`], for queries that are put together at run
/// time: these need the back end's name.
macro_rules! boxed {
    ($reader:expr, $connection:ident, $backend:ident => $body:expr) => {
        match $reader {
            $crate::store::Reader::Sqlite($connection) => {
                type $backend = diesel::sqlite::Sqlite;
                $body
            }
            $crate::store::Reader::Postgresql($connection) => {
                type $backend = diesel::pg::Pg;
                $body
            }
        }
    };
}

/// The rows of a table before a key, newest first. `indexed` adds the conditions that an index serves, `else` the others,
/// which count only where `narrowed` holds.
macro_rules! newest {
    (
        $reader:expr, $slice:expr, $table:ident by $key:ident as $row:ty,
        indexed $query:ident => $indexed:expr, narrowed $narrowed:expr => $rest:expr
    ) => {{
        let slice: $crate::store::read::Slice = $slice;
        let floor: Option<i64> = if $narrowed {
            boxed!(&mut *$reader, connection, Db => {
                let $query = $table::table
                    .select($table::$key)
                    .filter($table::$key.lt(slice.key))
                    .into_boxed::<Db>();
                let $query = $indexed;
                $query
                    .order($table::$key.desc())
                    .offset($crate::store::read::EXAMINED_MAX - 1)
                    .limit(1)
                    .first::<i64>(connection)
                    .optional()
            })?
        } else {
            None
        };
        let rows: Vec<$row> = boxed!(&mut *$reader, connection, Db => {
            let $query = $table::table
                .select(<$row>::columns())
                .filter($table::$key.lt(slice.key))
                .into_boxed::<Db>();
            let $query = $indexed;
            let mut $query = $rest;
            if let Some(floor) = floor {
                $query = $query.filter($table::$key.ge(floor));
            }
            $query
                .order($table::$key.desc())
                .limit(slice.limit + 1)
                .load::<$row>(connection)
        })?;
        $crate::store::read::Found::cut(rows, slice, floor, |row| row.$key)
    }};
}

pub mod account;
pub mod alert;
pub mod application;
pub mod approval;
pub mod banking;
pub mod bid;
pub mod catalogue;
pub mod claim;
pub mod dispute;
pub mod flag;
pub mod journal;
pub mod lease;
pub mod listing;
pub mod organisation;
pub mod outage;
pub mod programme;
pub mod recovery;
pub mod redemption;
pub mod relation;
pub mod settlement;
pub mod transfer;
pub mod usage;
pub mod voucher;
pub mod writer_lease;

use crate::domain::id::OrgId;

/// Rows that a page with a filter looks at.
pub const EXAMINED_MAX: i64 = 10_000;

/// Where a page starts and how long it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    /// Rows before this key, or after it, as the order says; the key itself is not in the page.
    pub key: i64,
    /// How many.
    pub limit: i64,
}

/// What an asker may see of the voucher office.
#[derive(Debug, Clone, Default)]
pub struct Within {
    /// What is of this organisation.
    pub org: Option<OrgId>,
    /// And what is under these programmes.
    pub programmes: Vec<i64>,
}

impl Within {
    /// The organisation, as a list of at most one.
    fn own(&self) -> Vec<i64> {
        self.org.iter().map(|org| org.0.cast_signed()).collect()
    }
}

/// A page of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// The key from which the next page goes on; none at the end.
    pub next: Option<i64>,
}

impl<T> Found<T> {
    /// A page without rows, and none after it.
    pub fn nothing() -> Found<T> {
        Found {
            rows: Vec::new(),
            next: None,
        }
    }

    /// A page of `rows`, which are one more than the limit if there are more; else everything down to `floor` was looked at.
    pub(crate) fn cut(mut rows: Vec<T>, slice: Slice, floor: Option<i64>, key: impl Fn(&T) -> i64) -> Found<T> {
        let limit = usize::try_from(slice.limit).unwrap_or(usize::MAX);
        let is_cut = rows.len() > limit;
        rows.truncate(limit);
        let next = if is_cut { rows.last().map(key) } else { floor };
        Found { rows, next }
    }

    /// The newest of two pages of one table, each of which has all rows of its own down to its `next`.
    pub(crate) fn newest_of(one: Found<T>, other: Found<T>, slice: Slice, key: impl Fn(&T) -> i64) -> Found<T> {
        let floor = one.next.max(other.next);
        let mut rows = one.rows;
        rows.extend(other.rows);
        rows.retain(|row| floor.is_none_or(|floor| key(row) >= floor));
        rows.sort_by_key(|row| std::cmp::Reverse(key(row)));
        rows.dedup_by_key(|row| key(row));
        Found::cut(rows, slice, floor, key)
    }

    /// The same page of something else.
    pub(crate) fn try_map<U, E>(self, change: impl FnMut(T) -> Result<U, E>) -> Result<Found<U>, E> {
        Ok(Found {
            rows: self.rows.into_iter().map(change).collect::<Result<_, E>>()?,
            next: self.next,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(rows: &[i64], next: Option<i64>) -> Found<i64> {
        Found {
            rows: rows.to_vec(),
            next,
        }
    }

    #[test]
    fn a_page_ends_where_its_rows_or_what_was_looked_at_end() {
        let slice = Slice { key: 100, limit: 2 };
        let cut = |rows: &[i64], floor| Found::cut(rows.to_vec(), slice, floor, |row| *row);
        assert_eq!(cut(&[9, 8, 7], None), found(&[9, 8], Some(8)));
        assert_eq!(cut(&[9, 8], None), found(&[9, 8], None));
        assert_eq!(cut(&[9], Some(4)), found(&[9], Some(4)));
        assert_eq!(cut(&[9, 8, 7], Some(4)), found(&[9, 8], Some(8)));
    }

    #[test]
    fn two_pages_make_one_without_gaps() {
        let slice = Slice { key: 100, limit: 3 };
        let both = |one, other| Found::newest_of(one, other, slice, |row| *row);
        // What the one has below 7 is not known: 5 waits for the next page.
        let page = both(found(&[9, 8, 7], Some(7)), found(&[8, 5], None));
        assert_eq!(page, found(&[9, 8, 7], Some(7)));
        let page = both(found(&[9, 3], None), found(&[8, 5], None));
        assert_eq!(page, found(&[9, 8, 5], Some(5)));
        assert_eq!(both(found(&[9], None), found(&[], None)), found(&[9], None));
    }
}
