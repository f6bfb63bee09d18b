//! Applications: reviews, public notice with objections, and the decision.

use serde::{Deserialize, Serialize};

use crate::domain::time::Timestamp;
use crate::domain::user::Role;
use crate::engine::event::Event;
use crate::engine::rejection::Rejection;
use crate::engine::state::State;

/// What can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationCommand {}

impl ApplicationCommand {
    /// Its name in the journal.
    pub fn kind(&self) -> &'static str {
        match *self {}
    }

    /// Which role decides on it as the second person; none: no second person is needed.
    pub fn decided_by(&self) -> Option<Role> {
        match *self {}
    }
}

/// What is checked when two people are to decide on it; it changes nothing.
pub fn check(_state: &State, command: &ApplicationCommand, _at: Timestamp) -> Result<(), Rejection> {
    match *command {}
}

/// Does it.
pub fn apply(
    _state: &mut State,
    _events: &mut Vec<Event>,
    command: ApplicationCommand,
    _at: Timestamp,
) -> Result<(), Rejection> {
    match command {}
}
