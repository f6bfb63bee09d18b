//! The words against the rule model as the service describes it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::*;
use crate::api::server::describe;

/// Names of fields with the field around them, and words of enumerations, of everything that a rule file can have.
#[derive(Default)]
struct Known {
    fields: BTreeSet<(String, String)>,
    words: BTreeSet<(String, String)>,
    seen: BTreeSet<(String, String)>,
}

impl Known {
    fn look(&mut self, document: &Value, schema: &Value, (around, field): (&str, &str)) {
        if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
            if self.seen.insert((name.to_owned(), field.to_owned())) {
                self.look(document, &document["components"]["schemas"][name], (around, field));
            }
            return;
        }
        for word in schema["enum"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
        {
            self.words.insert((field.to_owned(), word.to_owned()));
        }
        for part in ["oneOf", "allOf", "anyOf"] {
            for schema in schema[part].as_array().into_iter().flatten() {
                self.look(document, schema, (around, field));
            }
        }
        self.words
            .extend(schema["const"].as_str().map(|word| (field.to_owned(), word.to_owned())));
        if schema["items"].is_object() {
            self.look(document, &schema["items"], (around, field));
        }
        for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
            if name != "provenance" {
                self.fields.insert((field.to_owned(), name.clone()));
                self.look(document, schema, (field, name));
            }
        }
    }
}

#[test]
fn every_field_and_word_of_a_rule_file_can_be_said() {
    let (document, _) = describe().unwrap();
    let mut known = Known::default();
    known.look(
        &document,
        &document["components"]["schemas"]["ProgrammeRules"],
        ("", ""),
    );
    assert!(
        known.fields.len() > 80 && known.words.len() > 60,
        "{known_fields}",
        known_fields = known.fields.len()
    );
    let said = |names: &[String]| {
        names
            .iter()
            .any(|name| find(Language::Zh, name).is_some() && find(Language::En, name).is_some())
    };
    for (around, name) in &known.fields {
        let both = [format!("{around}.{name}"), name.clone(), format!("{name}=true")];
        assert!(said(&both), "{around}.{name} has no words");
    }
    for (field, word) in &known.words {
        assert!(
            said(&[format!("{field}={word}"), format!("={word}")]),
            "{field}: {word} has no words"
        );
    }
}

#[test]
fn nothing_is_said_twice() {
    let mut names = BTreeSet::new();
    for (name, zh, en) in SENTENCES.iter().chain(VALUES).chain(LABELS) {
        assert!(names.insert(*name), "{name}");
        assert_eq!(zh.contains("{}"), en.contains("{}"), "{name}");
    }
}
