//! Settling: who drives a settlement to its end, on a schedule and on demand, and what it would post.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};
use serde::Deserialize;
use serde_json::Value;

use super::answer::Receipt;
use super::body;
use super::clock::{self, Clock};
use super::exchange::Handle;
use super::replica::{Replica, Unwell};
use super::request::{Reply, Request, SubmitError};
use super::view::settlement::{PreviewView, PreviewedView};
use crate::domain::account::AccountKey;
use crate::domain::fees::{FeeSchedule, VatChange};
use crate::domain::id::{AccountId, LeaseId, SettlementId};
use crate::domain::settlement::NewCorrection;
use crate::domain::time::Timestamp;
use crate::engine::rejection::{FieldRule, invalid};
use crate::engine::settlement::{SettlementCommand, excerpt, preview as preview_of};
use crate::engine::{Command, Rejection, State};

/// Leases settled by one command: what waits behind it waits some hundredths of a second.
pub const LEASES_AT_ONCE: u32 = 2_000;
/// Commands of a settlement that wait to be durable while the next one is given: a commit and the next batch overlap, and no more
/// than these are in memory.
const GIVEN_AHEAD: usize = 2;
/// Leases that an answer lists.
pub const LEASES_SHOWN: usize = 200;
/// How long until a settlement asks again for a place in a queue that is full.
const BUSY_WAIT: Duration = Duration::from_millis(20);
/// How long until a settlement that failed is tried again.
const RETRY: Duration = Duration::from_secs(10);

/// The body of `POST /v1/settlements`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettlementBody {
    /// All accepted usage up to here is settled.
    until: Timestamp,
}

/// The body of `POST /v1/settlements/preview`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewBody {
    /// Up to when one would settle.
    until: Timestamp,
    /// Leases after this one are listed; none: from the first on. The totals are always those of all.
    #[serde(default)]
    after: Option<LeaseId>,
}

/// The body of `POST /v1/periods/close`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CloseBody {
    /// The first instant of the first month that stays open, in Asia/Shanghai.
    until: Timestamp,
}

/// Begins a settlement; [`Settler::drive`] goes on with it.
///
/// # Errors
/// The body breaks a rule.
pub fn begin(body: Value) -> Result<Command, Rejection> {
    let SettlementBody { until } = body::parse(body)?;
    Ok(begin_at(until))
}

/// Begins a settlement up to an instant.
pub fn begin_at(until: Timestamp) -> Command {
    Command::Settle {
        until,
        most: Some(LEASES_AT_ONCE),
    }
}

/// Closes a period.
///
/// # Errors
/// The body breaks a rule.
pub fn close(body: Value) -> Result<Command, Rejection> {
    let CloseBody { until } = body::parse(body)?;
    Ok(Command::Settlement(SettlementCommand::ClosePeriod { until }))
}

/// Corrects a closed period.
///
/// # Errors
/// The body breaks a rule.
pub fn correct(body: Value) -> Result<Command, Rejection> {
    let asked: NewCorrection = body::parse(body)?;
    Ok(Command::Settlement(SettlementCommand::CorrectUsage(asked)))
}

/// Sets fees.
///
/// # Errors
/// The body breaks a rule.
pub fn fees(body: Value) -> Result<Command, Rejection> {
    let schedule: FeeSchedule = body::parse(body)?;
    Ok(Command::Settlement(SettlementCommand::SetFees(schedule)))
}

/// Sets the rate of VAT contained in fees.
///
/// # Errors
/// The body breaks a rule.
pub fn vat(body: Value) -> Result<Command, Rejection> {
    let change: VatChange = body::parse(body)?;
    Ok(Command::Settlement(SettlementCommand::SetVat(change)))
}

/// Why a settlement does not go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettleError {
    /// The exchange has no answer.
    #[error(transparent)]
    Submit(#[from] SubmitError),
    /// The exchange refuses it.
    #[error("the settlement is refused: {0}")]
    Refused(String),
}

/// Where the open settlement is; none: there is none.
fn open(handle: &Handle) -> Result<Option<(SettlementId, LeaseId)>, SubmitError> {
    handle.inspect(|state| {
        let run = state.run.as_ref()?;
        Some((run.id, run.next?))
    })
}

/// How a settlement is driven.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Leases of one command.
    pub at_once: u32,
    /// The instant of the commands; none: the machine's clock says it.
    pub at: Option<Timestamp>,
    /// When to stop driving; none: at the end.
    pub stop: Option<Instant>,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace {
            at_once: LEASES_AT_ONCE,
            at: None,
            stop: None,
        }
    }
}

