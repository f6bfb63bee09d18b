//! What becomes of a request whose handler panics, or never answers. No handler of ours does on purpose, so these are others,
//! inside of what stands around every handler.

use std::sync::Arc;
use std::time::Duration;

use actix_web::middleware::from_fn;
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpResponse, test as tried};
use metrics_exporter_prometheus::PrometheusBuilder;
use qiantang::api::around::around;
use qiantang::api::limit::Limits;
use qiantang::api::server::describe;
use qiantang::api::service::Service;
use qiantang::api::settings::Settings;
use qiantang::api::v1::market::trades;
use qiantang::app::clock::{Clock, system_now};
use qiantang::app::documents::Documents;
use qiantang::app::exchange::Exchange;
use qiantang::app::identity::password::{Cost, Passwords};
use qiantang::app::identity::{Access, People};
use qiantang::app::log::keeper::LogDesk;
use qiantang::app::log::sealer::Sealer;
use qiantang::app::market::feed::FeedLimits;
use qiantang::app::readers::Readers;
use qiantang::app::token::{self, Tokens};
use qiantang::app::webhook::{Targets, Webhooks};
use qiantang::store::migrate;
use serde_json::Value;

use crate::harness::TestDatabase;

fn service(database: &TestDatabase) -> (Exchange, Data<Service>) {
    migrate(&database.url).unwrap();
    let keys = database.place() + ".keys";
    let kept = database.place() + ".documents";
    let given = [("keys", keys.as_str()), ("documents", &kept), ("request_seconds", "1")];
    let given = given.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let settings = Settings::new(&given.into()).unwrap();
    let folder = settings.documents_folder(&database.url);
    let documents = Documents::open(&folder, settings.document_limits()).unwrap();
    let limits = FeedLimits::default();
    let (exchange, replica) = Exchange::open_with_replica(&database.url, "a test", Clock::System, limits).unwrap();
    let tokens = token::Settings {
        folder: settings.keys.clone(),
        issuer: "here".to_owned(),
        audience: "all".to_owned(),
        lifetime_seconds: 60,
    };
    let tokens = Tokens::open(tokens, system_now()).unwrap();
    let cost = Cost {
        memory_kib: 8,
        passes: 1,
    };
    let people = People::new(exchange.handle(), Passwords::new(cost).unwrap());
    let (document, paths) = describe().unwrap();
    let readers = Arc::new(Readers::new(&database.url, 1, Duration::from_secs(1)));
    let sealer = Sealer::open(settings.sealing(), exchange.handle(), readers, system_now()).unwrap();
    let service = Data::new(Service {
        access: Access::new(people, Arc::new(tokens)),
        webhooks: Webhooks::new(exchange.handle(), Targets::Public),
        turns: qiantang::app::turns::AllTurns::default(),
        stream_seats: qiantang::api::seats::Seats::new(1),
        log: LogDesk::start(sealer, None, Vec::new()).unwrap().0,
        limits: Limits::new(&settings),
        exchange: exchange.handle(),
        holder: "a test".to_owned(),
        readers: Readers::new(&database.url, 1, Duration::from_secs(1)),
        replica,
        settler: qiantang::app::settlement::Settler::start(exchange.handle(), 0)
            .unwrap()
            .0,
        documents,
        metrics: PrometheusBuilder::new().build_recorder().handle(),
        openapi: Bytes::from(document.to_string()),
        paths,
        settings,
    });
    (exchange, service)
}

async fn panics() -> HttpResponse {
    panic!("a defect, with a secret in its words")
}

async fn never() -> HttpResponse {
    std::future::pending().await
}

async fn answered(service: &Data<Service>, path: &str) -> (u16, Value, bool) {
    let app = App::new()
        .app_data(service.clone())
        .wrap(from_fn(around))
        .route("/panics", web::get().to(panics))
        .route("/never", web::get().to(never));
    let app = tried::init_service(app).await;
    let request = tried::TestRequest::get().uri(path).to_request();
    let refused = tried::try_call_service(&app, request).await.unwrap_err();
    let response = refused.as_response_error().error_response();
    let status = response.status().as_u16();
    let is_dressed =
        response.headers().contains_key("x-request-id") && response.headers().contains_key("x-frame-options");
    let body = actix_web::body::to_bytes(response.into_body()).await;
    let body = body.unwrap_or_else(|_| panic!("{path} has no body"));
    (status, serde_json::from_slice(&body).unwrap(), is_dressed)
}

#[test]
fn a_panic_is_a_problem_and_no_answer_in_time_another() {
    let database = TestDatabase::sqlite();
    let (exchange, service) = service(&database);
    actix_web::rt::System::new().block_on(async {
        let (status, problem, is_dressed) = answered(&service, "/panics").await;
        assert_eq!(
            (status, &problem["code"], is_dressed),
            (500, &Value::from("internal"), true)
        );
        assert!(!problem.to_string().contains("secret"), "{problem}");
        let (status, problem, is_dressed) = answered(&service, "/never").await;
        assert_eq!(
            (status, &problem["code"], is_dressed),
            (503, &Value::from("timed_out"), true)
        );
    });
    exchange.shut_down();
}

#[test]
fn for_whom_there_is_no_turn_the_answer_is_that_at_once() {
    let database = TestDatabase::sqlite();
    let (exchange, service) = service(&database);
    actix_web::rt::System::new().block_on(async {
        let app = App::new().app_data(service.clone()).service(trades);
        let app = tried::init_service(app).await;
        let ask = async || {
            let request = tried::TestRequest::get().uri("/v1/market/trades").to_request();
            let response = tried::call_service(&app, request).await;
            let retry = response.headers().get("retry-after").cloned();
            (
                response.status().as_u16(),
                retry.map(|value| value.to_str().unwrap().to_owned()),
            )
        };
        assert_eq!(ask().await, (200, None));
        let turns = (service.turns.history.take(), service.turns.history.take());
        assert!(turns.0.is_ok() && turns.1.is_ok());
        assert_eq!(ask().await, (503, Some("1".to_owned())));
        drop(turns);
        assert_eq!(ask().await, (200, None), "the turn of the first question came back");
    });
    exchange.shut_down();
}
