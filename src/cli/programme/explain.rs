//! A rule file in words: one sentence for each parameter that it sets, with its source.

use serde::Serialize;
use serde_json::{Map, Value};

use super::words::{Language, find, place};
use crate::domain::money::Money;
use crate::domain::programme::ProgrammeRules;
use crate::domain::programme::process::Provenance;
use crate::domain::time::Timestamp;

/// Seconds by which Asia/Shanghai is ahead of UTC.
const SHANGHAI_OFFSET_SECONDS: u32 = 8 * 3_600;

/// A parameter in words.
#[derive(Debug, Serialize)]
pub struct Said {
    /// Where it stands in the file.
    pub pointer: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
    /// Where it and its parts come from; those of parts with their own pointers.
    pub sources: Vec<Source>,
}

/// Where a rule comes from.
#[derive(Debug, Serialize)]
pub struct Source {
    /// Of what.
    pub of: String,
    /// What is said of it.
    #[serde(flatten)]
    pub provenance: Provenance,
}

/// Every parameter that the file sets, in the order of the words; a row of a list by itself.
pub fn explain(file: &Map<String, Value>, rules: &ProgrammeRules) -> Vec<Said> {
    let mut all = Vec::new();
    let mut fields: Vec<(&String, &Value)> = file.iter().filter(|(field, _)| *field != "provenance").collect();
    fields.sort_by_key(|(field, _)| place(field));
    for (field, value) in fields {
        let rows = value.as_array().filter(|rows| rows.iter().any(Value::is_object));
        match rows {
            Some(rows) => {
                for (index, row) in rows.iter().enumerate() {
                    all.push(said(
                        rules,
                        (format!("/{field}/{index}"), Some(format!("/{field}"))),
                        field,
                        row,
                    ));
                }
            }
            None => all.push(said(rules, (format!("/{field}"), None), field, value)),
        }
    }
    all
}

fn said(rules: &ProgrammeRules, (pointer, list): (String, Option<String>), field: &str, value: &Value) -> Said {
    let mut sources = Vec::new();
    let inside = format!("{pointer}/");
    for (of, provenance) in &rules.provenance {
        if *of == pointer || Some(of) == list.as_ref() || of.starts_with(&inside) {
            sources.push(Source {
                of: of.clone(),
                provenance: provenance.clone(),
            });
        }
    }
    Said {
        zh: phrase(Language::Zh, "", field, value),
        en: phrase(Language::En, "", field, value),
        pointer,
        sources,
    }
}

/// A field with its value in words. What has no words of its own is printed as it stands.
pub fn phrase(language: Language, around: &str, field: &str, value: &Value) -> String {
    let label = |name: &str| find(language, name).unwrap_or(", ");
    let of_value = match value {
        Value::Bool(yes) => find(language, &format!("{field}={yes}")),
        Value::Object(fields) if fields.is_empty() => find(language, &format!("{field}={{}}")),
        Value::Null | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => None,
    };
    if let Some(words) = of_value {
        return words.to_owned();
    }
    let own = match value {
        Value::Array(items) => {
            let objects = items.iter().any(Value::is_object);
            let items = items.iter().map(|item| part(language, field, item));
            let between = label(if objects { "semicolon" } else { "and" });
            items.collect::<Vec<_>>().join(between)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            part(language, field, value)
        }
    };
    let template = find(language, &format!("{around}.{field}")).or_else(|| find(language, field));
    template.map_or_else(|| format!("{field}: {own}"), |template| template.replace("{}", &own))
}

/// One value of a field in words.
fn part(language: Language, field: &str, value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| place(name));
            let fields = fields
                .into_iter()
                .map(|(name, value)| phrase(language, field, name, value));
            fields.collect::<Vec<_>>().join(find(language, "comma").unwrap_or(", "))
        }
        Value::String(text) => word(language, field, text),
        Value::Number(number) if field.ends_with("_bps") => percent(number.as_i64().unwrap_or_default()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => value.to_string(),
    }
}

/// Basis points in per cent: 3333 are 33.33.
pub fn percent(basis_points: i64) -> String {
    let percent = Money::from_fen(basis_points).to_string();
    percent.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A word of an enumeration, an instant or an amount.
fn word(language: Language, field: &str, text: &str) -> String {
    let known = find(language, &format!("{field}={text}")).or_else(|| find(language, &format!("={text}")));
    if let Some(known) = known {
        return known.to_owned();
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        let local = at.plus_seconds(SHANGHAI_OFFSET_SECONDS).to_string();
        return local
            .trim_end_matches("T00:00:00Z")
            .replace('T', " ")
            .trim_end_matches('Z')
            .to_owned();
    }
    if text.contains('.') && text.parse::<Money>().is_ok() {
        return thousands(text);
    }
    text.to_owned()
}

/// `1234567.80` as `1,234,567.80`.
pub fn thousands(amount: &str) -> String {
    let (whole, fen) = amount.split_once('.').unwrap_or((amount, "00"));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}.{fen}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rules_are_said_in_both_languages() {
        let row = json!({ "when": { "domestic": true, "declared_total_up_to": "500000.00" }, "rate_bps": 3333 });
        assert_eq!(
            phrase(Language::Zh, "", "rates", &row),
            "补贴比例：国产加速器，当年申报总额不超过 500,000.00 元，按 33.33 % 补贴"
        );
        assert_eq!(
            phrase(Language::En, "", "rates", &row),
            "Rate: for domestic accelerators, a declared total of the year of at most 500,000.00 CNY, 33.33 % is paid"
        );
        let otherwise = json!({ "when": {}, "rate_bps": 2000 });
        assert_eq!(
            phrase(Language::Zh, "", "rates", &otherwise),
            "补贴比例：其他各种情形，按 20 % 补贴"
        );
        let from = json!("2025-12-31T16:00:00Z");
        assert_eq!(phrase(Language::Zh, "", "valid_from", &from), "券自 2026-01-01 起可用");
        assert_eq!(
            phrase(Language::En, "", "rate_base", &json!("paid")),
            "The rate is taken of what the entity has paid"
        );
    }

    #[test]
    fn amounts_have_thousands() {
        for (plain, grouped) in [
            ("0.00", "0.00"),
            ("999.99", "999.99"),
            ("1000.00", "1,000.00"),
            ("-1234567.80", "-1,234,567.80"),
        ] {
            assert_eq!(thousands(plain), grouped);
        }
    }
}
