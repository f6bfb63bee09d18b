//! The feed: trades and changes of depth, as they come, to many subscribers.
//!
//! Each event is written once, into a ring that all subscribers read from. Nobody waits for a subscriber: whoever is so late
//! that the ring has moved on is told so and let go.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use futures_util::Stream;
use tokio::sync::Notify;

pub use super::ring::{EventId, FeedFilter, ParseEventIdError};
use super::ring::{FeedEvent, Found, Ring};

/// A subscriber who hears nothing for so long gets a comment, so that everybody between knows the connection is alive.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Subscribers are woken at most so often.
const WAKE: Duration = Duration::from_millis(5);

/// How much the feed may take.
#[derive(Debug, Clone, Copy)]
pub struct FeedLimits {
    /// Most events kept for those who resume.
    pub events: usize,
    /// Most bytes of them.
    pub bytes: usize,
    /// Most subscribers.
    pub subscribers: usize,
}

impl Default for FeedLimits {
    fn default() -> FeedLimits {
        FeedLimits {
            events: 65_536,
            bytes: 64 << 20,
            subscribers: 20_000,
        }
    }
}

/// Too many listen already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the feed has its {most} subscribers already")]
pub struct TooManySubscribers {
    /// How many there may be.
    pub most: usize,
}

/// Trades and changes of depth as they come.
pub struct Feed {
    hub: Arc<Hub>,
    /// Wakes the thread that wakes subscribers.
    wake: Sender<()>,
}

struct Hub {
    ring: RwLock<Ring>,
    limits: FeedLimits,
    news: Arc<Notify>,
    subscribers: AtomicUsize,
    is_closed: AtomicBool,
}

impl Feed {
    /// A feed of what comes after the leaf `through`.
    pub(in crate::app) fn start(limits: FeedLimits, through: i64) -> io::Result<Feed> {
        let news = Arc::new(Notify::new());
        let hub = Arc::new(Hub {
            ring: RwLock::new(Ring::new(through)),
            limits,
            news: Arc::clone(&news),
            subscribers: AtomicUsize::new(0),
            is_closed: AtomicBool::new(false),
        });
        let (wake, woken) = bounded(1);
        let builder = std::thread::Builder::new().name("feed".to_owned());
        builder.spawn(move || wake_subscribers(&woken, &news))?;
        Ok(Feed { hub, wake })
    }

    /// How many listen.
    pub fn subscribers(&self) -> usize {
        self.hub.subscribers.load(Ordering::SeqCst)
    }

    /// What `filter` takes from now on, or of all that came after `last_seen`, as pieces of `text/event-stream`. Where not
    /// everything since then is kept, or `last_seen` is no event's id, the first event is `gap`: what was missed must be read
    /// elsewhere. Needs a runtime with a clock.
    ///
    /// # Errors
    /// [`TooManySubscribers`].
    pub fn subscribe(
        &self,
        filter: FeedFilter,
        last_seen: Option<&str>,
    ) -> Result<impl Stream<Item = Arc<[u8]>> + Send + 'static + use<>, TooManySubscribers> {
        let seat = Seat::take(&self.hub)?;
        let mut ready = VecDeque::new();
        let ring = self.hub.ring.read().unwrap_or_else(PoisonError::into_inner);
        let resumed = last_seen.map(|id| id.parse().ok().and_then(|id| ring.after(id)));
        let place = resumed.flatten().unwrap_or_else(|| ring.end());
        match resumed {
            Some(Some(_)) => ready.push_back(Arc::from(&b"retry: 1000\n\n"[..])),
            Some(None) => ready.push_back(gap(ring.last())),
            // An id without data moves the place to resume from, and nothing else.
            None => ready.push_back(format!("retry: 1000\nid: {}\n\n", ring.last()).into_bytes().into()),
        }
        drop(ring);
        let subscriber = Subscriber {
            seat,
            filter,
            place,
            ready,
            is_over: false,
        };
        Ok(futures_util::stream::unfold(subscriber, |mut subscriber| async {
            let piece = subscriber.next().await?;
            Some((piece, subscriber))
        }))
    }

    /// The last event's place.
    pub(super) fn last(&self) -> EventId {
        self.hub.ring.read().unwrap_or_else(PoisonError::into_inner).last()
    }

    /// Adds events, in their order.
    pub(super) fn publish(&self, events: Vec<FeedEvent>) {
        if events.is_empty() {
            return;
        }
        let mut ring = self.hub.ring.write().unwrap_or_else(PoisonError::into_inner);
        for event in events {
            ring.push(event, self.hub.limits);
        }
        drop(ring);
        let _ = self.wake.try_send(());
    }

    /// Events up to the leaf `through` were lost: everybody is told of the gap.
    pub(in crate::app) fn reset(&self, through: i64) {
        let mut ring = self.hub.ring.write().unwrap_or_else(PoisonError::into_inner);
        ring.reset(through);
        drop(ring);
        let _ = self.wake.try_send(());
    }

    /// Ends every subscription after what is there already.
    pub fn close(&self) {
        self.hub.is_closed.store(true, Ordering::SeqCst);
        let _ = self.wake.try_send(());
    }
}

/// Waking thousands takes a while: whoever publishes does not wait for it.
fn wake_subscribers(woken: &Receiver<()>, news: &Notify) {
    while woken.recv().is_ok() {
        news.notify_waiters();
        std::thread::sleep(WAKE);
    }
    news.notify_waiters();
}

fn gap(last: EventId) -> Arc<[u8]> {
    format!("id: {last}\nevent: gap\ndata: {{\"seq\":{}}}\n\n", last.leaf)
        .into_bytes()
        .into()
}

/// A place among the subscribers; it is free again when this is dropped.
struct Seat(Arc<Hub>);

impl Seat {
    fn take(hub: &Arc<Hub>) -> Result<Seat, TooManySubscribers> {
        let most = hub.limits.subscribers;
        let seat = Seat(Arc::clone(hub));
        if hub.subscribers.fetch_add(1, Ordering::SeqCst) >= most {
            return Err(TooManySubscribers { most });
        }
        Ok(seat)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.subscribers.fetch_sub(1, Ordering::SeqCst);
    }
}

struct Subscriber {
    seat: Seat,
    filter: FeedFilter,
    place: u64,
    ready: VecDeque<Arc<[u8]>>,
    is_over: bool,
}

impl Subscriber {
    async fn next(&mut self) -> Option<Arc<[u8]>> {
        loop {
            if let Some(piece) = self.ready.pop_front() {
                return Some(piece);
            }
            if self.is_over {
                return None;
            }
            let hub = Arc::clone(&self.seat.0);
            // Listens before it looks, so that nothing slips by between the two.
            let mut news = std::pin::pin!(hub.news.notified());
            news.as_mut().enable();
            let is_closed = hub.is_closed.load(Ordering::SeqCst);
            match self.look() {
                Found::Some => {}
                Found::Lost => self.is_over = true,
                Found::Nothing if is_closed => self.is_over = true,
                Found::Nothing => {
                    if tokio::time::timeout(HEARTBEAT, news).await.is_err() {
                        return Some(Arc::from(&b":\n\n"[..]));
                    }
                }
            }
        }
    }

    fn look(&mut self) -> Found {
        let ring = self.seat.0.ring.read().unwrap_or_else(PoisonError::into_inner);
        let found = ring.take(&mut self.place, self.filter, &mut self.ready);
        if found == Found::Lost {
            self.ready.push_back(gap(ring.last()));
        }
        found
    }
}
