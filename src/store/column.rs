//! How a row goes into its table: one list of columns, whatever the back end.

use serde::de::value::{Error as WordError, StrDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer};
use serde::ser::{Impossible, Serialize, Serializer};

/// Takes the values of a row, one call a column, in order.
pub trait Sink {
    /// An integer.
    fn int(&mut self, value: i64);
    /// A text.
    fn text(&mut self, value: &str);
    /// Bytes.
    fn bytes(&mut self, value: &[u8]);
    /// A truth value.
    fn bool(&mut self, value: bool);
    /// Nothing.
    fn null(&mut self);
}

/// A value that fits a column.
pub trait Column {
    /// Puts it there.
    fn put(&self, sink: &mut impl Sink);
}

/// A row of a table that the writer appends to or updates. See [`row!`].
pub trait Row {
    /// The table in `schema.rs`.
    type Table: diesel::Table + Default;
    /// The table's name.
    const TABLE: &'static str;
    /// All columns, in the order of [`Row::write`].
    const COLUMNS: &'static [&'static str];
    /// The primary key.
    const KEY: &'static [&'static str];
    /// What an update changes; where nothing is said, all but the key.
    const CHANGING: &'static [&'static str];

    /// The values of the primary key.
    fn key(&self) -> impl Ord;
    /// Puts every column into `sink`.
    fn write(&self, sink: &mut impl Sink);
}

/// A plain enum of the domain in a text column, under the name that it has in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, diesel::deserialize::FromSqlRow)]
pub struct Named<E>(pub E);

impl<E: Serialize> Named<E> {
    /// The name.
    pub fn word(&self) -> &'static str {
        let word = self.0.serialize(Words);
        debug_assert!(word.is_ok(), "only enums without content have one word");
        word.unwrap_or("")
    }
}

impl<E: DeserializeOwned> Named<E> {
    /// What has the name `word`.
    pub fn parse(word: &str) -> Result<Named<E>, WordError> {
        let deserializer: StrDeserializer<'_, WordError> = word.into_deserializer();
        E::deserialize(deserializer).map(Named)
    }
}

impl Column for i64 {
    fn put(&self, sink: &mut impl Sink) {
        sink.int(*self);
    }
}

impl Column for bool {
    fn put(&self, sink: &mut impl Sink) {
        sink.bool(*self);
    }
}

impl Column for String {
    fn put(&self, sink: &mut impl Sink) {
        sink.text(self);
    }
}

impl Column for Vec<u8> {
    fn put(&self, sink: &mut impl Sink) {
        sink.bytes(self);
    }
}

impl<E: Serialize> Column for Named<E> {
    fn put(&self, sink: &mut impl Sink) {
        sink.text(self.word());
    }
}

impl<T: Column> Column for Option<T> {
    fn put(&self, sink: &mut impl Sink) {
        match self {
            Some(value) => value.put(sink),
            None => sink.null(),
        }
    }
}

/// Declares the row of a table: its struct, how diesel reads it and how the writer puts it.
///
/// `by` names the primary key, `changing` what an update of an existing row sets.
macro_rules! row {
    (
        $(#[$doc:meta])*
        pub struct $name:ident in $table:ident by ($($key:ident),+) $(changing ($($changing:ident),+))? {
            $($(#[$field_doc:meta])* pub $field:ident: $type:ty,)+
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, diesel::Queryable)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)+
        }

        impl $name {
            /// What a query selects to get such rows; the same for both back ends, unlike diesel's `as_select`.
            pub fn columns() -> ($(crate::store::schema::$table::$field,)+) {
                ($(crate::store::schema::$table::$field,)+)
            }
        }

        impl $crate::store::column::Row for $name {
            type Table = crate::store::schema::$table::table;
            const TABLE: &'static str = stringify!($table);
            const COLUMNS: &'static [&'static str] = &[$(stringify!($field)),+];
            const KEY: &'static [&'static str] = &[$(stringify!($key)),+];
            const CHANGING: &'static [&'static str] = &[$($(stringify!($changing)),+)?];

            fn key(&self) -> impl Ord {
                ($(&self.$key,)+)
            }

            fn write(&self, sink: &mut impl $crate::store::column::Sink) {
                $($crate::store::column::Column::put(&self.$field, sink);)+
            }
        }
    };
}
pub(crate) use row;

