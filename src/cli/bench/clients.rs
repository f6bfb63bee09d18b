//! Clients that each wait for their answer before they ask again, without a thread for each.

use std::time::{Duration, Instant};

use crossbeam_channel::unbounded;

use crate::app::exchange::Handle;
use crate::app::request::{Request, SubmitError};
use crate::cli::failure::Failure;

/// How much is asked.
#[derive(Debug, Clone, Copy)]
pub(super) enum Load {
    /// For a time.
    For {
        /// How many clients.
        clients: usize,
        /// How long.
        time: Duration,
    },
    /// Until there is no more to ask.
    Each {
        /// How many clients.
        clients: usize,
    },
}

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) accepted: u64,
    pub(super) refused: u64,
    pub(super) busy: u64,
    pub(super) took: Duration,
    pub(super) times: Vec<Duration>,
}

/// Lets the clients ask what `next` says for the client of a number, until the load is done or it says nothing more.
pub(super) fn run(
    handle: &Handle,
    load: Load,
    mut next: impl FnMut(usize) -> Option<Request>,
) -> Result<Outcome, Failure> {
    let (clients, time) = match load {
        Load::For { clients, time } => (clients, Some(time)),
        Load::Each { clients } => (clients, None),
    };
    let (sender, answers) = unbounded();
    let mut outcome = Outcome::default();
    let began = Instant::now();
    let mut waiting = 0;
    let mut ask = |client: usize, outcome: &mut Outcome| -> Result<bool, Failure> {
        let Some(request) = next(client) else { return Ok(false) };
        let sender = sender.clone();
        let asked = Instant::now();
        let submitted = handle.submit(request, move |reply| {
            let _ = sender.send((client, asked.elapsed(), reply));
        });
        match submitted {
            Ok(()) => Ok(true),
            Err(SubmitError::Busy) => {
                outcome.busy += 1;
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    };
    for client in 0..clients {
        waiting += usize::from(ask(client, &mut outcome)?);
    }
    while waiting > 0 {
        let Ok((client, took, reply)) = answers.recv() else {
            break;
        };
        waiting -= 1;
        if reply?.accepted {
            outcome.accepted += 1;
        } else {
            outcome.refused += 1;
        }
        outcome.times.push(took);
        if time.is_none_or(|time| began.elapsed() < time) {
            waiting += usize::from(ask(client, &mut outcome)?);
        }
    }
    outcome.took = began.elapsed();
    Ok(outcome)
}
