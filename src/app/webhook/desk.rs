//! Whose turn it is: one line of messages for each webhook, one message of a line under way at a time, and lines that fail never
//! take all who send.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::change::Next;
use crate::domain::id::WebhookId;
use crate::domain::time::Timestamp;

/// How long nobody looks at the clock at most: it may be set.
const LONGEST: Duration = Duration::from_secs(60);

/// What somebody who sends does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Look for the first message of this line.
    Take(WebhookId),
    /// Wait; none: until something new comes.
    Wait(Option<Timestamp>),
    /// There is nothing to do any more.
    End,
}

/// The lines.
#[derive(Debug, Default)]
struct Lines {
    /// When each line's turn comes; whoever has waited longest is first.
    turns: BTreeSet<(Timestamp, WebhookId)>,
    /// The same by line.
    of: BTreeMap<WebhookId, Timestamp>,
    /// Lines that somebody works on; true: something new has come meanwhile.
    busy: BTreeMap<WebhookId, bool>,
    /// Lines whose last message was not taken.
    failing: BTreeSet<WebhookId>,
    /// How many lines that fail may be worked on at once.
    failing_max: usize,
    ended: bool,
}

impl Lines {
    fn set(&mut self, id: WebhookId, at: Timestamp) {
        if let Some(before) = self.of.insert(id, at) {
            self.turns.remove(&(before, id));
        }
        self.turns.insert((at, id));
    }

    fn wake(&mut self, id: WebhookId) {
        match self.busy.get_mut(&id) {
            Some(more) => *more = true,
            // It is tried when its first message is due again, and not for the sake of another one before.
            None if self.failing.contains(&id) && self.of.contains_key(&id) => {}
            None => self.set(id, Timestamp::default()),
        }
    }

    fn next(&mut self, now: Timestamp) -> Turn {
        if self.ended {
            return Turn::End;
        }
        let busy_failing = self.busy.keys().filter(|id| self.failing.contains(id)).count();
        let is_full = busy_failing >= self.failing_max;
        let mut open = self
            .turns
            .iter()
            .filter(|(_, id)| !is_full || !self.failing.contains(id));
        match open.next().copied() {
            Some((at, id)) if at <= now => {
                self.turns.remove(&(at, id));
                self.of.remove(&id);
                self.busy.insert(id, false);
                Turn::Take(id)
            }
            Some((at, _)) => Turn::Wait(Some(at)),
            None => Turn::Wait(None),
        }
    }

    fn give_back(&mut self, id: WebhookId, next: Next, now: Timestamp) {
        let more = self.busy.remove(&id).unwrap_or(false);
        match next {
            Next::Later(_) => self.failing.insert(id),
            Next::Now | Next::Stop => self.failing.remove(&id),
        };
        match next {
            // Behind those that wait already.
            Next::Now => self.set(id, now),
            Next::Later(at) => self.set(id, at),
            Next::Stop if more => self.set(id, now),
            Next::Stop => {}
        }
    }
}

/// The lines, for all who send.
#[derive(Debug, Default)]
pub struct Desk {
    lines: Mutex<Lines>,
    bell: Condvar,
}

impl Desk {
    /// How many lines that fail may be worked on at once.
    pub fn set_failing_max(&self, count: usize) {
        self.lock().failing_max = count;
    }

    /// Something new is there for some webhooks, in the database already.
    pub fn wake(&self, ids: impl IntoIterator<Item = WebhookId>) {
        let mut lines = self.lock();
        for id in ids {
            lines.wake(id);
        }
        drop(lines);
        self.bell.notify_all();
    }

    /// A line's turn is now, also where its last message was not taken.
    pub fn kick(&self, id: WebhookId) {
        let mut lines = self.lock();
        lines.failing.remove(&id);
        lines.wake(id);
        drop(lines);
        self.bell.notify_all();
    }

    /// Whose turn it is, without waiting.
    pub fn next(&self, now: Timestamp) -> Turn {
        self.lock().next(now)
    }

    /// Waits for a line whose turn has come. None once nobody sends any more.
    pub fn take(&self, clock: impl Fn() -> Timestamp) -> Option<WebhookId> {
        let mut lines = self.lock();
        loop {
            let now = clock();
            let pause = match lines.next(now) {
                Turn::Take(id) => return Some(id),
                Turn::End => return None,
                Turn::Wait(None) => LONGEST,
                Turn::Wait(Some(at)) => {
                    let micros = at.micros().saturating_sub(now.micros()).max(0);
                    Duration::from_micros(micros.cast_unsigned()).min(LONGEST)
                }
            };
            let waited = self.bell.wait_timeout(lines, pause);
            lines = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Whoever took a line is done with it for now.
    pub fn give_back(&self, id: WebhookId, next: Next, now: Timestamp) {
        self.lock().give_back(id, next, now);
        self.bell.notify_all();
    }

    /// Nobody sends any more.
    pub fn end(&self) {
        self.lock().ended = true;
        self.bell.notify_all();
    }

    /// A panic while the lock is held leaves lines that are complete.
    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn lines_take_turns_and_one_message_of_a_line_is_under_way() {
        let desk = Desk::default();
        let [one, two] = [WebhookId(1), WebhookId(2)];
        assert_eq!(desk.next(at(0)), Turn::Wait(None));
        desk.wake([one, two]);
        assert_eq!(desk.next(at(1)), Turn::Take(one));
        desk.wake([one]);
        assert_eq!(desk.next(at(1)), Turn::Take(two), "the first line is under way");
        assert_eq!(desk.next(at(1)), Turn::Wait(None));
        desk.give_back(two, Next::Now, at(2));
        desk.give_back(one, Next::Stop, at(3));
        assert_eq!(desk.next(at(3)), Turn::Take(two), "it has waited longer");
        assert_eq!(
            desk.next(at(3)),
            Turn::Take(one),
            "something came while it was under way"
        );
        desk.give_back(one, Next::Stop, at(4));
        desk.give_back(two, Next::Stop, at(4));
        assert_eq!(desk.next(at(4)), Turn::Wait(None));
        desk.end();
        assert_eq!(desk.next(at(4)), Turn::End);
    }

    #[test]
    fn lines_that_fail_wait_and_leave_room() {
        let desk = Desk::default();
        desk.set_failing_max(1);
        let [one, two, three] = [WebhookId(1), WebhookId(2), WebhookId(3)];
        desk.wake([one, two, three]);
        for id in [one, two] {
            assert_eq!(desk.next(at(0)), Turn::Take(id));
            desk.give_back(id, Next::Later(at(5)), at(0));
        }
        desk.wake([one]);
        assert_eq!(desk.next(at(1)), Turn::Take(three));
        desk.give_back(three, Next::Stop, at(1));
        assert_eq!(
            desk.next(at(1)),
            Turn::Wait(Some(at(5))),
            "something new does not hurry it"
        );
        assert_eq!(desk.next(at(5)), Turn::Take(one));
        assert_eq!(desk.next(at(5)), Turn::Wait(None), "only one that fails at a time");
        desk.wake([three]);
        assert_eq!(desk.next(at(5)), Turn::Take(three));
        desk.kick(two);
        assert_eq!(desk.next(at(5)), Turn::Take(two), "its owner wants it now");
    }
}