impl Pace {
    fn no_longer_than(limit: Duration) -> Pace {
        Pace {
            stop: Some(Instant::now() + limit),
            ..Pace::default()
        }
    }
}

/// Goes on with the settlement that is not over, until it is or the time has come. Says whether it is over.
///
/// # Errors
/// See [`SettleError`].
pub fn drive(handle: &Handle, pace: Pace) -> Result<bool, SettleError> {
    let (answered, answers) = bounded(GIVEN_AHEAD + 1);
    let mut waiting = 0;
    let mut last = None;
    loop {
        let place = open(handle)?;
        let is_late = pace.stop.is_some_and(|stop| Instant::now() >= stop);
        let Some((run, from)) = place.filter(|_| !is_late) else {
            for _ in 0..waiting {
                check(&answers)?;
            }
            return Ok(place.is_none());
        };
        if last == place {
            // The command before did not go on from there: hear why.
            for _ in 0..std::mem::take(&mut waiting) {
                check(&answers)?;
            }
        }
        last = place;
        if waiting >= GIVEN_AHEAD {
            check(&answers)?;
            waiting -= 1;
        }
        let command = Command::Settlement(SettlementCommand::ContinueSettlement {
            run,
            from,
            most: pace.at_once,
        });
        let answered = answered.clone();
        let request = Request {
            at: pace.at,
            ..Request::new("settlement", command)
        };
        let given = handle.submit(request, move |reply| {
            // Whoever drives may have given up.
            let _ = answered.send(reply);
        });
        match given {
            Ok(()) => waiting += 1,
            // Others come first.
            Err(SubmitError::Busy) => std::thread::sleep(BUSY_WAIT),
            Err(error) => return Err(error.into()),
        }
    }
}

fn check(answers: &Receiver<Result<Reply, SubmitError>>) -> Result<(), SettleError> {
    let ended = || SubmitError::Stopped("it ended before it answered".to_owned());
    let reply = answers.recv().unwrap_or_else(|_| Err(ended()))?;
    if reply.accepted {
        return Ok(());
    }
    Err(SettleError::Refused(reply.answer))
}

/// What drives settlements of a running service. Cheap to clone; the copies are one.
#[derive(Clone)]
pub struct Settler {
    handle: Handle,
    /// One drives at a time: two would refuse each other.
    driving: Arc<Mutex<()>>,
    stops: Arc<AtomicBool>,
    wake: Sender<()>,
}

impl Settler {
    /// Starts a thread that goes on with a settlement which is not over, now and whenever one is left to it, and that begins one every
    /// so many hours by the machine's clock (0: never). What was missed is made up for by one.
    ///
    /// # Errors
    /// The machine has no thread for it.
    pub fn start(handle: Handle, every_hours: u32) -> io::Result<(Settler, JoinHandle<()>)> {
        let (wake, woken) = bounded(1);
        let settler = Settler {
            handle,
            driving: Arc::default(),
            stops: Arc::default(),
            wake,
        };
        let own = settler.clone();
        let builder = std::thread::Builder::new().name("settler".to_owned());
        let thread = builder.spawn(move || own.run(every_hours, &woken))?;
        Ok((settler, thread))
    }

    /// Ends the thread soon. What is not over then is resumed at the next start.
    pub fn stop(&self) {
        self.stops.store(true, Ordering::SeqCst);
        let _ = self.wake.try_send(());
    }

    /// Drives the open settlement for so long; what is left then is driven on by the thread. Says whether it is over.
    ///
    /// # Errors
    /// See [`SettleError`].
    pub fn drive(&self, at_most: Duration) -> Result<bool, SettleError> {
        let _turn = self.driving.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = drive(&self.handle, Pace::no_longer_than(at_most));
        if is_over != Ok(true) {
            let _ = self.wake.try_send(());
        }
        is_over
    }

    fn run(&self, every_hours: u32, woken: &Receiver<()>) {
        while !self.stops.load(Ordering::SeqCst) {
            let settled = self.on_schedule(every_hours);
            let wait = match &settled {
                Ok(Some(next)) => Clock::System.until(Some(*next)).unwrap_or(RETRY),
                Ok(None) => Duration::from_secs(86_400),
                // Nobody takes commands any more.
                Err(SettleError::Submit(SubmitError::Stopped(_))) => return,
                Err(error) => {
                    tracing::error!(%error, "a settlement does not go on");
                    RETRY
                }
            };
            let _ = woken.recv_timeout(wait);
        }
    }

