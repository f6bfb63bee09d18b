//! The threads behind the log: one signs on a schedule, one for each witness asks it to sign too. Trading waits for none of them.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};
use serde::Serialize;
use utoipa::ToSchema;

use super::client::WitnessClient;
use super::sealer::{SealError, Sealer};
use crate::app::clock::system_now;
use crate::domain::time::Timestamp;
use crate::store::log::CheckpointRow;

/// How long until a witness that failed is asked again, at first; then twice as long each time.
const RETRY_FIRST: Duration = Duration::from_secs(1);
/// How long at most.
const RETRY_MOST: Duration = Duration::from_secs(300);
/// How long a thread sleeps that has nothing to do.
const IDLE: Duration = Duration::from_secs(86_400);

/// How a witness stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WitnessView {
    /// Its public key.
    pub key: String,
    /// Where it is asked.
    pub url: String,
    /// How many leaves it has signed, as far as was heard since the start; null: none.
    pub size: Option<u64>,
    /// Since when it has not signed; null: it does.
    #[schema(value_type = Option<String>)]
    pub failing_since: Option<Timestamp>,
    /// Why not.
    pub failure: Option<String>,
}

/// What goes to a thread.
enum Call {
    /// There may be something to do.
    Wake,
    /// End.
    Stop,
}

/// How the log is kept, for all threads. Cheap to clone.
#[derive(Clone)]
pub struct LogDesk {
    sealer: Sealer,
    witnesses: Arc<Vec<Arc<Mutex<WitnessView>>>>,
    wake: Vec<Sender<Call>>,
}

/// The threads.
pub struct Keepers {
    calls: Vec<Sender<Call>>,
    threads: Vec<JoinHandle<()>>,
}

impl LogDesk {
    /// What the log is called.
    pub fn origin(&self) -> &str {
        self.sealer.origin()
    }

    /// Makes a checkpoint of all that is committed, and has it witnessed in a while.
    ///
    /// # Errors
    /// See [`SealError`].
    pub fn seal(&self) -> Result<CheckpointRow, SealError> {
        let row = self.sealer.seal(system_now())?;
        self.wake.iter().for_each(wake);
        Ok(row)
    }

    /// How the witnesses stand.
    pub fn witnesses(&self) -> Vec<WitnessView> {
        let witnesses = self.witnesses.iter();
        witnesses
            .map(|view| view.lock().unwrap_or_else(PoisonError::into_inner).clone())
            .collect()
    }

    /// Starts the threads: one that seals every so often, where `every` says so, and one for each witness.
    ///
    /// # Errors
    /// The machine gives no threads.
    pub fn start(
        sealer: Sealer,
        every: Option<Duration>,
        clients: Vec<WitnessClient>,
    ) -> io::Result<(LogDesk, Keepers)> {
        let mut keepers = Keepers {
            calls: Vec::new(),
            threads: Vec::new(),
        };
        let mut views = Vec::new();
        let mut wake = Vec::new();
        for client in clients {
            let view = Arc::new(Mutex::new(WitnessView {
                key: client.address().key.to_string(),
                url: client.address().url.clone(),
                size: None,
                failing_since: None,
                failure: None,
            }));
            let (call, calls) = bounded(1);
            views.push(Arc::clone(&view));
            wake.push(call.clone());
            let builder = std::thread::Builder::new().name("witnessing".to_owned());
            keepers
                .threads
                .push(builder.spawn(move || bring(&client, &view, &calls))?);
            keepers.calls.push(call);
        }
        let desk = LogDesk {
            sealer,
            witnesses: Arc::new(views),
            wake,
        };
        if let Some(every) = every {
            let (call, calls) = bounded(1);
            let desk = desk.clone();
            let builder = std::thread::Builder::new().name("sealing".to_owned());
            keepers.threads.push(builder.spawn(move || seal(&desk, every, &calls))?);
            keepers.calls.push(call);
        }
        Ok((desk, keepers))
    }
}

impl Keepers {
    /// Ends the threads. What is under way ends first.
    pub fn stop(self) {
        for call in &self.calls {
            let _ = call.send(Call::Stop);
        }
        for thread in self.threads {
            // What it left undone is done after the next start.
            let _ = thread.join();
        }
    }
}

/// One that is awake already needs no second call.
fn wake(call: &Sender<Call>) {
    match call.try_send(Call::Wake) {
        Ok(()) | Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {}
    }
}

fn seal(desk: &LogDesk, every: Duration, calls: &Receiver<Call>) {
    loop {
        match calls.recv_timeout(every) {
            Ok(Call::Wake) | Err(RecvTimeoutError::Timeout) => {}
            Ok(Call::Stop) | Err(RecvTimeoutError::Disconnected) => return,
        }
        let failed = desk.seal().err();
        metrics::gauge!("log_sealing_failing").set(u8::from(failed.is_some()));
        if let Some(error) = failed {
            tracing::error!(%error, "no checkpoint can be made");
        }
    }
}

fn bring(client: &WitnessClient, view: &Mutex<WitnessView>, calls: &Receiver<Call>) {
    let name = client.address().key.name().to_owned();
    let mut retry = RETRY_FIRST;
    // What is not signed since before the start is asked for at once.
    let mut wait = Duration::ZERO;
    loop {
        match calls.recv_timeout(wait) {
            Ok(Call::Wake) | Err(RecvTimeoutError::Timeout) => {}
            Ok(Call::Stop) | Err(RecvTimeoutError::Disconnected) => return,
        }
        let brought = client.bring(system_now());
        metrics::gauge!("log_witness_failing", "witness" => name.clone()).set(u8::from(brought.is_err()));
        let mut view = view.lock().unwrap_or_else(PoisonError::into_inner);
        match brought {
            Ok(size) => {
                (view.size, view.failing_since, view.failure) = (size.or(view.size), None, None);
                (wait, retry) = (IDLE, RETRY_FIRST);
            }
            Err(error) => {
                metrics::counter!("log_witness_failures_total", "witness" => name.clone()).increment(1);
                tracing::warn!(witness = name, %error, "a checkpoint is not witnessed");
                view.failing_since.get_or_insert_with(system_now);
                view.failure = Some(error.to_string());
                wait = retry;
                retry = (retry * 2).min(RETRY_MOST);
            }
        }
    }
}
