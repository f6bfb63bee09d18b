//! Reading a file with all its errors: after each one, what cannot be read is replaced by something that can, and reading
//! begins anew. What would fit there is asked of the type itself, so that no second description of it is kept.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::app::body;
use crate::engine::limits::FIELD_ERRORS_MAX;
use crate::engine::rejection::{FieldError, FieldRule};

/// Deepest nesting of what is put in place of something missing.
const DEPTH_MAX: u32 = 4;

/// Reads a file. Where it has errors, stand-ins are at their pointers in what was read; it is none where nothing would fit,
/// or where there are more errors than a refusal names.
pub fn read<T: DeserializeOwned>(mut file: Value) -> (Option<T>, Vec<FieldError>) {
    if !file.is_object() {
        let error = FieldError {
            pointer: String::new(),
            code: FieldRule::Malformed,
            detail: "must be a JSON object".to_owned(),
        };
        return (None, vec![error]);
    }
    let mut errors: Vec<FieldError> = Vec::new();
    loop {
        let fault = match attempt::<T>(&file) {
            Ok(read) => return (Some(read), errors),
            Err(fault) => fault,
        };
        let pointer = fault.pointer.clone();
        let again = errors.iter().any(|error| error.pointer == pointer);
        let unknown = fault.code == FieldRule::Unknown;
        errors.push(FieldError {
            pointer: fault.pointer,
            code: fault.code,
            detail: fault.detail,
        });
        let mended = if unknown {
            remove(&mut file, &pointer)
        } else {
            fill::<T>(&mut file, &pointer, 0)
        };
        if again || !mended || errors.len() >= FIELD_ERRORS_MAX {
            return (None, errors);
        }
    }
}

/// Why a file cannot be read.
struct Fault {
    /// Where: for a missing field where it should stand.
    pointer: String,
    code: FieldRule,
    detail: String,
    /// What an enumeration knows, where a word is none of its own.
    words: Vec<String>,
}

fn attempt<T: DeserializeOwned>(file: &Value) -> Result<T, Fault> {
    serde_path_to_error::deserialize(file).map_err(|error| {
        let pointer = body::pointer(error.path());
        let message = error.into_inner().to_string();
        let quoted: Vec<String> = message.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        match quoted.first() {
            Some(name) if message.starts_with("missing field") => Fault {
                pointer: format!("{pointer}/{}", body::escaped(name)),
                code: FieldRule::Empty,
                detail: "is needed".to_owned(),
                words: Vec::new(),
            },
            Some(_) if message.starts_with("unknown field") => Fault {
                pointer,
                code: FieldRule::Unknown,
                detail: format!("is not known: {message}"),
                words: Vec::new(),
            },
            Some(_) | None => Fault {
                pointer,
                code: FieldRule::Malformed,
                words: quoted.into_iter().skip(1).collect(),
                detail: message,
            },
        }
    })
}

/// Puts something that can be read at `pointer`, and says whether it did.
fn fill<T: DeserializeOwned>(file: &mut Value, pointer: &str, depth: u32) -> bool {
    let stand_ins = [
        Value::Null,
        json!(0),
        json!("0"),
        json!("1970-01-01T00:00:00Z"),
        json!(false),
        json!([]),
        json!({}),
    ];
    stand_ins
        .into_iter()
        .any(|stand_in| put(file, pointer, stand_in) && fits::<T>(file, pointer, depth))
}

/// Whether what stands at `pointer` can be read, after what is missing in it was filled in.
fn fits<T: DeserializeOwned>(file: &mut Value, pointer: &str, depth: u32) -> bool {
    let mut last = String::new();
    while let Err(fault) = attempt::<T>(file) {
        let inside = fault.pointer.strip_prefix(pointer);
        match inside {
            Some("") => {
                let word = fault.words.into_iter().next();
                return word.is_some_and(|word| {
                    put(file, pointer, Value::String(word))
                        && attempt::<T>(file).map_or_else(|fault| fault.pointer != pointer, |_| true)
                });
            }
            Some(inside) if inside.starts_with('/') => {
                let stuck = fault.code != FieldRule::Empty || fault.pointer == last || depth >= DEPTH_MAX;
                if stuck || !fill::<T>(file, &fault.pointer, depth + 1) {
                    return false;
                }
                last = fault.pointer;
            }
            Some(_) | None => return true,
        }
    }
    true
}

/// The thing in which `pointer` names a place, and the name.
fn parent<'a>(file: &'a mut Value, pointer: &str) -> Option<(&'a mut Value, String)> {
    let (parent, name) = pointer.rsplit_once('/')?;
    let name = name.replace("~1", "/").replace("~0", "~");
    file.pointer_mut(parent).map(|parent| (parent, name))
}

fn put(file: &mut Value, pointer: &str, value: Value) -> bool {
    if let Some(place) = file.pointer_mut(pointer) {
        *place = value;
        return !pointer.is_empty() || file.is_object();
    }
    let fields = parent(file, pointer).and_then(|(parent, name)| Some((parent.as_object_mut()?, name)));
    fields.is_some_and(|(fields, name): (&mut Map<String, Value>, String)| {
        fields.insert(name, value);
        true
    })
}

