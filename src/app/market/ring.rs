//! The last events of the feed, for those who resume.

use std::collections::VecDeque;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::feed::FeedLimits;
use crate::domain::id::{AcceleratorId, SiteId};

/// The place of an event in the feed: the journal leaf of the command that it comes from or includes last, and a number
/// among those.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventId {
    /// The leaf.
    pub leaf: i64,
    /// The number, from 1.
    pub number: u32,
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.leaf, self.number)
    }
}

/// A text is no place in the feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no id of an event, such as 123.1")]
pub struct ParseEventIdError;

impl FromStr for EventId {
    type Err = ParseEventIdError;

    fn from_str(text: &str) -> Result<EventId, ParseEventIdError> {
        let (leaf, number) = text.split_once('.').ok_or(ParseEventIdError)?;
        Ok(EventId {
            leaf: leaf.parse().map_err(|_| ParseEventIdError)?,
            number: number.parse().map_err(|_| ParseEventIdError)?,
        })
    }
}

/// What a subscriber wants to see; what is none does not matter.
#[derive(Debug, Clone, Copy, Default)]
pub struct FeedFilter {
    /// Of this accelerator.
    pub accelerator: Option<AcceleratorId>,
    /// At this site.
    pub site: Option<SiteId>,
}

/// An event as it goes to every subscriber.
#[derive(Debug)]
pub(super) struct FeedEvent {
    pub(super) id: EventId,
    pub(super) accelerator: AcceleratorId,
    pub(super) site: SiteId,
    /// As `text/event-stream` has it.
    pub(super) text: Arc<[u8]>,
}

impl FeedFilter {
    fn takes(self, event: &FeedEvent) -> bool {
        self.accelerator
            .is_none_or(|accelerator| accelerator == event.accelerator)
            && self.site.is_none_or(|site| site == event.site)
    }
}

/// The last events, in order.
#[derive(Debug)]
pub(super) struct Ring {
    events: VecDeque<FeedEvent>,
    bytes: usize,
    /// How many events came before the first one that is kept.
    dropped: u64,
    /// The last event that is not kept: whoever has seen it misses nothing.
    floor: EventId,
    /// The last event.
    last: EventId,
}

/// What a reader finds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// What it looked for, or at least some of it.
    Some,
    /// It has seen everything.
    Nothing,
    /// What comes next for it is not kept any more.
    Lost,
}

/// Most events that a reader takes at once.
const TAKEN_MAX: usize = 256;

impl Ring {
    /// Without events, after the leaf `through`.
    pub(super) fn new(through: i64) -> Ring {
        let floor = EventId {
            leaf: through,
            number: u32::MAX,
        };
        Ring {
            events: VecDeque::new(),
            bytes: 0,
            dropped: 0,
            floor,
            last: floor,
        }
    }

    pub(super) fn last(&self) -> EventId {
        self.last
    }

    /// The place after the last event, for a reader that begins now.
    pub(super) fn end(&self) -> u64 {
        self.dropped + u64::try_from(self.events.len()).unwrap_or(u64::MAX)
    }

    /// The place after `id`, for a reader that goes on; none where events after it are not kept, or it is of a future that
    /// has not come.
    pub(super) fn after(&self, id: EventId) -> Option<u64> {
        if id < self.floor || id > self.last {
            return None;
        }
        let seen = self.events.partition_point(|event| event.id <= id);
        Some(self.dropped + u64::try_from(seen).unwrap_or(u64::MAX))
    }

    /// Adds an event, which must come after the last one, and drops the oldest where there are too many.
    pub(super) fn push(&mut self, event: FeedEvent, limits: FeedLimits) {
        self.last = event.id;
        self.bytes += event.text.len();
        self.events.push_back(event);
        while self.events.len() > limits.events || self.bytes > limits.bytes {
            let Some(oldest) = self.events.pop_front() else { return };
            self.bytes -= oldest.text.len();
            self.floor = oldest.id;
            self.dropped += 1;
        }
    }

    /// Drops everything: events up to the leaf `through` were lost.
    pub(super) fn reset(&mut self, through: i64) {
        // One place more, so that nobody believes to have seen everything.
        let dropped = self.end() + 1;
        *self = Ring {
            dropped,
            ..Ring::new(through.max(self.last.leaf))
        };
    }

