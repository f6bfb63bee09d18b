//! Depth: what stands in the book by price.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::replica::Replica;
use crate::domain::code::Code;
use crate::domain::money::Price;
use crate::domain::time::{Hour, Timestamp, Window};
use crate::engine::matching::{AskLevel, BidLevel, Product};
use crate::engine::rejection::{FieldRule, invalid};
use crate::engine::{Rejection, State};

/// Levels of each side where nothing is said.
pub const LEVELS_DEFAULT: usize = 20;
/// Most levels of each side.
pub const LEVELS_MAX: usize = 100;
/// While a product changes without a pause, its depth is made anew at most so often.
const FRESH: Duration = Duration::from_millis(50);
/// Most answers kept.
const KEPT_MAX: usize = 4_096;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DepthQuery {
    /// Of which accelerator.
    pub accelerator: Code,
    /// At which site. None: all of them together.
    pub site: Option<Code>,
    /// From which hour on; at the earliest, and where nothing is said, the next whole one.
    pub from: Option<Timestamp>,
    /// Until which hour. None: until the listings end.
    pub until: Option<Timestamp>,
    /// Most levels of each side, from 1 to 100. None: 20.
    pub levels: Option<usize>,
}

/// What stands in the book by price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DepthView {
    /// Of which accelerator.
    pub accelerator: Code,
    /// At which site; null: at all of them together.
    pub site: Option<Code>,
    /// From which hour on.
    pub from: Timestamp,
    /// Until which hour; null: until the listings end.
    pub until: Option<Timestamp>,
    /// The last journal leaf that is included.
    pub seq: i64,
    /// What is on offer, cheapest first.
    pub asks: Vec<AskView>,
    /// What is wanted, highest limit first.
    pub bids: Vec<BidLevelView>,
}

/// What is on offer at a price. Only whole lots count: nothing else is let.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AskView {
    /// The ask.
    pub price: Price,
    /// The most cards free together in one and the same hour of the window; no promise that they are free for longer.
    pub cards: u64,
    /// Free cards times the hours of the window for which they are free.
    pub card_hours: u64,
    /// Listings that have a lot free in some hour of the window.
    pub listings: u32,
}

/// What is wanted at a limit. The window plays no part in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct BidLevelView {
    /// The highest limit that the bids offer for the accelerator.
    pub price: Price,
    /// Cards that they still want at it. A bid that takes several sites counts at each.
    pub cards: u64,
    /// How many bids.
    pub bids: u32,
}

impl From<AskLevel> for AskView {
    fn from(level: AskLevel) -> AskView {
        let AskLevel {
            price,
            cards,
            card_hours,
            listings,
        } = level;
        AskView {
            price,
            cards,
            card_hours,
            listings,
        }
    }
}

impl From<BidLevel> for BidLevelView {
    fn from(level: BidLevel) -> BidLevelView {
        let BidLevel { price, cards, bids } = level;
        BidLevelView { price, cards, bids }
    }
}

/// What is asked, in the one form that all questions for the same have.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Question {
    accelerator: Code,
    site: Option<Code>,
    /// None: from now on.
    from: Option<Hour>,
    until: Option<Hour>,
    levels: usize,
}

impl Question {
    fn new(query: &DepthQuery, now: Hour) -> Result<Question, Rejection> {
        let levels = query.levels.unwrap_or(LEVELS_DEFAULT);
        if levels == 0 || levels > LEVELS_MAX {
            return Err(invalid("/levels", FieldRule::TooLarge, "must be from 1 to 100"));
        }
        let hour = |pointer, at: Option<Timestamp>| {
            at.map(Timestamp::hour_exact)
                .transpose()
                .map_err(|unaligned| invalid(pointer, FieldRule::Unaligned, unaligned.to_string()))
        };
        let from = hour("/from", query.from)?.filter(|from| *from > now);
        let until = hour("/until", query.until)?;
        let first = from.unwrap_or(now);
        if until.is_some_and(|until| until <= first) {
            let detail = format!("must come after {first}");
            return Err(invalid("/until", FieldRule::Reversed, detail));
        }
        Ok(Question {
            accelerator: query.accelerator.clone(),
            site: query.site.clone(),
            from,
            until,
            levels,
        })
    }

