//! A running service: everything that `serve` starts, in order, and ends in the opposite one.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::web::{Bytes, Data};
use crossbeam_channel::bounded;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;

use super::limit::Limits;
use super::seats::Seats;
use super::server::{self, Server};
use super::service::Service;
use super::settings::Settings;
use crate::app::clock::{Clock, system_now};
use crate::app::documents::Documents;
use crate::app::exchange::Exchange;
use crate::app::identity::password::{Passwords, STANDARD};
use crate::app::identity::{Access, People};
use crate::app::log::client::{WitnessAddress, WitnessClient};
use crate::app::log::keeper::{Keepers, LogDesk};
use crate::app::log::sealer::{SealError, Sealer};
use crate::app::market::feed::FeedLimits;
use crate::app::random;
use crate::app::readers::Readers;
use crate::app::settlement::Settler;
use crate::app::token::key_ring::KeyRingError;
use crate::app::token::{self, Tokens};
use crate::app::turns::AllTurns;
use crate::app::webhook::{Courier, Couriers, Webhooks};
use crate::domain::text::hex;
use crate::store::{OpenError, Url, log};

/// Why a service does not start, or ends.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The database cannot be used, or another process writes to it.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The keys that sign tokens cannot be used.
    #[error(transparent)]
    Keys(#[from] KeyRingError),
    /// The audit log cannot be signed.
    #[error(transparent)]
    Log(#[from] SealError),
    /// The address cannot be listened to, or the machine refuses to go on.
    #[error("{place}: {source}")]
    Machine {
        /// What was tried.
        place: String,
        /// Why it failed.
        source: io::Error,
    },
    /// A defect.
    #[error("the service cannot start: {0}")]
    Defect(String),
}

/// A service that answers on a thread of its own.
pub struct Running {
    address: SocketAddr,
    stop: Arc<Notify>,
    thread: JoinHandle<io::Result<()>>,
    settler: Settler,
    settling: JoinHandle<()>,
    couriers: Couriers,
    keepers: Keepers,
    exchange: Exchange,
}

/// Upper ends of the histogram of seconds.
const SECONDS: [f64; 14] = [
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0,
];
/// Upper ends of the histogram of batches.
const BATCHES: [f64; 8] = [1.0, 4.0, 16.0, 64.0, 256.0, 1_024.0, 4_096.0, 8_192.0];
/// How long a request waits for a connection that reads.
const READER_WAIT: Duration = Duration::from_secs(3);
/// Connections that read what is signed.
const LOG_READERS: usize = 2;
/// How often what has become idle is forgotten.
const HOUSEKEEPING: Duration = Duration::from_secs(10);

impl Running {
    /// Becomes the writer of a migrated database and answers. With `signals` an interrupt of the process ends it.
    ///
    /// # Errors
    /// See [`ServeError`].
    pub fn start(settings: Settings, database: &Url, signals: bool) -> Result<Running, ServeError> {
        let metrics = recorder()?;
        // Two servers on one machine may have the same process number, in containers.
        let mark = random::bytes::<8>().map_err(|error| ServeError::Defect(error.to_string()))?;
        let holder = format!("qiantang, process {}, {}", std::process::id(), hex(&mark));
        let feed = FeedLimits {
            subscribers: settings.stream_readers_max.size(),
            ..FeedLimits::default()
        };
        let folder = settings.documents_folder(database);
        let documents = Documents::open(&folder, settings.document_limits()).map_err(|source| ServeError::Machine {
            place: format!("the folder of the documents, {}", folder.display()),
            source,
        })?;
        if let Some(suite) = settings.log_suite {
            log::birth(database, suite, system_now())?;
        }
        let (exchange, replica) = Exchange::open_with_replica(database, &holder, Clock::System, feed)?;
        let tokens = Tokens::open(
            token::Settings {
                folder: settings.keys.clone(),
                issuer: settings.issuer.0.clone(),
                audience: settings.audience.0.clone(),
                lifetime_seconds: settings.access_seconds.get(),
            },
            system_now(),
        )?;
        let passwords = Passwords::new(STANDARD).map_err(|error| ServeError::Defect(error.to_string()))?;
        let access = Access::new(People::new(exchange.handle(), passwords), Arc::new(tokens));
        let every_hours = settings.settle_every_hours.get();
        let thread = |source| ServeError::Machine {
            place: "settling".to_owned(),
            source,
        };
        let (settler, settling) = Settler::start(exchange.handle(), every_hours).map_err(thread)?;
        let (log, keepers) = keep_log(&settings, database, &exchange)?;
        let (document, paths) = server::describe().map_err(|error| ServeError::Defect(error.to_string()))?;
        let service = Data::new(Service {
            access,
            webhooks: Webhooks::new(exchange.handle(), settings.webhook_targets),
            log,
            limits: Limits::new(&settings),
            stream_seats: Seats::new(settings.stream_readers_per_address.get()),
            exchange: exchange.handle(),
            holder,
            turns: AllTurns::default(),
            readers: Readers::new(database, settings.readers.size(), READER_WAIT),
            replica: replica.clone(),
            settler: settler.clone(),
            documents,
            metrics,
            openapi: Bytes::from(document.to_string()),
            paths,
            settings,
        });
        let settings = &service.settings;
        let (targets, authorities) = (settings.webhook_targets, &settings.webhook_authorities);
        let courier = Courier::new(exchange.handle(), database, targets, authorities);
        let senders = settings.webhook_senders.size();
        let (bound, outcome) = bounded(1);
        let stop = Arc::new(Notify::new());
        let told = Arc::clone(&stop);
        let place = format!("listening on {}", service.settings.listen);
        let work = move || {
            let system = actix_web::rt::System::new();
            system.block_on(async move {
                let server = match Server::bind(service.clone(), stopped(service.clone(), told, signals)) {
                    Ok(server) => server,
                    Err(error) => {
                        let _ = bound.send(Err(error));
                        return Ok(());
                    }
                };
                let _ = bound.send(Ok(server.address()));
                let housekeeping = actix_web::rt::spawn(keep_house(service));
                let ended = server.run().await;
                housekeeping.abort();
                ended
            })
        };
        let machine = |source| ServeError::Machine {
            place: place.clone(),
            source,
        };
        let builder = std::thread::Builder::new().name("http".to_owned());
        let thread = builder.spawn(work).map_err(machine)?;
        let ended = |_| io::Error::other("the server has ended");
        let address = outcome.recv().map_err(ended).flatten().map_err(machine)?;
        Ok(Running {
            address,
            stop,
            thread,
            settler,
            settling,
            keepers,
            couriers: courier.start(senders).map_err(machine)?,
            exchange,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops: open requests end, then the writer commits what it has taken.
    ///
    /// # Errors
    /// The server ended badly.
    pub fn stop(self) -> Result<(), ServeError> {
        self.stop.notify_one();
        self.wait()
    }

    /// Waits until a signal ends it.
    ///
    /// # Errors
    /// The server ended badly.
    pub fn wait(self) -> Result<(), ServeError> {
        let panicked = |_| Err(io::Error::other("the server panicked"));
        let ended = self.thread.join().unwrap_or_else(panicked);
        self.settler.stop();
        // Where it panicked, what it left open is resumed at the next start.
        let _ = self.settling.join();
        self.couriers.stop();
        self.keepers.stop();
        self.exchange.shut_down();
        ended.map_err(|source| ServeError::Machine {
            place: "serving".to_owned(),
            source,
        })
    }
}

/// Starts what signs the log and has it witnessed.
fn keep_log(settings: &Settings, database: &Url, exchange: &Exchange) -> Result<(LogDesk, Keepers), ServeError> {
    let readers = Arc::new(Readers::new(database, LOG_READERS, READER_WAIT));
    let handle = exchange.handle();
    let sealer = Sealer::open(settings.sealing(), handle.clone(), Arc::clone(&readers), system_now())?;
    let client = |address: &WitnessAddress| {
        let (handle, readers) = (handle.clone(), Arc::clone(&readers));
        WitnessClient::new(address.clone(), handle, readers, &settings.webhook_authorities)
    };
    let clients = settings.log_witnesses.0.iter().map(client).collect();
    let every = settings.log_checkpoint_seconds.seconds();
    let every = Some(every).filter(|every| !every.is_zero());
    LogDesk::start(sealer, every, clients).map_err(|source| ServeError::Machine {
        place: "signing the log".to_owned(),
        source,
    })
}

/// Ends when the service is to stop; readers of the stream are let go, since they would never end by themselves.
async fn stopped(service: Data<Service>, told: Arc<Notify>, signals: bool) {
    let signal = async {
        if signals
            && let (Ok(mut interrupt), Ok(mut terminate)) =
                (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
        {
            let (interrupted, terminated) = (std::pin::pin!(interrupt.recv()), std::pin::pin!(terminate.recv()));
            futures_util::future::select(interrupted, terminated).await;
        } else {
            std::future::pending::<()>().await;
        }
    };
    let (signal, told) = (std::pin::pin!(signal), std::pin::pin!(told.notified()));
    futures_util::future::select(signal, told).await;
    tracing::info!("stops");
    service.replica.feed().close();
}

async fn keep_house(service: Data<Service>) {
    loop {
        tokio::time::sleep(HOUSEKEEPING).await;
        service.limits.forget_idle();
        if let Err(error) = service.access.tokens().reload(system_now()) {
            tracing::error!(%error, "the keys that sign tokens cannot be read again; those known stay");
        }
        service.metrics.run_upkeep();
    }
}

/// The one recorder of this process.
fn recorder() -> Result<PrometheusHandle, ServeError> {
    static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();
    if let Some(handle) = RECORDER.get() {
        return Ok(handle.clone());
    }
    let defect = |error: &dyn std::fmt::Display| ServeError::Defect(error.to_string());
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
        .map_err(|error| defect(&error))?
        .set_buckets_for_metric(Matcher::Full("batch_commands".to_owned()), &BATCHES)
        .map_err(|error| defect(&error))?
        .build_recorder();
    let handle = RECORDER.get_or_init(|| recorder.handle()).clone();
    // Another thread may have been first: then its recorder counts.
    let _ = metrics::set_global_recorder(recorder);
    Ok(handle)
}