    /// Hands over what `filter` takes from `place` on, and moves the place.
    pub(super) fn take(&self, place: &mut u64, filter: FeedFilter, out: &mut VecDeque<Arc<[u8]>>) -> Found {
        let Some(seen) = place.checked_sub(self.dropped) else {
            return Found::Lost;
        };
        let seen = usize::try_from(seen).unwrap_or(usize::MAX).min(self.events.len());
        for event in self.events.range(seen..) {
            *place += 1;
            if filter.takes(event) {
                out.push_back(Arc::clone(&event.text));
            }
            if out.len() >= TAKEN_MAX {
                break;
            }
        }
        if out.is_empty() { Found::Nothing } else { Found::Some }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: FeedLimits = FeedLimits {
        events: 3,
        bytes: 100,
        subscribers: 1,
    };

    fn id(leaf: i64, number: u32) -> EventId {
        EventId { leaf, number }
    }

    fn event(leaf: i64, number: u32, accelerator: u16, bytes: usize) -> FeedEvent {
        FeedEvent {
            id: id(leaf, number),
            accelerator: AcceleratorId(accelerator),
            site: SiteId(0),
            text: vec![0; bytes].into(),
        }
    }

    fn taken(ring: &Ring, mut place: u64, filter: FeedFilter) -> (Found, usize, u64) {
        let mut out = VecDeque::new();
        let found = ring.take(&mut place, filter, &mut out);
        (found, out.len(), place)
    }

    #[test]
    fn a_reader_finds_what_is_kept_and_is_told_what_is_not() {
        let mut ring = Ring::new(9);
        let start = ring.end();
        assert_eq!(ring.after(id(9, u32::MAX)), Some(start));
        assert_eq!(ring.after(id(9, 1)), None, "what came before the start is not kept");
        for number in 1..=3 {
            ring.push(event(12, number, 0, 10), LIMITS);
        }
        assert_eq!(ring.after(id(12, 1)), Some(start + 1));
        assert_eq!(
            ring.after(id(11, 5)),
            Some(start),
            "between two events nothing is missed"
        );
        assert_eq!(ring.after(id(12, 4)), None, "it has not come yet");
        let all = FeedFilter::default();
        assert_eq!(taken(&ring, start, all), (Found::Some, 3, start + 3));
        assert_eq!(taken(&ring, start + 3, all), (Found::Nothing, 0, start + 3));
        ring.push(event(13, 1, 1, 10), LIMITS);
        assert_eq!(taken(&ring, start, all).0, Found::Lost);
        assert_eq!(ring.after(id(9, u32::MAX)), None);
        assert_eq!(ring.after(id(12, 1)), Some(start + 1));
        let one = FeedFilter {
            accelerator: Some(AcceleratorId(1)),
            site: None,
        };
        assert_eq!(taken(&ring, start + 1, one), (Found::Some, 1, start + 4));
        let none = FeedFilter {
            site: Some(SiteId(5)),
            ..one
        };
        assert_eq!(taken(&ring, start + 1, none), (Found::Nothing, 0, start + 4));
    }

    #[test]
    fn it_holds_its_limit_of_bytes_and_forgets_all_at_a_reset() {
        let mut ring = Ring::new(0);
        ring.push(event(1, 1, 0, 60), LIMITS);
        ring.push(event(2, 1, 0, 60), LIMITS);
        assert_eq!((ring.after(id(0, 1)), ring.after(id(1, 1))), (None, Some(1)));
        let end = ring.end();
        ring.reset(7);
        let all = FeedFilter::default();
        assert_eq!(taken(&ring, end, all).0, Found::Lost, "also who had seen everything");
        assert_eq!(taken(&ring, ring.end(), all).0, Found::Nothing);
        assert_eq!((ring.after(id(2, 1)), ring.last()), (None, id(7, u32::MAX)));
    }

    #[test]
    fn ids_print_parse_and_sort() {
        assert_eq!("12.3".parse(), Ok(id(12, 3)));
        assert_eq!(id(12, 3).to_string(), "12.3");
        assert!(id(2, 9) < id(10, 1));
        for text in ["", "12", "12.", ".3", "a.b", "1.2.3", "1.-2"] {
            assert_eq!(text.parse::<EventId>(), Err(ParseEventIdError), "{text}");
        }
    }
}
