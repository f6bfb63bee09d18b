//! The names that a flow gives to what it makes.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::app::exchange::Handle;
use crate::app::request::SubmitError;
use crate::domain::id::{BidId, LeaseId, OrgId};

/// Fields in which an identifier is expected, wherever they stand in a body.
const ID_FIELDS: [&str; 11] = [
    "org",
    "owner",
    "a",
    "b",
    "bid",
    "listing",
    "programme",
    "voucher",
    "lease",
    "provider",
    "dispute",
];

/// What names stand for.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// The identifier; none while the answer is still to come.
    ids: BTreeMap<String, Option<String>>,
}

impl Names {
    /// A name whose identifier is still to come.
    pub(super) fn expect(&mut self, name: &str) {
        self.ids.insert(name.to_owned(), None);
    }

    /// What the answer to the line of that name says; none where it was refused.
    pub(super) fn resolve(&mut self, name: &str, id: Option<String>) {
        match id {
            Some(id) => self.ids.insert(name.to_owned(), Some(id)),
            None => self.ids.remove(name),
        };
    }

    /// Whether the body, or `actor`, uses a name whose answer is still to come.
    pub(super) fn must_wait(&self, actor: Option<&str>, body: &Value) -> bool {
        let waits = |name: &str| self.ids.get(bid_of(name)).is_some_and(Option::is_none);
        actor.is_some_and(waits) || any_id(body, &mut |text| waits(text))
    }

    /// The organisation of that name or identifier.
    pub(super) fn org(&self, name: &str) -> Option<OrgId> {
        match self.ids.get(name) {
            Some(Some(id)) => id.parse().ok(),
            Some(None) | None => name.parse().ok(),
        }
    }

    /// Replaces names by identifiers, wherever one is expected.
    pub(super) fn replace(&self, handle: &Handle, body: &mut Value) -> Result<(), SubmitError> {
        each_id(body, &mut |field, text| {
            if field == "lease" {
                self.lease(handle, text)
            } else {
                Ok(self.ids.get(text.as_str()).cloned().flatten())
            }
        })
    }

    /// A lease is named by its bid: `b1` is the first lease of the bid `b1`, `b1/2` the second.
    fn lease(&self, handle: &Handle, text: &str) -> Result<Option<String>, SubmitError> {
        let (bid, place) = text.split_once('/').unwrap_or((text, "1"));
        let bid: Option<BidId> = self.ids.get(bid).cloned().flatten().and_then(|id| id.parse().ok());
        let place: Option<usize> = place.parse().ok().filter(|place| *place > 0);
        let (Some(bid), Some(place)) = (bid, place) else {
            return Ok(None);
        };
        let found: Option<LeaseId> = handle.inspect(move |state| {
            let mut of_bid = state.leases.values().filter(|lease| lease.fill.bid == bid);
            of_bid.nth(place - 1).map(crate::domain::lease::Lease::id)
        })?;
        Ok(found.map(|lease| lease.to_string()))
    }
}

fn bid_of(name: &str) -> &str {
    name.split_once('/').map_or(name, |(bid, _)| bid)
}

fn any_id(body: &Value, test: &mut impl FnMut(&str) -> bool) -> bool {
    match body {
        Value::Object(fields) => fields.iter().any(|(field, value)| match value {
            Value::String(text) => ID_FIELDS.contains(&field.as_str()) && test(text),
            Value::Array(items) if ID_FIELDS.contains(&field.as_str()) => {
                items.iter().any(|item| item.as_str().is_some_and(&mut *test))
            }
            other => any_id(other, test),
        }),
        Value::Array(items) => items.iter().any(|item| any_id(item, test)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

type Replacement = Result<Option<String>, SubmitError>;

fn each_id(body: &mut Value, replace: &mut impl FnMut(&str, &String) -> Replacement) -> Result<(), SubmitError> {
    match body {
        Value::Object(fields) => {
            for (field, value) in fields.iter_mut() {
                if ID_FIELDS.contains(&field.as_str()) {
                    replace_here(field, value, replace)?;
                } else {
                    each_id(value, replace)?;
                }
            }
            Ok(())
        }
        Value::Array(items) => items.iter_mut().try_for_each(|item| each_id(item, replace)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

fn replace_here(
    field: &str,
    value: &mut Value,
    replace: &mut impl FnMut(&str, &String) -> Replacement,
) -> Result<(), SubmitError> {
    match value {
        Value::String(text) => {
            if let Some(id) = replace(field, text)? {
                *text = id;
            }
            Ok(())
        }
        Value::Array(items) => items.iter_mut().try_for_each(|item| replace_here(field, item, replace)),
        other => each_id(other, replace),
    }
}