/// Serialises an enum without content to its name.
struct Words;

macro_rules! refuse {
    ($($method:ident($($type:ty),*) -> $ok:ty;)+) => {
        $(fn $method(self, $(_: $type),*) -> Result<$ok, std::fmt::Error> {
            Err(std::fmt::Error)
        })+
    };
}

impl Serializer for Words {
    type Ok = &'static str;
    type Error = std::fmt::Error;
    type SerializeSeq = Impossible<Self::Ok, Self::Error>;
    type SerializeTuple = Impossible<Self::Ok, Self::Error>;
    type SerializeTupleStruct = Impossible<Self::Ok, Self::Error>;
    type SerializeTupleVariant = Impossible<Self::Ok, Self::Error>;
    type SerializeMap = Impossible<Self::Ok, Self::Error>;
    type SerializeStruct = Impossible<Self::Ok, Self::Error>;
    type SerializeStructVariant = Impossible<Self::Ok, Self::Error>;

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<&'static str, std::fmt::Error> {
        Ok(variant)
    }

    fn serialize_some<T: ?Sized + Serialize>(self, _: &T) -> Result<&'static str, std::fmt::Error> {
        Err(std::fmt::Error)
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        _: &T,
    ) -> Result<&'static str, std::fmt::Error> {
        Err(std::fmt::Error)
    }

    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<&'static str, std::fmt::Error> {
        Err(std::fmt::Error)
    }

    refuse! {
        serialize_bool(bool) -> &'static str;
        serialize_i8(i8) -> &'static str;
        serialize_i16(i16) -> &'static str;
        serialize_i32(i32) -> &'static str;
        serialize_i64(i64) -> &'static str;
        serialize_u8(u8) -> &'static str;
        serialize_u16(u16) -> &'static str;
        serialize_u32(u32) -> &'static str;
        serialize_u64(u64) -> &'static str;
        serialize_f32(f32) -> &'static str;
        serialize_f64(f64) -> &'static str;
        serialize_char(char) -> &'static str;
        serialize_str(&str) -> &'static str;
        serialize_bytes(&[u8]) -> &'static str;
        serialize_none() -> &'static str;
        serialize_unit() -> &'static str;
        serialize_unit_struct(&'static str) -> &'static str;
        serialize_seq(Option<usize>) -> Self::SerializeSeq;
        serialize_tuple(usize) -> Self::SerializeTuple;
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant;
        serialize_map(Option<usize>) -> Self::SerializeMap;
        serialize_struct(&'static str, usize) -> Self::SerializeStruct;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant;
    }
}

/// What an update of `R` sets: nothing if all its columns are key.
pub(crate) fn changing<R: Row>() -> Vec<&'static str> {
    if R::CHANGING.is_empty() {
        let plain = |column: &&&str| !R::KEY.contains(*column);
        R::COLUMNS.iter().filter(plain).copied().collect()
    } else {
        R::CHANGING.to_vec()
    }
}

/// The rows of `rows` in the order of their keys, of each key only the last one.
pub(crate) fn latest<R: Row>(rows: &[R]) -> Vec<&R> {
    let mut sorted: Vec<&R> = rows.iter().collect();
    sorted.sort_by(|one, other| one.key().cmp(&other.key()));
    let mut kept: Vec<&R> = Vec::with_capacity(sorted.len());
    for row in sorted {
        match kept.last_mut() {
            Some(last) if last.key() == row.key() => *last = row,
            Some(_) | None => kept.push(row),
        }
    }
    kept
}
