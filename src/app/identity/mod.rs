//! Who people and machines are, and how they prove it.
//!
//! [`Identity`] is the state machine: like the engine it is pure, time is an argument, and the sequencer's thread is the only
//! one that changes it; what it changes goes into the same transaction as everything else. [`Directory`] is how the other
//! threads look into it, [`Access`] what they can ask for.

mod access;
pub mod body;
mod directory;
mod error;
mod key;
mod lock;
pub mod password;
mod people;
pub(in crate::app) mod person;
mod secret;
mod session;
mod state;
mod view;

pub use access::{Access, NewKey};
pub use directory::{Directory, UserPage};
pub use error::AccessError;
pub use key::{KEYS_OF_ORG_MAX, KeyError, KeyOrder};
pub use lock::{FAILURES_FREE, LOCK_SECONDS_MAX};
pub use people::{Authority, People, Registration};
pub use person::{NAME_CHARS_MAX, PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN, identity_hash, normal};
pub use secret::{ApiKeyText, RefreshText};
pub use session::{LogInError, Opening, REFRESH_HOURS, RefreshError, SESSION_HOURS_MAX, SESSIONS_MAX};
pub use state::{Identity, NumbersGiven};
pub use view::{KeyView, MadeKeyView, PersonView, SessionView, TokenAnswer};

#[cfg(test)]
mod tests;
