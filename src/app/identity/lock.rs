//! Wrong passwords: after a few of them no password is right for a while, and for longer after each further one.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use super::session::LogInError;
use super::state::Identity;
use crate::domain::time::Timestamp;

/// Wrong passwords in a row that lock for the first time.
pub const FAILURES_FREE: u32 = 5;
/// The first lock, in seconds; each further one lasts twice as long.
const LOCK_SECONDS: u32 = 60;
/// The longest lock, in seconds.
pub const LOCK_SECONDS_MAX: u32 = 3_600;
/// Addresses of nobody that are remembered.
const STRANGERS_MAX: usize = 10_000;

/// How long the `failures`th wrong password in a row locks, in seconds.
fn lock_seconds(failures: u32) -> Option<u32> {
    let doublings = failures.checked_sub(FAILURES_FREE)?;
    let seconds = 1_u32
        .checked_shl(doublings)
        .and_then(|factor| LOCK_SECONDS.checked_mul(factor))
        .unwrap_or(LOCK_SECONDS_MAX);
    Some(seconds.min(LOCK_SECONDS_MAX))
}

/// Whole seconds until `end`, at least one; none if that is past.
fn wait(end: Option<Timestamp>, at: Timestamp) -> Option<u32> {
    let micros = end?.micros().checked_sub(at.micros())?;
    let seconds = micros.checked_add(999_999)?.div_euclid(1_000_000);
    u32::try_from(seconds).ok().filter(|seconds| *seconds > 0)
}

#[derive(Debug, Clone, Copy, Default)]
struct Attempts {
    failures: u32,
    locked_until: Option<Timestamp>,
}

/// Addresses that belong to nobody and were tried all the same. They lock like those of people, so that a lock tells nothing;
/// the oldest are forgotten, all of them at a restart.
#[derive(Debug, Default)]
pub(super) struct Strangers {
    attempts: FxHashMap<String, Attempts>,
    order: VecDeque<String>,
}

impl Strangers {
    fn fail(&mut self, email: &str, at: Timestamp) {
        if !self.attempts.contains_key(email) {
            if self.order.len() >= STRANGERS_MAX
                && let Some(oldest) = self.order.pop_front()
            {
                self.attempts.remove(&oldest);
            }
            self.order.push_back(email.to_owned());
        }
        let attempts = self.attempts.entry(email.to_owned()).or_default();
        attempts.failures = attempts.failures.saturating_add(1);
        attempts.locked_until = lock_seconds(attempts.failures).map(|seconds| at.plus_seconds(seconds));
    }
}

impl Identity {
    /// For how many seconds no password is right for an address.
    pub fn locked_for(&self, email: &str, at: Timestamp) -> Option<u32> {
        let person = self.by_email.get(email).and_then(|user| self.people.get(user));
        let end = match person {
            Some(person) => person.locked_until,
            None => self.strangers.attempts.get(email)?.locked_until,
        };
        wait(end, at)
    }

    /// A password was wrong, or the address is nobody's. What is tried during a lock counts for nothing.
    pub fn log_in_failed(&mut self, email: &str, at: Timestamp) -> LogInError {
        if let Some(seconds) = self.locked_for(email, at) {
            return LogInError::Locked { seconds };
        }
        let person = self.by_email.get(email).and_then(|user| self.people.get(user));
        if let Some(mut person) = person.cloned() {
            person.failures = person.failures.saturating_add(1);
            person.locked_until = lock_seconds(person.failures).map(|seconds| at.plus_seconds(seconds));
            self.put_person(person);
        } else {
            self.strangers.fail(email, at);
        }
        LogInError::InvalidCredentials
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_double_up_to_an_hour() {
        for (failures, seconds) in [
            (0, None),
            (4, None),
            (5, Some(60)),
            (6, Some(120)),
            (10, Some(1920)),
            (11, Some(3600)),
            (40, Some(3600)),
            (u32::MAX, Some(3600)),
        ] {
            assert_eq!(lock_seconds(failures), seconds, "{failures}");
        }
    }

    #[test]
    fn strangers_lock_like_people_and_are_bounded() {
        let mut identity = Identity::default();
        let at = Timestamp::from_micros(0);
        for _ in 0..FAILURES_FREE {
            assert_eq!(
                identity.log_in_failed("nobody@example.com", at),
                LogInError::InvalidCredentials
            );
        }
        let locked = LogInError::Locked { seconds: 60 };
        assert_eq!(identity.log_in_failed("nobody@example.com", at), locked);
        assert_eq!(identity.locked_for("nobody@example.com", at.plus_seconds(60)), None);
        for number in 0..STRANGERS_MAX {
            identity.log_in_failed(&format!("{number}@example.com"), at);
        }
        assert_eq!(identity.strangers.attempts.len(), STRANGERS_MAX);
        assert_eq!(identity.locked_for("nobody@example.com", at), None);
    }
}
