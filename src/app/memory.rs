//! What the sequencer keeps in memory, and how it is read from the database.

use std::thread;
use std::time::Duration;

use super::clock::{Clock, system_now};
use super::identity::{Directory, Identity, NumbersGiven};
use super::recent::Recent;
use super::replica::Follower;
use super::webhook::{HookBook, Hooks, HooksGiven};
use crate::domain::log::Suite;
use crate::engine::State;
use crate::store::{self, OpenError, Reader, Url, Writer};

/// What the sequencer needs to start, and to start again.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) url: Url,
    pub(super) holder: String,
    pub(super) clock: Clock,
    pub(super) directory: Directory,
    pub(super) hooks: HookBook,
    pub(super) follower: Follower,
}

/// Everything that is dropped and read again when a commit fails.
pub(super) struct Memory {
    pub(super) state: State,
    pub(super) recent: Recent,
    pub(super) reader: Reader,
    /// The next command's place.
    pub(super) command_seq: i64,
    /// The next event's place.
    pub(super) leaf_seq: i64,
    /// What the log is hashed with.
    pub(super) suite: Suite,
}

/// How long is waited before a database that cannot be used is tried again; twice as long each time, 13 s in all.
const RELOAD_PAUSE_MIN: Duration = Duration::from_millis(50);
/// The longest of these times; then the exchange ends.
const RELOAD_PAUSE_MAX: Duration = Duration::from_millis(6_400);

/// Becomes the writer and reads everything.
pub(super) fn load(settings: &Settings) -> Result<(Memory, Writer), OpenError> {
    let mut writer = Writer::open(&settings.url, &settings.holder, system_now())?;
    let mut reader = Reader::open(&settings.url)?;
    let unusable = |error: store::load::LoadError| OpenError::Unusable(error.to_string());
    let state = store::state::load(&mut reader).map_err(unusable)?;
    let last_command = store::command::last(&mut reader).map_err(unusable)?;
    let recent = Recent::load(&mut reader).map_err(unusable)?;
    let leaf_seq = writer.head().seq + 1;
    writer
        .purge(state.now)
        .map_err(|error| OpenError::Unusable(error.to_string()))?;
    let credentials = store::identity::load(&mut reader, state.now).map_err(unusable)?;
    let counters = store::counter::load_all(&mut reader).map_err(unusable)?;
    let users = state.users.values().cloned();
    let given = NumbersGiven::of(&counters);
    settings.directory.replace(Identity::load(users, credentials, given));
    let found = store::webhook::load(&mut reader).map_err(unusable)?;
    settings.hooks.replace(Hooks::load(found, HooksGiven::of(&counters)));
    Ok((
        Memory {
            state,
            recent,
            reader,
            command_seq: last_command + 1,
            leaf_seq,
            suite: writer.suite(),
        },
        writer,
    ))
}

/// Reads everything again; waits for a database that starts anew, or takes no more connections for a moment.
pub(super) fn load_again(settings: &Settings) -> Result<(Memory, Writer), OpenError> {
    let mut pause = RELOAD_PAUSE_MIN;
    loop {
        match load(settings) {
            Err(OpenError::Unusable(reason)) if pause <= RELOAD_PAUSE_MAX => {
                tracing::warn!(reason, "the database cannot be used yet");
                thread::sleep(pause);
                pause = pause.saturating_mul(2);
            }
            loaded => return loaded,
        }
    }
}
