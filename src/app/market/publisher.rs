//! From what happened to the events of the feed.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::changes::Touched;
use super::depth::{self, LEVELS_DEFAULT, Wanted};
use super::feed::Feed;
use super::ring::{EventId, FeedEvent};
use super::trades::TradeView;
use crate::app::replica::{Happened, Replica};
use crate::domain::id::{AcceleratorId, SiteId};
use crate::engine::matching::Product;
use crate::engine::{Event, State};

/// The least time between two depths of a product.
const PAUSE: Duration = Duration::from_millis(100);
/// Depths take at most one part in so many of the thread's time.
const SHARE: u32 = 10;

/// What the replica's thread keeps for the feed.
pub(in crate::app) struct Publisher {
    /// Sites where the accelerators are or were on offer.
    sites: FxHashMap<AcceleratorId, BTreeSet<SiteId>>,
    /// Whose depth has changed since it was last published.
    changed: BTreeSet<(AcceleratorId, SiteId)>,
    /// What was last published, so that a change of nothing is not.
    published: FxHashMap<(AcceleratorId, SiteId), Levels>,
    /// When depths may be published again.
    next: Instant,
    /// The leaf of the last command.
    leaf: i64,
}

type Levels = (Vec<depth::AskView>, Vec<depth::BidLevelView>);

impl Publisher {
    /// Nothing has changed yet.
    pub(in crate::app) fn new(state: &State) -> Publisher {
        let mut sites: FxHashMap<AcceleratorId, BTreeSet<SiteId>> = FxHashMap::default();
        for listing in state.book.listings() {
            sites.entry(listing.accelerator).or_default().insert(listing.site);
        }
        Publisher {
            sites,
            changed: BTreeSet::new(),
            published: FxHashMap::default(),
            next: Instant::now(),
            leaf: 0,
        }
    }

    /// When depths are to be looked at again; none while there are none to publish. While nobody listens they wait, and
    /// somebody may come.
    pub(in crate::app) fn due(&self, feed: &Feed) -> Option<Instant> {
        let somebody = || {
            if feed.subscribers() > 0 {
                self.next
            } else {
                Instant::now() + PAUSE
            }
        };
        (!self.changed.is_empty()).then(somebody)
    }

    /// Publishes the trades of some commands, and notes whose depth they change.
    pub(in crate::app) fn publish_trades(&mut self, state: &State, happened: &[Happened], replica: &Replica) {
        let mut touched = Touched::default();
        let mut trades = Vec::new();
        for (leaf, events) in happened {
            self.leaf = *leaf;
            let mut number = 0;
            for event in events {
                touched.add(event);
                if let Event::Filled(fill) = event
                    && fill.origin.is_match()
                {
                    number += 1;
                    let id = EventId { leaf: *leaf, number };
                    let view = TradeView::of(&state.catalogue, fill);
                    let text = view.and_then(|view| text(id, "trade", &view));
                    trades.extend(text.map(|text| FeedEvent {
                        id,
                        accelerator: fill.accelerator,
                        site: fill.site,
                        text,
                    }));
                }
            }
        }
        replica.feed().publish(trades);
        for (accelerator, site) in &touched.at {
            self.sites.entry(*accelerator).or_default().insert(*site);
        }
        for accelerator in &touched.everywhere {
            let sites = self.sites.get(accelerator).into_iter().flatten();
            self.changed.extend(sites.map(|site| (*accelerator, *site)));
        }
        self.changed.extend(touched.at.iter().copied());
        replica.changes().touch(&touched);
    }

    /// Publishes the depth of all that has changed, if it is time.
    pub(in crate::app) fn publish_depth(&mut self, replica: &Replica) {
        let began = Instant::now();
        if self.due(replica.feed()).is_none_or(|due| due > began) {
            return;
        }
        let mut id = EventId {
            leaf: self.leaf,
            number: 0,
        };
        let last = replica.feed().last();
        if last.leaf == id.leaf {
            id = last;
        }
        let now = replica.now().hour_ceil();
        let mut depths = Vec::new();
        for (accelerator, site) in std::mem::take(&mut self.changed) {
            let wanted = Wanted {
                product: Product {
                    accelerator,
                    site: Some(site),
                },
                from: now,
                until: None,
                levels: LEVELS_DEFAULT,
            };
            let Some(view) = replica.read_at(|state, seq| depth::view(state, seq, &wanted)) else {
                continue;
            };
            let levels = (view.asks.clone(), view.bids.clone());
            if self.published.get(&(accelerator, site)) == Some(&levels) {
                continue;
            }
            self.published.insert((accelerator, site), levels);
            id.number = id.number.saturating_add(1);
            depths.extend(text(id, "depth", &view).map(|text| FeedEvent {
                id,
                accelerator,
                site,
                text,
            }));
        }
        replica.feed().publish(depths);
        let ended = Instant::now();
        self.next = ended + PAUSE.max((ended - began).saturating_mul(SHARE));
    }
}

/// An event as `text/event-stream` has it.
fn text(id: EventId, name: &str, content: &impl Serialize) -> Option<Arc<[u8]>> {
    let content = serde_json::to_string(content).ok()?;
    Some(
        format!("id: {id}\nevent: {name}\ndata: {content}\n\n")
            .into_bytes()
            .into(),
    )
}
