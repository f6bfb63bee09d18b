//! The thread that owns the write connection: commit, then reply.

use std::io;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::replica::{Committed, Follower};
use super::request::{Reply, SubmitError};
use crate::store::{Batch, CommitError, Writer};

/// Where a reply goes.
pub(super) type Respond = Box<dyn FnOnce(Result<Reply, SubmitError>) + Send>;

/// Tells somebody how a change beside the journal ended.
pub(super) type Told = Box<dyn FnOnce(Result<(), SubmitError>) + Send>;

/// Somebody who waits for a commit.
pub(super) enum Waiting {
    /// For the reply to a command.
    Command(Respond, Reply),
    /// For a change beside the journal.
    Other(Told),
}

impl Waiting {
    /// Tells how the commit has ended.
    pub(super) fn tell(self, ended: Result<(), SubmitError>) {
        match self {
            Waiting::Command(respond, reply) => respond(ended.map(|()| reply)),
            Waiting::Other(told) => told(ended),
        }
    }
}

/// How far a batch goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Mark {
    /// The last command.
    pub(super) command: i64,
    /// The last change of identity.
    pub(super) change: u64,
    /// The last change of webhooks.
    pub(super) hooks: u64,
}

/// A batch to commit, and whom to tell.
pub(super) struct Work {
    pub(super) batch: Batch,
    pub(super) replies: Vec<Waiting>,
    pub(super) mark: Mark,
    /// Its accepted commands, for whoever follows.
    pub(super) accepted: Vec<Committed>,
}

/// How a commit has ended.
pub(super) enum Done {
    /// It is durable, and everybody was told.
    Committed,
    /// It is not, or nobody knows; nobody was told.
    Failed {
        error: CommitError,
        replies: Vec<Waiting>,
        mark: Mark,
        accepted: Vec<Committed>,
    },
}

/// Where work goes, where it is told how that ended, and the thread.
pub(super) type Persister = (Sender<Work>, Receiver<Done>, JoinHandle<()>);

/// How long there must be nothing to commit before account histories are filled.
const IDLE: Duration = Duration::from_millis(20);

/// Starts the thread. It ends when the sender of work is dropped, or after a failure.
pub(super) fn start(writer: Writer, follower: Follower) -> io::Result<Persister> {
    let (work_sender, work) = bounded(1);
    let (done, done_receiver) = bounded(1);
    let builder = std::thread::Builder::new().name("persister".to_owned());
    let thread = builder.spawn(move || run(writer, &follower, &work, &done))?;
    Ok((work_sender, done_receiver, thread))
}

fn run(mut writer: Writer, follower: &Follower, work: &Receiver<Work>, done: &Sender<Done>) {
    let failed = serve(&mut writer, follower, work, done);
    // The database must be free before memory is read again.
    drop(writer);
    if let Some(failed) = failed {
        let _ = done.send(failed);
    }
}

/// Commits until there is no more work to come, or until a commit fails.
fn serve(writer: &mut Writer, follower: &Follower, work: &Receiver<Work>, done: &Sender<Done>) -> Option<Done> {
    let mut wait = IDLE;
    loop {
        match work.recv_timeout(wait) {
            Ok(next) => {
                wait = IDLE;
                let ended = commit(writer, follower, next);
                if matches!(ended, Done::Failed { .. }) {
                    return Some(ended);
                }
                done.send(ended).ok()?;
            }
            Err(RecvTimeoutError::Timeout) => match writer.idle() {
                Ok(true) => wait = Duration::ZERO,
                Ok(false) => wait = Duration::from_secs(3600),
                Err(error) => {
                    return Some(Done::Failed {
                        error,
                        replies: Vec::new(),
                        mark: Mark::default(),
                        accepted: Vec::new(),
                    });
                }
            },
            Err(RecvTimeoutError::Disconnected) => return None,
        }
    }
}

fn commit(writer: &mut Writer, follower: &Follower, work: Work) -> Done {
    let Work {
        batch,
        replies,
        mark,
        accepted,
    } = work;
    if !batch.is_empty() {
        let started = Instant::now();
        if let Err(error) = writer.commit(&batch) {
            return Done::Failed {
                error,
                replies,
                mark,
                accepted,
            };
        }
        metrics::histogram!("commit_seconds").record(started.elapsed());
    }
    follower.tell(accepted);
    for waiting in replies {
        waiting.tell(Ok(()));
    }
    Done::Committed
}
