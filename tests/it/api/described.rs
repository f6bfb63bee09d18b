//! The description of the API, and whether an answer is one that it allows.

use std::sync::OnceLock;

use qiantang::api::server::describe;
use serde_json::Value;

use super::client::Answer;

/// The description.
pub fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| describe().unwrap().0)
}

/// What is wrong with an answer to `method` of the `template`: nothing, where the description is true.
pub fn complaints(method: &str, template: &str, answer: &Answer) -> Vec<String> {
    let operation = &document()["paths"][template][method.to_lowercase()];
    assert!(operation.is_object(), "{method} {template} is not described");
    let response = resolved(&operation["responses"][answer.status.to_string()]);
    if response.is_null() {
        return vec![format!("the status {} is not described", answer.status)];
    }
    let Some(content) = response["content"].as_object() else {
        let empty = answer.text.is_empty();
        return if empty { vec![] } else { vec!["has a body".to_owned()] };
    };
    let found = answer.header("content-type").unwrap_or_default();
    let essence = found.split(';').next().unwrap_or_default();
    let Some(media) = content.get(essence) else {
        return vec![format!("the media type {found:?} is not described")];
    };
    let mut complaints = Vec::new();
    if essence.ends_with("json") {
        check(&media["schema"], &answer.json(), "", &mut complaints);
    }
    complaints
}

fn resolved(schema: &Value) -> &Value {
    match schema["$ref"].as_str() {
        Some(place) => document().pointer(&place[1..]).unwrap_or(&Value::Null),
        None => schema,
    }
}

/// Keywords that ask for nothing of a value. That patterns and formats hold is looked at from outside, by schemathesis.
const SILENT: [&str; 8] = [
    "description",
    "examples",
    "example",
    "default",
    "format",
    "pattern",
    "title",
    "propertyNames",
];

/// Adds what of `value`, which stands `at` a place, is not as `schema` says.
fn check(schema: &Value, value: &Value, at: &str, complaints: &mut Vec<String>) {
    if schema == &Value::Bool(true) {
        return;
    }
    let Some(keywords) = schema.as_object() else {
        complaints.push(format!("{at}: there is no schema {schema}"));
        return;
    };
    for (keyword, wanted) in keywords {
        match keyword.as_str() {
            "$ref" => {
                let referred = resolved(schema);
                assert!(referred.is_object(), "{wanted} leads nowhere");
                check(referred, value, at, complaints);
            }
            "allOf" => {
                for part in wanted.as_array().unwrap() {
                    check(part, value, at, complaints);
                }
            }
            "oneOf" | "anyOf" => {
                let fits = |part: &&Value| {
                    let mut found = Vec::new();
                    check(part, value, at, &mut found);
                    found.is_empty()
                };
                let count = wanted.as_array().unwrap().iter().filter(fits).count();
                let is_right = if keyword == "oneOf" { count == 1 } else { count > 0 };
                if !is_right {
                    complaints.push(format!("{at}: {count} of {keyword} fit {value}"));
                }
            }
            "type" => {
                let one = std::slice::from_ref(wanted);
                let types = wanted.as_array().map_or(one, Vec::as_slice);
                if !types.iter().any(|name| is_of(value, name.as_str().unwrap())) {
                    complaints.push(format!("{at}: {value} is no {wanted}"));
                }
            }
            "enum" if !wanted.as_array().unwrap().contains(value) => {
                complaints.push(format!("{at}: {value} is none of {wanted}"));
            }
            "const" if wanted != value => complaints.push(format!("{at}: {value} is not {wanted}")),
            "minimum" if value.is_number() && value.as_f64() < wanted.as_f64() => {
                complaints.push(format!("{at}: {value} < {wanted}"))
            }
            "maximum" if value.is_number() && value.as_f64() > wanted.as_f64() => {
                complaints.push(format!("{at}: {value} > {wanted}"))
            }
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(wanted, item, &format!("{at}/{index}"), complaints);
                }
            }
            "required" => {
                for name in wanted.as_array().unwrap() {
                    if value.get(name.as_str().unwrap()).is_none() {
                        complaints.push(format!("{at}: {name} is missing"));
                    }
                }
            }
            "properties" => {
                for (name, schema) in wanted.as_object().unwrap() {
                    if let Some(field) = value.get(name) {
                        check(schema, field, &format!("{at}/{name}"), complaints);
                    }
                }
            }
            "additionalProperties" => {
                for (name, field) in value.as_object().into_iter().flatten() {
                    if schema["properties"].get(name).is_some() {
                        continue;
                    }
                    if wanted == &Value::Bool(false) {
                        complaints.push(format!("{at}: {name:?} is one too many"));
                    } else {
                        check(wanted, field, &format!("{at}/{name}"), complaints);
                    }
                }
            }
            "maxLength" => {
                let length = value.as_str().map_or(0, |text| text.chars().count());
                if length > usize::try_from(wanted.as_u64().unwrap()).unwrap() {
                    complaints.push(format!("{at}: {length} characters are too many"));
                }
            }
            "enum" | "const" | "minimum" | "maximum" => {}
            other => assert!(SILENT.contains(&other), "{at}: what does {other:?} mean?"),
        }
    }
}

fn is_of(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

#[test]
fn the_check_itself_sees_what_is_wrong() {
    let wrong = |schema: Value, value: Value| {
        let mut found = Vec::new();
        check(&schema, &value, "", &mut found);
        !found.is_empty()
    };
    use serde_json::json;
    assert!(wrong(json!({"type": "string"}), json!(1)));
    assert!(wrong(json!({"type": ["string", "null"]}), json!(1)));
    assert!(wrong(json!({"required": ["a"]}), json!({})));
    assert!(wrong(json!({"enum": ["a"]}), json!("b")));
    assert!(wrong(json!({"items": {"type": "string"}}), json!(["a", 1])));
    assert!(wrong(json!({"additionalProperties": false}), json!({"a": 1})));
    assert!(wrong(json!({"$ref": "#/components/schemas/OrgKind"}), json!("king")));
    assert!(wrong(
        json!({"oneOf": [{"type": "string"}, {"enum": ["a"]}]}),
        json!("a")
    ));
    assert!(wrong(json!({"anyOf": [{"type": "null"}]}), json!("a")));
    assert!(wrong(json!({"minimum": 1}), json!(0)));
    assert!(!wrong(json!({"$ref": "#/components/schemas/OrgKind"}), json!("tenant")));
}

/// Two operations of one name would become one function in a client that is made from the description.
#[test]
fn every_operation_has_a_name_of_its_own_and_every_reference_leads_somewhere() {
    let mut names = std::collections::BTreeSet::new();
    for item in document()["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            let name = operation["operationId"].as_str().unwrap();
            assert!(names.insert(name), "{name}");
        }
    }
    let text = document().to_string();
    for place in text.split("\"$ref\":\"#").skip(1) {
        let place = place.split('"').next().unwrap();
        assert!(document().pointer(place).is_some(), "{place}");
    }
}
