//! What is due when. Timers follow from the state and are rebuilt with it.

use std::collections::BTreeSet;

use crate::domain::application::{Application, ApplicationState};
use crate::domain::bid::{Bid, TimeInForce};
use crate::domain::id::{ApplicationId, BidId, DisputeId, LeaseId, ListingId, OrgId, OutageId, Seq, VoucherId};
use crate::domain::lease::{Lease, LeaseState};
use crate::domain::life::{HandOver, Trouble};
use crate::domain::listing::Listing;
use crate::domain::time::{Hour, Timestamp};
use crate::domain::voucher::Voucher;

/// Something that happens by time alone. At one instant the order of the variants decides, then the seq.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Due {
    /// A bid expires.
    Bid(Seq, BidId),
    /// A listing's window has passed.
    Listing(Seq, ListingId),
    /// A voucher expires.
    Voucher(VoucherId),
    /// A lease starts.
    LeaseStart(LeaseId),
    /// A lease ends.
    LeaseEnd(LeaseId),
    /// Earnings become payable.
    Earnings(OrgId),
    /// A voucher expires in so many days.
    Alert(VoucherId, u32),
    /// The public notice of an application ends.
    Notice(ApplicationId),
    /// The operator should have decided a dispute.
    Dispute(DisputeId),
    /// Somebody has let the time pass in which a lease waited for them.
    LeaseWait(LeaseId),
    /// An outage was contested by nobody.
    Outage(OutageId),
}

/// All that is due, by instant.
#[derive(Debug, Default)]
pub struct Timers(BTreeSet<(Timestamp, Due)>);

impl Timers {
    /// Adds.
    pub fn set(&mut self, at: Timestamp, due: Due) {
        self.0.insert((at, due));
    }

    /// Takes away.
    pub fn clear(&mut self, at: Timestamp, due: Due) {
        self.0.remove(&(at, due));
    }

    /// The first instant at which something is due.
    pub fn next(&self) -> Option<Timestamp> {
        self.0.first().map(|(at, _)| *at)
    }

    /// Takes the first thing that is due by `now`.
    pub fn pop(&mut self, now: Timestamp) -> Option<(Timestamp, Due)> {
        if self.next()? > now {
            return None;
        }
        self.0.pop_first()
    }
}

/// When a resting bid expires: when it can no longer start in time, or at the end of its time in force.
pub fn of_bid(bid: &Bid) -> (Timestamp, Due) {
    let shortest = bid
        .live_alternatives()
        .map(|(_, alternative)| alternative.hours)
        .min()
        .unwrap_or(0);
    let last_start = Hour(bid.latest.0.saturating_sub_unsigned(shortest)).timestamp();
    // It can start at that very instant, so it expires with the next one.
    let too_late = Timestamp::from_micros(last_start.micros().saturating_add(1));
    let at = match bid.tif {
        TimeInForce::Gtd { expires_at } => too_late.min(expires_at),
        TimeInForce::Gtc | TimeInForce::Ioc | TimeInForce::Fok => too_late,
    };
    (at, Due::Bid(bid.seq, bid.id))
}

/// When an open listing ends.
pub fn of_listing(listing: &Listing) -> (Timestamp, Due) {
    (
        listing.window.until().timestamp(),
        Due::Listing(listing.seq, listing.id),
    )
}

/// When a voucher expires.
pub fn of_voucher(voucher: &Voucher) -> (Timestamp, Due) {
    (voucher.valid_until, Due::Voucher(voucher.id))
}

/// When it is told that a voucher expires in so many days.
pub fn of_alert(voucher: &Voucher, days: u32) -> (Timestamp, Due) {
    let before = i64::from(days).saturating_mul(24 * 3_600 * 1_000_000);
    let at = Timestamp::from_micros(voucher.valid_until.micros().saturating_sub(before));
    (at, Due::Alert(voucher.id, days))
}

/// When the public notice of an application ends, if it is under one.
pub fn of_application(application: &Application) -> Option<(Timestamp, Due)> {
    match application.state {
        ApplicationState::Published { until, .. } | ApplicationState::Objected { until, .. } => {
            Some((until, Due::Notice(application.id)))
        }
        ApplicationState::Submitted
        | ApplicationState::InReview { .. }
        | ApplicationState::Returned
        | ApplicationState::Reviewed { .. }
        | ApplicationState::Cleared { .. }
        | ApplicationState::Granted { .. }
        | ApplicationState::Rejected { .. }
        | ApplicationState::Withdrawn => None,
    }
}

/// What happens next to a lease by time: its start or its end, and the first thing that it waits for.
pub fn of_lease(lease: &Lease) -> impl Iterator<Item = (Timestamp, Due)> {
    hours_of_lease(lease).into_iter().chain(wait_of_lease(lease))
}

fn hours_of_lease(lease: &Lease) -> Option<(Timestamp, Due)> {
    let start = Some((lease.fill.window.from().timestamp(), Due::LeaseStart(lease.id())));
    let end = Some((lease.ends.timestamp(), Due::LeaseEnd(lease.id())));
    match (lease.state, lease.life().hand_over) {
        (LeaseState::Pending | LeaseState::Provisioned, HandOver::NotAsked)
        | (LeaseState::Provisioned, HandOver::Accepted { .. }) => start,
        (LeaseState::Pending, HandOver::Awaited { .. } | HandOver::Given { .. } | HandOver::Accepted { .. })
        | (LeaseState::Provisioned, HandOver::Awaited { .. } | HandOver::Given { .. })
        | (LeaseState::Active | LeaseState::Degraded | LeaseState::Suspended, _) => end,
        (LeaseState::Ended | LeaseState::Closed, _) => None,
    }
}

/// When the time of whoever a lease waits for is over.
fn wait_of_lease(lease: &Lease) -> Option<(Timestamp, Due)> {
    if lease.state.is_over() {
        return None;
    }
    let life = lease.life();
    let hand_over = match life.hand_over {
        HandOver::Awaited { until } | HandOver::Given { until, .. } => Some(until),
        HandOver::NotAsked | HandOver::Accepted { .. } => None,
    };
    let suspension = match life.trouble {
        Some(Trouble::Suspended { until, .. }) => until,
        Some(Trouble::Degraded { .. }) | None => None,
    };
    let answers = life.changes.iter().map(|request| request.until);
    let first = answers.chain(hand_over).chain(suspension).min()?;
    Some((first, Due::LeaseWait(lease.id())))
}
