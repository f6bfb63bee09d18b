//! What the giver of a command on a lease is told: the lease as it is now, and what was agreed.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Answer, fills, first};
use crate::app::view::fill::SoldView;
use crate::domain::id::LeaseId;
use crate::domain::lease::LeaseState;
use crate::domain::life::change::ChangeState;
use crate::domain::time::Timestamp;
use crate::engine::Event;
use crate::engine::lease::LeaseCommand;

/// A lease to which something was done.
#[derive(Debug, Serialize, ToSchema)]
pub struct LifeAnswer {
    id: LeaseId,
    state: LeaseState,
    ends: Timestamp,
    /// The number of the change that was asked for or answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<u32>,
    /// What has become of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    change_state: Option<ChangeState>,
    /// The lease that goes on in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    successor: Option<LeaseId>,
    /// What resting bids took at once of cards that became free.
    fills: Vec<SoldView>,
}

/// The last image of the lease tells where it stands now.
pub(super) fn answer<'a>(command: &LeaseCommand, events: &'a [Event]) -> Answer<'a> {
    let Some(id) = command.lease() else {
        return first(events, |event| match event {
            Event::AccessKeySet(key) => Some(Answer::AccessKey(key)),
            _ => None,
        });
    };
    let image = events.iter().rev().find_map(|event| match event {
        Event::LeaseChanged(lease) if lease.id() == id => Some(lease),
        _ => None,
    });
    let Some(lease) = image else {
        return Answer::Done(super::DoneAnswer {});
    };
    let number = command.change();
    let told = events.iter().rev().find_map(|event| match event {
        Event::LeaseChangeSet(image)
            if image.lease == id && number.is_none_or(|number| number == image.request.number) =>
        {
            Some(image)
        }
        _ => None,
    });
    let told = told.filter(|_| command.is_change());
    Answer::Led(LifeAnswer {
        id,
        state: lease.state,
        ends: lease.ends.timestamp(),
        change: told.map(|image| image.request.number),
        change_state: told.map(|image| image.state),
        successor: told.and_then(|image| image.successor),
        fills: fills(events)
            .filter(|fill| fill.origin.is_match())
            .map(SoldView::of)
            .collect(),
    })
}
