//! What every handler can reach.

use actix_web::HttpRequest;
use actix_web::web::{self, Bytes};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::sync::oneshot;

use super::limit::Limits;
use super::openapi::Paths;
use super::problem::Refusal;
use super::seats::Seats;
use super::settings::Settings;
use crate::app::documents::Documents;
use crate::app::exchange::Handle;
use crate::app::identity::Access;
use crate::app::log::keeper::LogDesk;
use crate::app::readers::Readers;
use crate::app::replica::Replica;
use crate::app::request::{Reply, Request};
use crate::app::settlement::Settler;
use crate::app::turns::AllTurns;
use crate::app::webhook::Webhooks;

/// The parts of the running service.
pub struct Service {
    /// Its settings.
    pub settings: Settings,
    /// The writer.
    pub exchange: Handle,
    /// What it calls itself in the database.
    pub holder: String,
    /// Connections that read.
    pub readers: Readers,
    /// Turns for questions that read much.
    pub turns: AllTurns,
    /// A copy of the writer's state, to look at.
    pub replica: Replica,
    /// What drives settlements.
    pub settler: Settler,
    /// What organisations have handed in.
    pub documents: Documents,
    /// Who is let in.
    pub access: Access,
    /// Who is told of what happens.
    pub webhooks: Webhooks,
    /// What signs the audit log.
    pub log: LogDesk,
    /// Who may ask how often.
    pub limits: Limits,
    /// How many may listen at each address.
    pub stream_seats: Seats,
    /// What is counted and timed.
    pub metrics: PrometheusHandle,
    /// The description of the API, rendered once.
    pub openapi: Bytes,
    /// Every path and its methods.
    pub paths: Paths,
}

/// The service that a request came to.
///
/// # Errors
/// [`Refusal::Internal`] where there is none, which would be a defect.
pub fn service_of(request: &HttpRequest) -> Result<&web::Data<Service>, Refusal> {
    request.app_data::<web::Data<Service>>().ok_or(Refusal::Internal)
}

impl Service {
    /// Gives a command to the exchange; the reply is durable.
    ///
    /// # Errors
    /// The queue is full, the key was used with another body, or the command is not recorded.
    pub async fn submit(&self, request: Request) -> Result<Reply, Refusal> {
        let (sender, receiver) = oneshot::channel();
        self.exchange.submit(request, move |reply| {
            // Whoever asked may have gone away.
            let _ = sender.send(reply);
        })?;
        Ok(receiver.await.map_err(|_| Refusal::TimedOut)??)
    }
}

/// Runs what waits for the database or the processor on a thread that may wait.
///
/// # Errors
/// Those of `work`; [`Refusal::Internal`] where it panicked.
pub async fn blocking<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, Refusal>
where
    T: Send + 'static,
    E: Into<Refusal> + Send + 'static,
{
    let done = web::block(work).await.map_err(|_| Refusal::Internal)?;
    done.map_err(Into::into)
}
