//! Statements, invoices, contracts and exports.

mod api;
mod focus;
mod golden;
mod ties;

use qiantang::app::clock::Clock;
use qiantang::app::exchange::Exchange;
use qiantang::app::request::Request;
use qiantang::domain::time::Timestamp;
use qiantang::engine::Command;
use qiantang::store::Url;

/// Gives a database what was said to an engine before.
fn tell(url: &Url, said: &[(Timestamp, Command)]) {
    let exchange = Exchange::open(url, "a test", Clock::Given).unwrap();
    for (at, command) in said {
        let request = Request::new("a test", command.clone()).at(*at);
        exchange.handle().call(request).unwrap();
    }
    exchange.shut_down();
}