    fn wanted(&self, state: &State, now: Hour) -> Result<Wanted, Rejection> {
        Ok(Wanted {
            product: super::product(&state.catalogue, &self.accelerator, self.site.as_ref())?,
            from: self.from.unwrap_or(now),
            until: self.until,
            levels: self.levels,
        })
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub(super) product: Product,
    pub(super) from: Hour,
    pub(super) until: Option<Hour>,
    pub(super) levels: usize,
}

/// Answers that were given, as bytes.
#[derive(Debug, Default)]
pub struct DepthCache(RwLock<Answers>);

#[derive(Debug, Default)]
struct Answers {
    by_question: FxHashMap<Question, Arc<Kept>>,
    /// By the number of each answer, so that the oldest is the first.
    in_order: BTreeMap<u64, Question>,
    /// The last number given.
    last: u64,
}

#[derive(Debug)]
struct Kept {
    number: u64,
    json: Arc<[u8]>,
    /// Counts the changes of the accelerator, and stood at `version` before the answer was made.
    changes: Arc<AtomicU64>,
    version: u64,
    made: Instant,
    /// The next whole hour when it was made.
    hour: Hour,
    /// Somebody makes the next one already.
    is_being_replaced: AtomicBool,
}

impl Kept {
    fn is_fresh(&self, now: Hour) -> bool {
        let is_unchanged = || self.changes.load(Ordering::SeqCst) == self.version;
        self.hour == now && (is_unchanged() || self.made.elapsed() < FRESH)
    }
}

/// The depth of a product as JSON, where somebody has asked for it and it still holds; an answer may be up to 50 ms old while
/// the product changes without a pause. Never waits for the market.
///
/// # Errors
/// There is none, or it holds no more: ask [`depth`], and keep what is given here until that has answered.
pub fn known(replica: &Replica, query: &DepthQuery) -> Result<Arc<[u8]>, Replacing> {
    let now = replica.now().hour_ceil();
    let Ok(question) = Question::new(query, now) else {
        return Err(Replacing(None));
    };
    match replica.depth_cache().find(&question) {
        // While one makes the next answer the others take the old one.
        Some(kept) if kept.is_fresh(now) || kept.is_being_replaced.swap(true, Ordering::SeqCst) => {
            Ok(Arc::clone(&kept.json))
        }
        found => Err(Replacing(found)),
    }
}

/// The depth of a product as JSON, as it stands; [`known`] gives it from now on.
///
/// # Errors
/// [`Rejection::Invalid`] for codes that are not known, hours that are none or reversed, and too many levels.
pub fn depth(replica: &Replica, query: &DepthQuery) -> Result<Arc<[u8]>, Rejection> {
    let now = replica.now().hour_ceil();
    let question = Question::new(query, now)?;
    let wanted = replica.read(|state| question.wanted(state, now))?;
    let changes = replica.changes().of(wanted.product.accelerator);
    let version = changes.load(Ordering::SeqCst);
    let view = replica.read_at(|state, seq| view(state, seq, &wanted));
    let json = view.and_then(|view| serde_json::to_vec(&view).ok());
    let json: Arc<[u8]> = json.ok_or(Rejection::Fault("a depth cannot be written"))?.into();
    let kept = Kept {
        number: 0,
        json: Arc::clone(&json),
        changes,
        version,
        made: Instant::now(),
        hour: now,
        is_being_replaced: AtomicBool::new(false),
    };
    if replica.is_well() {
        replica.depth_cache().keep(question, kept);
    }
    Ok(json)
}

/// The depth as it stands; none of an accelerator that does not exist.
pub(super) fn view(state: &State, seq: i64, wanted: &Wanted) -> Option<DepthView> {
    let Product { accelerator, site } = wanted.product;
    let window = Window::new(wanted.from, wanted.until.unwrap_or(Hour(i32::MAX)));
    let asks = window.map(|window| state.book.asks(wanted.product, window, wanted.levels));
    let bids = state.book.bid_levels(wanted.product, wanted.levels);
    Some(DepthView {
        accelerator: state.catalogue.accelerator(accelerator)?.code.clone(),
        site: site
            .and_then(|site| state.catalogue.site(site))
            .map(|site| site.code.clone()),
        from: wanted.from.timestamp(),
        until: wanted.until.map(Hour::timestamp),
        seq,
        asks: asks.unwrap_or_default().into_iter().map(AskView::from).collect(),
        bids: bids.into_iter().map(BidLevelView::from).collect(),
    })
}

impl DepthCache {
    fn find(&self, wanted: &Question) -> Option<Arc<Kept>> {
        let answers = self.0.read().unwrap_or_else(PoisonError::into_inner);
        answers.by_question.get(wanted).map(Arc::clone)
    }

