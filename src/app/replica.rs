//! A second copy of the state, for readers: a thread applies each committed command to it again.
//!
//! The engine is deterministic, so that the copy is equal to the writer's state as of the last command that it has applied.
//! The writer never waits for it: what was committed goes into a queue without an end.

use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, select_biased, unbounded};
use tokio::sync::watch;

use super::clock::{self, Clock};
use super::market::changes::Changes;
use super::market::depth::DepthCache;
use super::market::feed::{Feed, FeedLimits};
use super::market::publisher::Publisher;
use super::readers::ReadError;
use crate::domain::bid::NewBid;
use crate::domain::id::OrgId;
use crate::domain::time::Timestamp;
use crate::engine::quote::{self, Quote};
use crate::engine::{self, Command, Event, Rejection, State};
use crate::store::load::LoadError;
use crate::store::{self, OpenError, Reader, Url};

/// Most commands applied before readers get their turn.
const AT_ONCE_MAX: usize = 64;
/// How long until a replica that could not be read is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// An accepted command that is durable.
#[derive(Debug)]
pub(super) struct Committed {
    /// Its leaf in the journal and those of its events.
    pub(super) leaves: RangeInclusive<i64>,
    pub(super) at: Timestamp,
    pub(super) command: Command,
}

/// Who is told of what was committed, if anybody.
#[derive(Debug, Clone, Default)]
pub(super) struct Follower(Option<Sender<Vec<Committed>>>);

impl Follower {
    pub(super) fn new() -> (Follower, Receiver<Vec<Committed>>) {
        let (sender, receiver) = unbounded();
        (Follower(Some(sender)), receiver)
    }

    pub(super) fn is_there(&self) -> bool {
        self.0.is_some()
    }

    /// Tells what was committed, in its order. Never waits.
    pub(super) fn tell(&self, committed: Vec<Committed>) {
        if let Some(sender) = self.0.as_ref().filter(|_| !committed.is_empty()) {
            let _ = sender.send(committed);
            metrics::gauge!("qiantang_replica_waiting_batches").set(u32::try_from(sender.len()).unwrap_or(u32::MAX));
        }
    }
}

/// A copy of the exchange's state for readers. Cheap to clone; the copies are one.
#[derive(Clone)]
pub struct Replica {
    shared: Arc<Shared>,
}

struct Shared {
    view: RwLock<View>,
    /// The last leaf that the view includes.
    through: watch::Sender<i64>,
    /// The instant of its last command, in microseconds.
    now: AtomicI64,
    /// The view may be wrong and must be read again.
    is_broken: AtomicBool,
    /// How often it was found broken.
    breaks: AtomicU64,
    /// Wakes the thread when it is.
    repair: Sender<()>,
    clock: Clock,
    changes: Changes,
    depth: DepthCache,
    feed: Feed,
    /// None once nobody follows any more.
    committed: Mutex<Option<Receiver<Vec<Committed>>>>,
}

/// The state after a journal leaf.
struct View {
    state: State,
    through: i64,
}

/// Why the replica cannot go on from where it is.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("leaf {found} was committed where {expected} comes next")]
    Gap { expected: i64, found: i64 },
    #[error("a command that was accepted is refused: {0}")]
    Refused(#[from] Rejection),
    #[error("a command with leaves {leaves:?} gave {events} events")]
    Differs { leaves: RangeInclusive<i64>, events: usize },
}

/// The replica cannot be relied on now: it is being read again, or nobody follows what is committed any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the market is being read again")]
pub struct Unwell;

impl From<Unwell> for ReadError {
    fn from(unwell: Unwell) -> ReadError {
        ReadError::Unavailable(unwell.to_string())
    }
}

/// What an applied command brought about, and its own leaf.
pub(super) type Happened = (i64, Vec<Event>);

/// What has changed while nobody listened is told to the first who does after so long at most.
const NOBODY_LISTENS: Duration = Duration::from_millis(500);

impl Replica {
    /// Reads the state, and starts to follow what is committed. It ends when whoever commits does.
    pub(super) fn start(
        url: &Url,
        clock: Clock,
        limits: FeedLimits,
        committed: Receiver<Vec<Committed>>,
    ) -> Result<Replica, OpenError> {
        let view = load(url)?;
        let (repair, broken) = bounded(1);
        let unusable = |error: std::io::Error| OpenError::Unusable(error.to_string());
        let shared = Arc::new(Shared {
            through: watch::Sender::new(view.through),
            now: AtomicI64::new(view.state.now.micros()),
            is_broken: AtomicBool::new(false),
            breaks: AtomicU64::new(0),
            repair,
            clock,
            changes: Changes::default(),
            depth: DepthCache::default(),
            feed: Feed::start(limits, view.through).map_err(unusable)?,
            view: RwLock::new(view),
            committed: Mutex::new(Some(committed.clone())),
        });
        let replica = Replica { shared };
        let follower = replica.clone();
        let url = url.clone();
        let builder = std::thread::Builder::new().name("replica".to_owned());
        builder
            .spawn(move || follower.run(&url, committed, &broken))
            .map_err(unusable)?;
        Ok(replica)
    }

