//! The witness's own little server (C2SP tlog-witness): one route, and nothing of the exchange.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{self, Bytes, Data, PayloadConfig};
use actix_web::{App, HttpResponse, HttpServer};
use crossbeam_channel::bounded;

use crate::app::clock::system_now;
use crate::app::log::witness::{BODY_BYTES_MAX, Refused, Witness};

/// Connections of the logs that are witnessed: few.
const CONNECTIONS_MAX: usize = 256;
/// How long a request may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);

/// A witness that answers, on a thread of its own.
pub struct WitnessServer {
    address: SocketAddr,
    handle: ServerHandle,
    thread: JoinHandle<io::Result<()>>,
}

impl WitnessServer {
    /// Listens, until it is stopped or, with `signals`, the process is interrupted.
    ///
    /// # Errors
    /// The address cannot be listened to.
    pub fn start(witness: Witness, listen: SocketAddr, signals: bool) -> io::Result<WitnessServer> {
        let listener = TcpListener::bind(listen)?;
        let address = listener.local_addr()?;
        let witness = Data::new(witness);
        let (bound, outcome) = bounded(1);
        let work = move || {
            actix_web::rt::System::new().block_on(async move {
                let server = HttpServer::new(move || {
                    App::new()
                        .app_data(witness.clone())
                        .app_data(PayloadConfig::new(BODY_BYTES_MAX))
                        .route("/add-checkpoint", web::post().to(add_checkpoint))
                })
                .workers(1)
                .max_connections(CONNECTIONS_MAX)
                .client_request_timeout(PATIENCE)
                .shutdown_timeout(PATIENCE.as_secs());
                let server = if signals { server } else { server.disable_signals() };
                let running = server.listen(listener)?.run();
                let _ = bound.send(running.handle());
                running.await
            })
        };
        let thread = std::thread::Builder::new().name("witness".to_owned()).spawn(work)?;
        let handle = outcome
            .recv()
            .map_err(|_| io::Error::other("the server has not started"))?;
        Ok(WitnessServer {
            address,
            handle,
            thread,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops it.
    ///
    /// # Errors
    /// It ended badly.
    pub fn stop(self) -> io::Result<()> {
        // What is told here is awaited by joining the thread.
        drop(self.handle.stop(true));
        self.wait()
    }

    /// Waits until it ends.
    ///
    /// # Errors
    /// It ended badly.
    pub fn wait(self) -> io::Result<()> {
        let panicked = |_| Err(io::Error::other("the server panicked"));
        self.thread.join().unwrap_or_else(panicked)
    }
}

async fn add_checkpoint(witness: Data<Witness>, body: Bytes) -> HttpResponse {
    let witness: Arc<Witness> = witness.into_inner();
    let asked = web::block(move || {
        let body = std::str::from_utf8(&body).map_err(|_| Refused::Malformed)?;
        witness.add_checkpoint(body, system_now())
    });
    match asked.await {
        Ok(Ok(lines)) => text(StatusCode::OK, lines),
        Ok(Err(refused)) => refuse(&refused),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}

fn refuse(refused: &Refused) -> HttpResponse {
    tracing::warn!(%refused, "a checkpoint is not signed");
    let status = match refused {
        Refused::Malformed => StatusCode::BAD_REQUEST,
        Refused::UnknownLog(_) => StatusCode::NOT_FOUND,
        Refused::Unsigned => StatusCode::FORBIDDEN,
        Refused::Inconsistent(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Refused::Io(_) => StatusCode::INTERNAL_SERVER_ERROR,
        Refused::Conflict(size) => {
            return HttpResponse::Conflict()
                .insert_header((CONTENT_TYPE, "text/x.tlog.size"))
                .body(format!("{size}\n"));
        }
    };
    text(status, format!("{refused}\n"))
}

fn text(status: StatusCode, body: String) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, "text/plain; charset=utf-8"))
        .body(body)
}