fn remove(file: &mut Value, pointer: &str) -> bool {
    let fields = parent(file, pointer).and_then(|(parent, name)| Some((parent.as_object_mut()?, name)));
    fields.is_some_and(|(fields, name)| fields.remove(&name).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::programme::ProgrammeRules;

    fn errors(file: Value) -> Vec<(String, FieldRule)> {
        let (read, errors) = read::<ProgrammeRules>(file);
        assert!(read.is_some() || errors.len() >= FIELD_ERRORS_MAX, "{errors:?}");
        errors.into_iter().map(|error| (error.pointer, error.code)).collect()
    }

    /// A file with something at each place at which a rule file can have something.
    fn everywhere() -> Value {
        json!({
            "id": "x", "pot": "1.00", "valid_from": "2026-01-01T00:00:00Z", "valid_until": "2027-01-01T00:00:00Z",
            "rates": [{ "when": { "domestic": true, "workloads": ["agent"] }, "rate_bps": 1 }],
            "name": { "zh": "一", "en": "one" },
            "authorities": [{ "name": "a" }],
            "co_funding": [{ "payer": "p", "share_bps": 10000 }],
            "cap_rows": [{ "cap": "1.00" }],
            "stacking": [{ "ceilings": [{ "rate_bps": 1 }] }],
            "upper_match": { "programmes": ["y"], "rates": [{ "rate_bps": 1 }] },
            "windows": { "apply": [{ "from": "2026-01-01T00:00:00Z" }], "claim": [] },
            "evidence": [{ "kind": "contract", "with": "claim" }],
            "review_chain": [{ "kind": "formal", "people": 2 }],
            "clawback": { "reasons": ["fraud"], "fine_min_bps": 1000, "fine_max_bps": 5000 },
            "provenance": { "/pot": { "source": "s", "as_of": "2025", "verified": true } }
        })
    }

    /// The pointers of everything in a value.
    fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
        let name = |name: &str| format!("{at}/{}", body::escaped(name));
        match value {
            Value::Object(fields) => {
                for (field, value) in fields {
                    found.push(name(field));
                    pointers(value, &name(field), found);
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    found.push(name(&index.to_string()));
                    pointers(item, &name(&index.to_string()), found);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    #[test]
    fn all_errors_of_a_file_are_named_at_once() {
        let file = json!({
            "id": "No Code",
            "pott": "1.00",
            "rates": [
                { "when": { "domestic": "yes", "wokloads": [], "workloads": ["agent", "games"] }, "rate_bps": "3000" },
                "none",
                { "rate_bps": 1 },
                {}
            ],
            "evidence": [{}],
            "clawback": { "reasons": "fraud" },
            "valid_from": "soon",
            "provenance": { "/pot": {}, "/a/b": 1 }
        });
        let mut found: Vec<String> = errors(file).into_iter().map(|(pointer, _)| pointer).collect();
        found.sort();
        let expected = [
            "/clawback/fine_max_bps",
            "/clawback/fine_min_bps",
            "/clawback/reasons",
            "/evidence/0/kind",
            "/evidence/0/with",
            "/id",
            "/pot",
            "/pott",
            "/provenance/~1a~1b",
            "/provenance/~1pot/as_of",
            "/provenance/~1pot/source",
            "/provenance/~1pot/verified",
            "/rates/0/rate_bps",
            "/rates/0/when/domestic",
            "/rates/0/when/wokloads",
            "/rates/0/when/workloads/1",
            "/rates/1",
            "/rates/3/rate_bps",
            "/valid_from",
            "/valid_until",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_wrong_anywhere_is_named_there_and_nowhere_else() {
        assert_eq!(errors(everywhere()), []);
        let mut places = Vec::new();
        pointers(&everywhere(), "", &mut places);
        assert!(places.len() > 50, "{places:?}");
        for place in &places {
            let mut file = everywhere();
            *file.pointer_mut(place).unwrap() = json!({ "?": [] });
            let found = errors(file);
            let named = found.iter().any(|(pointer, _)| pointer.starts_with(place.as_str()));
            let elsewhere = found.iter().any(|(pointer, _)| !pointer.starts_with(place.as_str()));
            assert!(named && !elsewhere, "{place}: {found:?}");
        }
    }

    #[test]
    fn what_is_no_file_at_all_is_refused() {
        for file in [json!(null), json!(1), json!("x"), json!([])] {
            let (read, errors) = read::<ProgrammeRules>(file);
            assert!(read.is_none());
            assert_eq!(errors.len(), 1, "{errors:?}");
        }
    }

    #[test]
    fn no_more_errors_are_looked_for_than_are_named() {
        let rows: Vec<Value> = (0..300).map(|_| json!({ "rate_bps": "x" })).collect();
        let mut file = everywhere();
        file["rates"] = json!(rows);
        assert_eq!(errors(file).len(), FIELD_ERRORS_MAX);
    }
}
