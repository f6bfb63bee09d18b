//! The one place where time enters.

use std::time::Duration;

use crate::domain::time::Timestamp;

/// Where commands that bring no instant of their own get it from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// None: every command brings its instant, as the lines of a flow do.
    Given,
}

/// The machine's time, cut off to microseconds.
#[expect(clippy::disallowed_methods, reason = "this is the place that the lint points to")]
pub fn system_now() -> Timestamp {
    Timestamp::from_micros(chrono::Utc::now().timestamp_micros())
}

impl Clock {
    /// How long until `due`, for a clock that runs by itself.
    pub fn until(self, due: Option<Timestamp>) -> Option<Duration> {
        match self {
            Clock::System => {
                let micros = due?.micros().saturating_sub(system_now().micros());
                Some(Duration::from_micros(micros.max(0).cast_unsigned()))
            }
            Clock::Given => None,
        }
    }

    /// `at`, but not before `now` for a machine's clock: that may step back; the exchange's never does.
    pub fn forward(self, at: Timestamp, now: Timestamp) -> Timestamp {
        match self {
            Clock::System => at.max(now),
            Clock::Given => at,
        }
    }

    /// The instant of a command that was given `at`; none where it must bring one and does not.
    pub fn instant(self, at: Option<Timestamp>) -> Option<Timestamp> {
        match self {
            Clock::System => Some(at.unwrap_or_else(system_now)),
            Clock::Given => at,
        }
    }
}