    /// Drives what is open and begins what is due. Says when it is due again.
    fn on_schedule(&self, every_hours: u32) -> Result<Option<Timestamp>, SettleError> {
        loop {
            // Short turns, so that who stops or asks waits for one of them only.
            while !self.drive_on()? {
                if self.stops.load(Ordering::SeqCst) {
                    return Ok(None);
                }
            }
            let Some((due, next)) = boundaries(clock::system_now(), every_hours) else {
                return Ok(None);
            };
            let settled_until = self.handle.inspect(|state| state.settled_until)?;
            if settled_until >= due {
                return Ok(Some(next));
            }
            let reply = self.handle.call(Request::new("schedule", begin_at(due)))?;
            if !reply.accepted {
                return Err(SettleError::Refused(reply.answer));
            }
        }
    }

    fn drive_on(&self) -> Result<bool, SettleError> {
        let _turn = self.driving.lock().unwrap_or_else(PoisonError::into_inner);
        drive(&self.handle, Pace::no_longer_than(Duration::from_secs(1)))
    }
}

/// The last instant of a schedule and the next one: multiples of so many hours since the epoch, in UTC.
fn boundaries(now: Timestamp, every_hours: u32) -> Option<(Timestamp, Timestamp)> {
    let every = i32::try_from(every_hours).ok().filter(|every| *every > 0)?;
    let hour = now.hour_floor();
    let past = u32::try_from(hour.0.rem_euclid(every)).unwrap_or(0);
    let due = Timestamp::from_micros(hour.timestamp().micros() - i64::from(past) * 3_600_000_000);
    Some((due, due.plus_hours(every_hours)))
}

/// The receipt of the command that began a settlement, and which settlement that is.
///
/// # Errors
/// The stored answer cannot be read, which would be a defect.
pub fn begun(reply: &Reply) -> Result<(SettlementId, Receipt), serde_json::Error> {
    #[derive(Deserialize)]
    struct Begun {
        id: SettlementId,
        receipt: Receipt,
    }
    let Begun { id, receipt } = serde_json::from_str(&reply.answer)?;
    Ok((id, receipt))
}

/// What a settlement would post, by the replica.
///
/// # Errors
/// The body breaks a rule, the settlement would be refused, or the replica cannot be relied on.
pub fn preview(replica: &Replica, body: Value) -> Result<Result<PreviewView, Rejection>, Unwell> {
    let PreviewBody { until, after } = match body::parse(body) {
        Ok(body) => body,
        Err(refused) => return Ok(Err(refused)),
    };
    let (now, copy) = replica.rely(|replica| {
        let now = replica.now();
        (now, replica.read(|state| excerpt(state, until, now)))
    })?;
    Ok(preview_on(copy, (until, after), now, LEASES_SHOWN))
}

/// What a settlement would post, on a copy of the state; `most` leases are listed.
///
/// # Errors
/// The settlement would be refused.
pub fn preview_on(
    copy: State,
    (until, after): (Timestamp, Option<LeaseId>),
    at: Timestamp,
    most: usize,
) -> Result<PreviewView, Rejection> {
    if until > at {
        return Err(invalid("/until", FieldRule::Future, "must not lie in the future"));
    }
    let accounts = copy.ledger.accounts();
    let mut keys: BTreeMap<AccountId, AccountKey> = accounts.iter().map(|account| (account.id, account.key)).collect();
    let mut leases = Vec::new();
    let mut is_cut = false;
    let totals = preview_of(copy, until, at.max(until), |one| {
        keys.extend(
            one.movements
                .iter()
                .flat_map(|movement| movement.opened.iter().copied()),
        );
        if after.is_some_and(|after| one.settled.lease <= after) {
            return;
        }
        if leases.len() < most {
            leases.push(PreviewedView::of(one, &keys));
        } else {
            is_cut = true;
        }
    })?;
    let next = leases.last().map(|last| last.settled.lease).filter(|_| is_cut);
    Ok(PreviewView {
        until,
        totals,
        leases,
        next,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_counts_from_the_epoch() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        for (now, every, expected) in [
            (
                "2026-11-24T10:59:59Z",
                1,
                Some(("2026-11-24T10:00:00Z", "2026-11-24T11:00:00Z")),
            ),
            (
                "2026-11-24T11:00:00Z",
                1,
                Some(("2026-11-24T11:00:00Z", "2026-11-24T12:00:00Z")),
            ),
            (
                "2026-11-24T11:30:00Z",
                6,
                Some(("2026-11-24T06:00:00Z", "2026-11-24T12:00:00Z")),
            ),
            ("2026-11-24T11:30:00Z", 0, None),
        ] {
            let expected = expected.map(|(due, next)| (at(due), at(next)));
            assert_eq!(boundaries(at(now), every), expected, "{now} every {every}");
        }
    }
}
