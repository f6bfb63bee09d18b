//! The description of the API, generated from the handlers, and what every operation has in common added in one place.

use std::collections::BTreeMap;

use actix_router::ResourceDef;
use serde_json::{Value, json};
use utoipa::openapi::{Components, Info, OpenApi, OpenApiBuilder};
use utoipa::{PartialSchema, ToSchema};

use super::problem::PROBLEM_JSON;
use crate::app::permission::{Grant, OPERATIONS, Scope};
use crate::app::problem::Problem;
use crate::domain::life::change::ChangeNumber;
use crate::domain::month::Month;

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
    // Months and the numbers of changes are in no body, and so they are found nowhere else.
    let mut parts = vec![
        ("Problem".to_owned(), Problem::schema()),
        (Month::name().into_owned(), Month::schema()),
        (ChangeNumber::name().into_owned(), ChangeNumber::schema()),
    ];
    Problem::schemas(&mut parts);
    for (name, schema) in parts {
        document["components"]["schemas"][name] = serde_json::to_value(schema)?;
    }
    let named = document["components"]["schemas"].clone();
    open_joined(&mut document["components"]["schemas"], &named);
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
                if method == "get" {
                    methods.push("HEAD".to_owned());
                }
                operation["operationId"] = json!(operation_id(method, path));
                finish(operation, method, path.contains('{'));
            }
            paths.push((ResourceDef::new(path.as_str()), methods.join(", ")));
        }
    }
    Ok((document, Paths(paths)))
}

/// A name for each operation: `post_bids_id_cancel`.
fn operation_id(method: &str, path: &str) -> String {
    let words = path.split(|letter: char| !letter.is_ascii_alphanumeric());
    let words = words.filter(|word| !word.is_empty() && *word != "v1");
    words.fold(method.to_owned(), |id, word| id + "_" + word)
}

/// Where an answer is joined of several objects, each would refuse the fields of the others if it stayed as closed as it is
/// where it comes alone, as the body of a request.
fn open_joined(schema: &mut Value, named: &Value) {
    if let Some(parts) = schema.get_mut("allOf").and_then(Value::as_array_mut) {
        parts.iter_mut().for_each(|part| open(part, named));
    }
    match schema {
        Value::Object(fields) => fields.values_mut().for_each(|field| open_joined(field, named)),
        Value::Array(items) => items.iter_mut().for_each(|item| open_joined(item, named)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn open(part: &mut Value, named: &Value) {
    let referred = part["$ref"].as_str().and_then(|name| name.rsplit('/').next());
    let closed = referred.map(|name| &named[name]);
    if let Some(closed) = closed.filter(|found| found["additionalProperties"] == false) {
        *part = closed.clone();
    }
    if let Value::Object(fields) = part {
        fields.remove("additionalProperties");
        // What may be left out altogether adds nothing then, rather than being null.
        if let Some(Value::Array(mut choices)) = fields.remove("oneOf") {
            for choice in &mut choices {
                if choice["type"] == "null" {
                    *choice = json!({"type": "object"});
                }
                open(choice, named);
            }
            fields.insert("anyOf".to_owned(), Value::Array(choices));
        }
    }
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
    if operation["x-public"] == true && method != "get" {
        statuses.push("401");
    }
    // A statement names in its query whose it is.
    if has_identifier || operation["x-operation"] == "read_statements" {
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
    let problem = json!({"$ref": "#/components/responses/Problem"});
    for status in statuses {
        operation["responses"][status] = problem.clone();
    }
    if let Value::Object(responses) = &mut operation["responses"] {
        // What a single handler refuses beside that looks the same.
        for (_, refusal) in responses.iter_mut().filter(|(status, _)| status.starts_with('4')) {
            *refusal = problem.clone();
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