    /// Whether it can be relied on.
    pub fn is_well(&self) -> bool {
        !self.shared.is_broken.load(Ordering::SeqCst)
    }

    /// Asks something where all that is seen can be relied on.
    ///
    /// # Errors
    /// [`Unwell`], also where that shows while it is asked.
    pub fn rely<T>(&self, ask: impl FnOnce(&Replica) -> T) -> Result<T, Unwell> {
        let breaks = self.shared.breaks.load(Ordering::SeqCst);
        if !self.is_well() {
            return Err(Unwell);
        }
        let found = ask(self);
        // It may have been found broken and read again meanwhile.
        let is_sound = self.shared.breaks.load(Ordering::SeqCst) == breaks;
        if is_sound { Ok(found) } else { Err(Unwell) }
    }

    /// Looks at the state, which is to be relied on only inside [`Replica::rely`]. Keep it short: the replica falls behind
    /// meanwhile.
    pub fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.view().state)
    }

    /// Looks at the state and at the last journal leaf that it includes.
    pub fn read_at<T>(&self, look: impl FnOnce(&State, i64) -> T) -> T {
        let view = self.view();
        look(&view.state, view.through)
    }

    /// The last journal leaf that the state includes.
    pub fn seq(&self) -> i64 {
        *self.shared.through.borrow()
    }

    /// Waits until the state includes a leaf, such as that of a receipt: who has written sees it. False where it has not come
    /// in time. Needs a runtime with a clock.
    pub async fn wait_for(&self, seq: i64, timeout: Duration) -> bool {
        let mut through = self.shared.through.subscribe();
        let reached = through.wait_for(|through| *through >= seq);
        tokio::time::timeout(timeout, reached)
            .await
            .is_ok_and(|reached| reached.is_ok())
    }

    /// Batches that wait to be applied.
    pub fn waiting(&self) -> usize {
        let committed = self.shared.committed.lock().unwrap_or_else(PoisonError::into_inner);
        committed.as_ref().map_or(0, Receiver::len)
    }

    /// The instant as of which readers see the market: that of the machine, or that of the last command where commands bring
    /// their own.
    pub fn now(&self) -> Timestamp {
        let known = Timestamp::from_micros(self.shared.now.load(Ordering::SeqCst));
        match self.shared.clock {
            Clock::System => clock::system_now().max(known),
            Clock::Given => known,
        }
    }

    /// What placing a bid would bring about now; see [`quote::quote`].
    ///
    /// # Errors
    /// Those of placing the bid, but for missing cash.
    pub fn quote(&self, tenant: OrgId, bid: NewBid) -> Result<Quote, Rejection> {
        let at = self.now();
        let _panic = Panic(self);
        let mut view = self.view_mut();
        let quoted = quote::quote(&mut view.state, (tenant, bid), at);
        if let Err(Rejection::Fault(reason)) = &quoted {
            tracing::error!(reason, "a quote has failed half-way");
            self.has_broken();
        }
        quoted
    }

    /// Trades and changes of depth as they come.
    pub fn feed(&self) -> &Feed {
        &self.shared.feed
    }

    pub(super) fn depth_cache(&self) -> &DepthCache {
        &self.shared.depth
    }

    pub(super) fn changes(&self) -> &Changes {
        &self.shared.changes
    }

    fn view(&self) -> RwLockReadGuard<'_, View> {
        self.shared.view.read().unwrap_or_else(|poisoned| {
            self.has_broken();
            poisoned.into_inner()
        })
    }

    fn view_mut(&self) -> RwLockWriteGuard<'_, View> {
        self.shared.view.write().unwrap_or_else(|poisoned| {
            self.has_broken();
            poisoned.into_inner()
        })
    }

    /// The view may be wrong: nobody relies on it from now on, and the thread reads it again at once.
    fn has_broken(&self) {
        self.shared.breaks.fetch_add(1, Ordering::SeqCst);
        self.shared.is_broken.store(true, Ordering::SeqCst);
        let _ = self.shared.repair.try_send(());
    }

    /// Follows until there is nobody to follow.
    fn run(&self, url: &Url, committed: Receiver<Vec<Committed>>, broken: &Receiver<()>) {
        let _end = End(self);
        let mut publisher = self.read(Publisher::new);
        loop {
            let due = publisher.due(self.feed()).unwrap_or(Instant::now() + NOBODY_LISTENS);
            let left = due.saturating_duration_since(Instant::now());
            select_biased! {
                recv(broken) -> _ => {}
                recv(committed) -> batch => match batch {
                    Ok(batch) => self.follow_all(batch, &mut publisher),
                    Err(_) => break,
                },
                default(left) => {}
            }
            if !self.is_well() {
                self.repair(url, &committed, &mut publisher);
            }
            if self.is_well() {
                publisher.publish_depth(self);
            }
        }
    }

    /// Applies what was committed, with turns for readers.
    fn follow_all(&self, mut batch: Vec<Committed>, publisher: &mut Publisher) {
        while !batch.is_empty() && self.is_well() {
            let rest = batch.split_off(AT_ONCE_MAX.min(batch.len()));
            self.follow(batch, publisher);
            batch = rest;
        }
    }

    /// Reads the state again, until that succeeds or nobody commits any more.
    fn repair(&self, url: &Url, committed: &Receiver<Vec<Committed>>, publisher: &mut Publisher) {
        while !self.is_well() {
            match load(url) {
                Ok(view) => self.replace(view, publisher),
                Err(error) => {
                    tracing::error!(%error, "the replica cannot be read again");
                    // What is committed meanwhile is in the database by then.
                    let waited = committed.recv_timeout(RETRY);
                    if matches!(waited, Err(RecvTimeoutError::Disconnected)) {
                        return;
                    }
                }
            }
        }
    }

    /// Applies some commands and says what happened.
    fn follow(&self, batch: Vec<Committed>, publisher: &mut Publisher) {
        let mut happened: Vec<Happened> = Vec::with_capacity(batch.len());
        let mut view = self.view_mut();
        if !self.is_well() {
            // Reading again brings these too.
            return;
        }
        for committed in batch {
            let leaf = *committed.leaves.start();
            match view.advance(committed) {
                Ok(Some(events)) => happened.push((leaf, events)),
                Ok(None) => {}
                Err(error) => {
                    tracing::error!(%error, "the replica is read again");
                    self.has_broken();
                    break;
                }
            }
        }
        let (through, now) = (view.through, view.state.now);
        drop(view);
        self.shared.now.store(now.micros(), Ordering::SeqCst);
        self.read(|state| publisher.publish_trades(state, &happened, self));
        self.shared.through.send_replace(through);
        // Readers that waited for the lock come before the next commands.
        std::thread::yield_now();
    }

    fn replace(&self, view: View, publisher: &mut Publisher) {
        let through = view.through;
        self.shared.now.store(view.state.now.micros(), Ordering::SeqCst);
        self.shared.view.clear_poison();
        let mut before = self.view_mut();
        *before = view;
        // Before anybody can find the new one broken.
        self.shared.is_broken.store(false, Ordering::SeqCst);
        drop(before);
        self.shared.feed.reset(through);
        self.shared.changes.touch_all();
        *publisher = self.read(Publisher::new);
        self.shared.through.send_replace(through);
    }
}

