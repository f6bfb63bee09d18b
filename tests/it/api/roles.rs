//! Who may do what, cell by cell, from the description that the service itself gives: no route can be forgotten.

use qiantang::api::server::describe;
use serde_json::Value;

use super::client::{Client, fresh_key};
use super::stand::Stand;
use crate::harness::TestDatabase;

/// A route of the description.
struct Route {
    method: String,
    path: String,
    operation: Value,
}

fn routes() -> Vec<Route> {
    let (document, _) = describe().unwrap();
    let mut routes = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            routes.push(Route {
                method: method.to_uppercase(),
                path: path.clone(),
                operation: operation.clone(),
            });
        }
    }
    routes
}

impl Route {
    /// Sends it with an identifier of nothing and without a sensible body.
    fn send(&self, client: &Client) -> super::client::Answer {
        let (document, _) = describe().unwrap();
        let mut path = self.path.clone();
        let parameters = self.operation["parameters"].as_array().into_iter().flatten();
        for parameter in parameters.filter(|parameter| parameter["in"] == "path") {
            let schema = parameter["schema"]["$ref"].as_str().unwrap();
            let schema = &document["components"]["schemas"][schema.rsplit('/').next().unwrap()];
            let example = schema["examples"][0].as_str().unwrap();
            let nothing = format!("{}zzzzzzzzzzzz", example.get(..5).unwrap_or(example));
            path = path.replace(&format!("{{{}}}", parameter["name"].as_str().unwrap()), &nothing);
        }
        assert!(!path.contains('{'), "{path}");
        let ask = client.ask(&self.method, &path);
        let ask = if self.method == "GET" {
            ask
        } else {
            ask.key(&fresh_key())
        };
        let ask = if self.operation["x-conditional"] == true {
            ask.header("if-match", "\"0000000000000000\"")
        } else {
            ask
        };
        if self.operation["requestBody"].is_null() {
            ask.send()
        } else {
            ask.json(&Value::Object(serde_json::Map::new())).send()
        }
    }
}

#[test]
fn each_role_may_do_what_the_table_says_and_nothing_else() {
    // Kept to the end: connections that read are opened when they are first needed.
    let database = TestDatabase::sqlite();
    let stand = Stand::new(&database);
    let mut cells = 0;
    for route in routes() {
        let name = format!("{} {}", route.method, route.path);
        let Some(allowed) = route.operation["x-roles"].as_object() else {
            let is_open = route.operation["x-public"] == true || route.operation["tags"][0] == "operations";
            assert!(is_open, "{name} says neither who may nor that everybody may");
            continue;
        };
        let refused = route.send(&stand.nobody()).must(401);
        assert_eq!(refused.code(), "unauthenticated", "{name}");
        for role in ["provider", "tenant", "issuer", "auditor", "operator"] {
            // A new log-in each time: one of the routes ends the session.
            let answer = route.send(&stand.person(&format!("{role}1")));
            cells += 1;
            if allowed.contains_key(role) {
                assert!(![401, 403].contains(&answer.status), "{name} as {role}: {answer:?}");
                assert!(answer.status < 500, "{name} as {role}: {answer:?}");
            } else {
                assert_eq!(answer.status, 403, "{name} as {role}: {answer:?}");
                assert_eq!(answer.code(), "forbidden", "{name} as {role}");
            }
        }
    }
    assert!(cells > 100, "{cells}");
}
