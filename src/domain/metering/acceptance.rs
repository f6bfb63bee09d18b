//! What the tenant has not accepted yet and may dispute.

use serde::{Deserialize, Serialize};

use crate::domain::time::Timestamp;

/// Usage that the tenant may dispute until an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Unaccepted {
    /// The hour at which it counts as accepted.
    deadline: Timestamp,
    /// From when it was used.
    from: Timestamp,
    /// Until when.
    until: Timestamp,
}

/// What of a lease's usage is not accepted yet, by when it will be.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Acceptance(Vec<Unaccepted>);

impl Acceptance {
    /// Notes usage that was reported at `at` and counts as accepted from `deadline` on, a full hour at the latest after it. What counts
    /// as accepted by now is dropped: so there is at most one for each hour of the term.
    pub fn wait(&mut self, (at, deadline): (Timestamp, Timestamp), (from, until): (Timestamp, Timestamp)) {
        self.0.retain(|one| one.deadline > at);
        if deadline <= at || from >= until {
            return;
        }
        let deadline = deadline.hour_ceil().timestamp();
        let place = self.0.partition_point(|one| one.deadline < deadline);
        match self.0.get_mut(place).filter(|one| one.deadline == deadline) {
            Some(one) => (one.from, one.until) = (one.from.min(from), one.until.max(until)),
            None => self.0.insert(place, Unaccepted { deadline, from, until }),
        }
    }

    /// The tenant accepts all usage before an instant.
    pub fn accept(&mut self, until: Timestamp) {
        for one in &mut self.0 {
            one.from = one.from.max(until);
        }
        self.0.retain(|one| one.from < one.until);
    }

    /// The start of the earliest usage that may still be disputed at `now`; none: all that was reported is accepted.
    pub fn first_open(&self, now: Timestamp) -> Option<Timestamp> {
        let open = self.0.iter().filter(|one| one.deadline > now);
        open.map(|one| one.from).min()
    }
}
