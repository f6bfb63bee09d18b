//! The server: binds, answers until told to stop, and ends what it began.

use std::io;
use std::net::{SocketAddr, TcpListener};

use actix_web::middleware::from_fn;
use actix_web::web::{self, Data};
use actix_web::{App, HttpResponse, HttpServer};
use utoipa_actix_web::AppExt;
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::openapi::{self, OPENAPI_PATH};
use super::service::Service;
use super::{around, elsewhere, routes};

/// The description of the API and its paths, from the route table alone.
///
/// # Errors
/// Only if the description cannot be written as JSON, which would be a defect.
pub fn describe() -> Result<(serde_json::Value, openapi::Paths), serde_json::Error> {
    let (_, document) = App::new()
        .into_utoipa_app()
        .openapi(openapi::head())
        .configure(routes)
        .split_for_parts();
    openapi::complete(&document)
}

/// A server that listens and can be run.
pub struct Server {
    server: actix_web::dev::Server,
    address: SocketAddr,
}

impl Server {
    /// Listens as the settings say, until `stopped` ends: then open requests may end, and no new ones come.
    ///
    /// # Errors
    /// The address cannot be listened to.
    pub fn bind(service: Data<Service>, stopped: impl Future<Output = ()> + Send + 'static) -> io::Result<Server> {
        let settings = service.settings.clone();
        let listener = TcpListener::bind(settings.listen)?;
        let address = listener.local_addr()?;
        let server = HttpServer::new(move || {
            App::new()
                .app_data(service.clone())
                .wrap(from_fn(around::around))
                .into_utoipa_app()
                .configure(routes)
                .into_app()
                .route(OPENAPI_PATH, web::get().to(description))
                .service(SwaggerUi::new("/docs/{_:.*}").config(Config::from(OPENAPI_PATH)))
                .route("/docs", web::get().to(to_docs))
                .default_service(web::to(elsewhere))
        })
        .workers(settings.workers.size())
        .max_connections(settings.connections_max.size())
        .keep_alive(settings.idle_seconds.seconds())
        .client_request_timeout(settings.header_seconds.seconds())
        // Who has gone is let go at once, and not when the next heartbeat of a stream fails.
        .h1_allow_half_closed(false)
        .shutdown_timeout(u64::from(settings.shutdown_seconds.get()))
        .shutdown_signal(stopped)
        .backlog(4_096);
        Ok(Server {
            server: server.listen(listener)?.run(),
            address,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until it is stopped.
    ///
    /// # Errors
    /// The machine refuses to go on.
    pub async fn run(self) -> io::Result<()> {
        self.server.await
    }
}

async fn description(service: Data<Service>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .body(service.openapi.clone())
}

async fn to_docs() -> HttpResponse {
    HttpResponse::PermanentRedirect()
        .insert_header(("location", "/docs/"))
        .finish()
}
