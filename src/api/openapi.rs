//! The description of the API, generated from the handlers, and what every operation has in common added in one place.

use std::collections::BTreeMap;

use actix_router::ResourceDef;
use serde_json::{Value, json};
use utoipa::openapi::{Components, Info, OpenApi, OpenApiBuilder};

use super::problem::PROBLEM_JSON;
use crate::app::permission::{Grant, OPERATIONS, Scope};
use crate::app::problem::Problem;

/// Where the description is served.
pub const OPENAPI_PATH: &str = "/openapi.json";

/// Every path of the API with its methods, to tell a wrong method from a wrong path.
pub struct Paths(Vec<(ResourceDef, String)>);

impl Paths {
    /// The methods that a path takes, separated by commas; none where there is no such path.
    pub fn methods(&self, path: &str) -> Option<&str> {
        let found = self.0.iter().find(|(pattern, _)| pattern.is_match(path));
        found.map(|(_, methods)| methods.as_str())
    }
}

/// The head of the description.
pub fn head() -> OpenApi {
    let about = "A city's compute exchange. Money is a text in CNY, a price a text in CNY per card-hour with six decimals, times \
                 are RFC 3339 in UTC, windows are half-open. Every POST that creates or moves something takes an \
                 `Idempotency-Key`; every refusal is a problem (RFC 9457).";
    let mut info = Info::new("Qiantang", env!("CARGO_PKG_VERSION"));
    info.description = Some(about.to_owned());
    OpenApiBuilder::new()
        .info(info)
        .components(Some(Components::new()))
        .build()
}

/// The description as JSON, complete, and the paths in it.
///
/// # Errors
/// Only if the description cannot be written as JSON, which would be a defect.
pub fn complete(collected: &OpenApi) -> Result<(Value, Paths), serde_json::Error> {
    let mut document = serde_json::to_value(collected)?;
    document["components"]["securitySchemes"] = json!({
        "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    });
    document["components"]["schemas"]["Problem"] = serde_json::to_value(<Problem as utoipa::PartialSchema>::schema())?;
    document["components"]["responses"]["Problem"] = json!({
        "description": "Refused; the code of the problem says why",
        "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    });
    let mut paths = Vec::new();
    if let Some(Value::Object(found)) = document.get_mut("paths") {
        for (path, item) in found.iter_mut() {
            let Value::Object(item) = item else { continue };
            let mut methods = Vec::new();
            for (method, operation) in item.iter_mut() {
                methods.push(method.to_uppercase());
                finish(operation, method, path.contains('{'));
            }
            paths.push((ResourceDef::new(path.as_str()), methods.join(", ")));
        }
    }
    Ok((document, Paths(paths)))
}

/// Adds what every operation of a kind has: the token, the headers, the ways to be refused.
fn finish(operation: &mut Value, method: &str, has_identifier: bool) {
    let permitted = operation["x-operation"].as_str().and_then(|name| {
        let row = OPERATIONS.iter().find(|(known, _)| *known == name);
        row.map(|(_, grants)| roles(grants))
    });
    let is_keyed = operation["x-idempotent"].as_bool().unwrap_or_default();
    let is_conditional = operation["x-conditional"].as_bool().unwrap_or_default();
    let mut statuses: Vec<&str> = vec!["400", "429", "431", "500", "503"];
    if let Some(roles) = permitted {
        operation["x-roles"] = roles;
        operation["security"] = json!([{"token": []}]);
        statuses.extend(["401", "403"]);
    }
    if has_identifier {
        statuses.push("404");
    }
    if method != "get" {
        statuses.extend(["404", "408", "409", "413", "422"]);
    }
    if !operation["requestBody"].is_null() {
        statuses.push("415");
    }
    let mut headers = Vec::new();
    if is_keyed {
        let about = "Makes a retry harmless: the same key and body get the stored answer.";
        headers.push(
            json!({"name": "Idempotency-Key", "in": "header", "required": true, "description": about,
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]([ -~]*[!-~])?$"}}),
        );
    }
    if is_conditional {
        let about = "The ETag of what is to be changed.";
        headers.push(
            json!({"name": "If-Match", "in": "header", "required": true, "description": about,
            "schema": {"type": "string", "pattern": "^\"[0-9a-f]{16}\"$"}}),
        );
        statuses.extend(["412", "428"]);
    }
    if !headers.is_empty() {
        match &mut operation["parameters"] {
            Value::Array(parameters) => parameters.extend(headers),
            none => *none = Value::Array(headers),
        }
    }
    for status in statuses {
        if operation["responses"][status].is_null() {
            operation["responses"][status] = json!({"$ref": "#/components/responses/Problem"});
        }
    }
}

fn roles(grants: &[Grant]) -> Value {
    let scope = |scope| match scope {
        Scope::Own => "own",
        Scope::All => "all",
    };
    let roles = grants.iter().map(|(role, of)| (json!(role), json!(scope(*of))));
    let named: BTreeMap<String, Value> = roles
        .filter_map(|(role, of)| role.as_str().map(|role| (role.to_owned(), of)))
        .collect();
    json!(named)
}