impl View {
    /// Applies a command, unless it was there when the state was read.
    fn advance(&mut self, committed: Committed) -> Result<Option<Vec<Event>>, Broken> {
        let Committed { leaves, at, command } = committed;
        if *leaves.end() <= self.through {
            return Ok(None);
        }
        if *leaves.start() != self.through + 1 {
            let (expected, found) = (self.through + 1, *leaves.start());
            return Err(Broken::Gap { expected, found });
        }
        let events = engine::apply(&mut self.state, command, at)?;
        let expected = usize::try_from(leaves.end() - leaves.start());
        if expected != Ok(events.len()) {
            let events = events.len();
            return Err(Broken::Differs { leaves, events });
        }
        self.through = *leaves.end();
        Ok(Some(events))
    }
}

/// A panic under it leaves the replica broken.
struct Panic<'a>(&'a Replica);

impl Drop for Panic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.has_broken();
        }
    }
}

/// When the thread ends, by a panic too, nobody waits for news and no queue grows.
struct End<'a>(&'a Replica);

impl Drop for End<'_> {
    fn drop(&mut self) {
        let _panic = Panic(self.0);
        let shared = &self.0.shared;
        shared.feed.close();
        *shared.committed.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// The state as of one instant, and the last leaf that it includes.
fn load(url: &Url) -> Result<View, OpenError> {
    let unusable = |error: LoadError| OpenError::Unusable(error.to_string());
    let mut reader = Reader::open(url)?;
    reader.hold_still().map_err(unusable)?;
    let through = store::audit::last_leaf(&mut reader).map_err(unusable)?;
    let state = store::state::load(&mut reader).map_err(unusable)?;
    Ok(View { state, through })
}

#[cfg(test)]
mod tests;
