//! A day leaves out nothing that the description says.

use super::Day;
use crate::api::described::document;

/// These have days of their own: `lease_life::over_http`, `metering::over_http`, `sla::service` and `papers::api`.
const DAYS_OF_THEIR_OWN: [&str; 11] = [
    "/v1/close-codes",
    "/v1/disputes",
    "/v1/invoices",
    "/v1/lease-offers",
    "/v1/leases/{id}/",
    "/v1/organisations/{id}/access-key",
    "/v1/outages",
    "/v1/probes",
    "/v1/programmes/{id}/invitations",
    "/v1/statements",
    "/v1/usage-keys",
];

/// Fails where a route was not asked.
pub(super) fn nothing_was_left_out(day: &Day) {
    let asked = day.asked.borrow();
    let mut missing = Vec::new();
    for (template, item) in document()["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            let name = format!("{} {template}", method.to_uppercase());
            let is_elsewhere = DAYS_OF_THEIR_OWN.iter().any(|start| template.starts_with(start));
            if !is_elsewhere && !asked.contains(&name) {
                missing.push(name);
            }
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
}