    fn keep(&self, wanted: Question, answer: Kept) {
        let mut answers = self.0.write().unwrap_or_else(PoisonError::into_inner);
        answers.keep(wanted, answer);
    }
}

impl Answers {
    fn keep(&mut self, wanted: Question, mut answer: Kept) {
        self.last += 1;
        answer.number = self.last;
        self.in_order.insert(self.last, wanted.clone());
        if let Some(before) = self.by_question.insert(wanted, Arc::new(answer)) {
            self.in_order.remove(&before.number);
        }
        if self.by_question.len() > KEPT_MAX
            && let Some((_, oldest)) = self.in_order.pop_first()
        {
            self.by_question.remove(&oldest);
        }
    }
}

/// Whoever makes the next answer has this. Without it, and whatever came of it, the answer before is there for the next one to
/// replace.
#[derive(Debug)]
pub struct Replacing(Option<Arc<Kept>>);

impl Drop for Replacing {
    fn drop(&mut self) {
        if let Some(kept) = &self.0 {
            kept.is_being_replaced.store(false, Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(levels: usize) -> Question {
        Question {
            accelerator: "h20".parse().unwrap(),
            site: None,
            from: None,
            until: None,
            levels,
        }
    }

    fn kept(version: u64) -> Kept {
        Kept {
            number: 0,
            json: Arc::from(&b"{}"[..]),
            changes: Arc::default(),
            version,
            made: Instant::now(),
            hour: Hour(0),
            is_being_replaced: AtomicBool::new(true),
        }
    }

    #[test]
    fn the_oldest_answer_makes_room_and_no_other() {
        let mut answers = Answers::default();
        for levels in 1..=KEPT_MAX {
            answers.keep(question(levels), kept(1));
        }
        answers.keep(question(1), kept(2));
        answers.keep(question(KEPT_MAX + 1), kept(1));
        let has = |levels| answers.by_question.contains_key(&question(levels));
        assert!(has(1) && !has(2) && has(3) && has(KEPT_MAX + 1));
        assert_eq!(
            (answers.by_question.len(), answers.in_order.len()),
            (KEPT_MAX, KEPT_MAX)
        );
        assert_eq!(answers.by_question[&question(1)].version, 2);
    }

    #[test]
    fn questions_for_the_same_are_one() {
        let now = Hour(10);
        let asked = |from: Option<i32>, until: Option<i32>, levels| {
            let query = DepthQuery {
                accelerator: "h20".parse().unwrap(),
                site: None,
                from: from.map(|hour| Hour(hour).timestamp()),
                until: until.map(|hour| Hour(hour).timestamp()),
                levels,
            };
            Question::new(&query, now)
        };
        let plain = asked(None, None, None);
        assert_eq!(plain, Ok(question(LEVELS_DEFAULT)));
        for from in [Some(3), Some(10)] {
            assert_eq!(asked(from, None, Some(LEVELS_DEFAULT)), plain);
        }
        assert_ne!(asked(Some(11), None, None), plain);
        assert!(asked(None, Some(11), None).is_ok());
        assert!(asked(None, Some(10), None).is_err(), "an end that has passed");
    }

    #[test]
    fn who_fails_to_replace_an_answer_leaves_that_to_the_next() {
        let before = Arc::new(kept(1));
        let replacing = Replacing(Some(Arc::clone(&before)));
        let panicked = std::thread::spawn(move || {
            let _replacing = replacing;
            panic!("half-way");
        });
        assert!(panicked.join().is_err());
        assert!(!before.is_being_replaced.load(Ordering::SeqCst));
    }
}
