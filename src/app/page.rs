//! Pages: how long, from where on, and what they look like.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::domain::text::{as_text, base32, base32_number};
use crate::store::read::{Found, Slice};

/// Items of a page where nothing is said.
pub const LIMIT_DEFAULT: u32 = 50;
/// Items of a page at most.
pub const LIMIT_MAX: u32 = 200;

/// How many items a page may have: 1 to [`LIMIT_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(u32);

/// The number of items is out of range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("limit must be a number from 1 to {LIMIT_MAX}")]
pub struct LimitError;

impl Limit {
    /// Only one item.
    pub(crate) const ONE: Limit = Limit(1);

    /// So many items.
    ///
    /// # Errors
    /// None, or too many.
    pub fn new(items: u32) -> Result<Limit, LimitError> {
        if (1..=LIMIT_MAX).contains(&items) {
            Ok(Limit(items))
        } else {
            Err(LimitError)
        }
    }
}

impl Default for Limit {
    fn default() -> Limit {
        Limit(LIMIT_DEFAULT)
    }
}

impl<'de> Deserialize<'de> for Limit {
    /// A query has text where a body has a number: both are read.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Limit, D::Error> {
        let items = u32::deserialize(deserializer).map_err(|_| D::Error::custom(LimitError))?;
        Limit::new(items).map_err(D::Error::custom)
    }
}

/// Where a page goes on: the key of the last item before it. Nobody but us reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor(i64);

/// A text is no cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cursor must be the next_cursor of the page before")]
pub struct ParseCursorError;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = base32(self.0.cast_unsigned());
        f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl FromStr for Cursor {
    type Err = ParseCursorError;

    fn from_str(text: &str) -> Result<Cursor, ParseCursorError> {
        let number = base32_number(text).and_then(|number| i64::try_from(number).ok());
        number.map(Cursor).ok_or(ParseCursorError)
    }
}

as_text!(Cursor);

/// Which page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PageRequest {
    /// How long.
    pub limit: Limit,
    /// Where it goes on; none: the first page.
    pub after: Option<Cursor>,
}

impl PageRequest {
    /// Of a list with the newest first.
    pub(crate) fn newest_first(self) -> Slice {
        self.slice(i64::MAX)
    }

    /// Of a list with the oldest first.
    pub(crate) fn oldest_first(self) -> Slice {
        self.slice(-1)
    }

    fn slice(self, start: i64) -> Slice {
        Slice {
            key: self.after.map_or(start, |cursor| cursor.0),
            limit: i64::from(self.limit.0),
        }
    }
}

/// A page of a list. With a filter it can be shorter than asked for, even empty, and yet not the last: only a page whose
/// `next_cursor` is null is that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// What to give as `cursor` for the next page; null at the end.
    #[schema(value_type = Option<String>)]
    pub next_cursor: Option<Cursor>,
}

impl<T> Page<T> {
    /// Everything there is, as the only page.
    pub fn all(items: Vec<T>) -> Page<T> {
        Page {
            items,
            next_cursor: None,
        }
    }

    /// A page without items, and none after it.
    pub fn empty() -> Page<T> {
        Page::all(Vec::new())
    }

    /// What was found, as it is shown.
    pub(crate) fn of<R, E>(found: Found<R>, show: impl FnMut(R) -> Result<T, E>) -> Result<Page<T>, E> {
        Ok(Page {
            items: found.rows.into_iter().map(show).collect::<Result<_, E>>()?,
            next_cursor: found.next.map(Cursor),
        })
    }
}

/// Declares the query of a list: what it filters by, and which page. A parameter that is not named is an error.
macro_rules! query {
    (
        $(#[$doc:meta])*
        pub struct $name:ident {
            $($(#[$field_doc:meta])* pub $field:ident: $type:ty,)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, serde::Deserialize, utoipa::IntoParams)]
        #[into_params(parameter_in = Query)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$field_doc])* #[serde(default)] pub $field: $type,)*
            /// How many items, 1 to 200.
            #[serde(default)]
            #[param(value_type = Option<u32>, minimum = 1, maximum = 200, default = 50)]
            pub limit: $crate::app::page::Limit,
            /// The `next_cursor` of the page before.
            #[serde(default)]
            #[param(value_type = Option<String>, pattern = "^[0-7][0-9a-hjkmnp-tv-z]{12}$")]
            pub cursor: Option<$crate::app::page::Cursor>,
        }

        impl $name {
            /// Which page is asked for.
            pub fn page(&self) -> $crate::app::page::PageRequest {
                $crate::app::page::PageRequest {
                    limit: self.limit,
                    after: self.cursor,
                }
            }
        }
    };
}
pub(crate) use query;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_print_and_parse() {
        for key in [0, 1, 31, 32, 12_345_678, i64::MAX] {
            assert_eq!(Cursor(key).to_string().parse(), Ok(Cursor(key)));
        }
        for text in [
            "",
            "1",
            "000000000000u",
            "zzzzzzzzzzzzz",
            "0000000000000000",
            "-000000000001",
        ] {
            assert_eq!(text.parse::<Cursor>(), Err(ParseCursorError), "{text}");
        }
    }

    #[test]
    fn a_page_has_a_limit() {
        assert_eq!(Limit::new(0), Err(LimitError));
        assert_eq!(Limit::new(1), Ok(Limit(1)));
        assert_eq!(Limit::new(200), Ok(Limit(200)));
        assert_eq!(Limit::new(201), Err(LimitError));
    }
}
