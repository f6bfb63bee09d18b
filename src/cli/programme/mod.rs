//! `qiantang programme`: rule files.

mod examples;
mod explain;
mod words;

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};
use serde_json::{Value, json};

use self::examples::Example;
use self::explain::{Said, thousands};
use self::words::{Language, find};
use super::failure::Failure;
use super::output::say;
use super::{Format, Options};
use crate::app::programme;
use crate::domain::evaluation::Step;
use crate::domain::programme::ProgrammeRules;
use crate::engine::Rejection;

/// Largest rule file that is read: a megabyte.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// Rule files of voucher programmes.
#[derive(Debug, Subcommand)]
pub enum Programme {
    /// Names all that is wrong with a rule file; or says what it says, in words, and tries it on examples. No database is needed.
    Check(Check),
}

/// Which file, and how it is told.
#[derive(Debug, Args)]
pub struct Check {
    /// The rule file; see docs/PROGRAMMES.md.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// In which language rules are explained.
    #[arg(long, value_enum, default_value_t = Lang::Both)]
    lang: Lang,
    /// Everything as JSON, as with --format json.
    #[arg(long)]
    json: bool,
}

/// A language, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Lang {
    /// Chinese.
    Zh,
    /// English.
    En,
    /// Chinese, then English.
    Both,
}

impl Lang {
    fn each(self) -> &'static [Language] {
        match self {
            Self::Zh => &[Language::Zh],
            Self::En => &[Language::En],
            Self::Both => &[Language::Zh, Language::En],
        }
    }
}

/// Runs the command.
pub fn run(options: &Options, programme: &Programme) -> Result<(), Failure> {
    match programme {
        Programme::Check(check) => self::check(options, check),
    }
}

fn check(options: &Options, check: &Check) -> Result<(), Failure> {
    let place = check.file.display();
    let file = read(&check.file)?;
    let as_json = check.json || options.format == Format::Json;
    let rules = match programme::read(file.clone()) {
        Ok(rules) => rules,
        Err(Rejection::Invalid(errors)) => {
            if as_json {
                say(&json!({ "errors": errors }).to_string())?;
            } else {
                for error in &errors {
                    say(&format!("{place}{}: {}", separated(&error.pointer), error.detail))?;
                }
            }
            return Err(Failure::Refused(format!(
                "{place}: refused with {} errors",
                errors.len()
            )));
        }
        Err(other) => return Err(Failure::Refused(format!("{place}: {other}"))),
    };
    let Value::Object(fields) = file else {
        return Err(Failure::Argument(format!("{place}: is no JSON object")));
    };
    let said = explain::explain(&fields, &rules);
    let examples = examples::examples(&rules)?;
    if as_json {
        let all = json!({ "id": rules.id, "version": rules.version, "rules": said, "examples": examples });
        return say(&all.to_string());
    }
    for &language in check.lang.each() {
        say(&told(language, &rules, &said))?;
        say(&tried(language, &examples))?;
    }
    Ok(())
}

/// A pointer behind the name of the file; the whole file has none.
fn separated(pointer: &str) -> String {
    if pointer.is_empty() {
        String::new()
    } else {
        format!(" {pointer}")
    }
}

fn read(path: &Path) -> Result<Value, Failure> {
    let fail = |reason: String| Failure::Argument(format!("{}: {reason}", path.display()));
    let size = fs::metadata(path).map_err(|error| fail(error.to_string()))?.len();
    if size > FILE_BYTES_MAX {
        return Err(fail(format!("is larger than {FILE_BYTES_MAX} bytes")));
    }
    let text = fs::read_to_string(path).map_err(|error| fail(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| fail(error.to_string()))
}

/// The rules as sentences, each with its sources below.
fn told(language: Language, rules: &ProgrammeRules, said: &[Said]) -> String {
    let name = rules.name.as_ref().map(|names| match language {
        Language::Zh => names.zh.as_str(),
        Language::En => names.en.as_str(),
    });
    let mut lines = vec![format!("{} ({})", name.unwrap_or(rules.id.as_str()), rules.id)];
    let words = |name: &str| find(language, name).unwrap_or_default();
    for one in said {
        let sentence = match language {
            Language::Zh => format!("{}。", one.zh),
            Language::En => format!("{}.", one.en),
        };
        lines.push(format!("- {sentence}"));
        for source in &one.sources {
            let said = &source.provenance;
            let mark = if said.verified { "" } else { words("unverified") };
            let part = if source.of == one.pointer || one.pointer.starts_with(&source.of) {
                String::new()
            } else {
                format!("{} {}: ", words("of it"), source.of)
            };
            lines.push(format!(
                "    {part}{mark}{} ({} {})",
                said.source,
                words("as of"),
                said.as_of
            ));
        }
        if one.sources.is_empty() {
            lines.push(format!("    {}–", words("unverified")));
        }
    }
    lines.join("\n")
}

/// The examples as a table.
fn tried(language: Language, examples: &[Example]) -> String {
    let words = |name: &str| find(language, name).unwrap_or_default();
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    let columns = [
        "case",
        "entity",
        "accelerator",
        "contract",
        "base",
        "row",
        "subsidy",
        "decided by",
    ];
    table.set_header(columns.map(words));
    for example in examples {
        let base = example.steps.iter().rev().find_map(|step| match step {
            Step::Base { amount } | Step::ReferencePrice { amount, .. } | Step::Tax { amount, .. } => Some(*amount),
            Step::Refused { .. }
            | Step::MinSpend { .. }
            | Step::Rate { .. }
            | Step::Rounded { .. }
            | Step::Cap { .. } => None,
        });
        let rates = example.steps.iter().filter_map(|step| match step {
            Step::Rate { rate_bps, .. } => Some(format!("{} %", explain::percent(i64::from(rate_bps.0)))),
            Step::Refused { .. }
            | Step::MinSpend { .. }
            | Step::Base { .. }
            | Step::ReferencePrice { .. }
            | Step::Tax { .. }
            | Step::Rounded { .. }
            | Step::Cap { .. } => None,
        });
        let rates: Vec<String> = rates.collect();
        let refused = example.steps.iter().any(|step| matches!(step, Step::Refused { .. }));
        table.add_row([
            words(example.of).to_owned(),
            entity(language, example),
            words(if example.domestic { "domestic" } else { "foreign" }).to_owned(),
            thousands(&example.contract.to_string()),
            base.map_or_else(|| "–".to_owned(), |base| thousands(&base.to_string())),
            if rates.is_empty() {
                "–".to_owned()
            } else {
                rates.join(" + ")
            },
            thousands(&example.subsidy.to_string()),
            format!("{}{}", if refused { words("refused") } else { "" }, example.decided_by),
        ]);
    }
    for amounts in [3, 4, 5, 6] {
        if let Some(column) = table.column_mut(amounts) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    format!("{}\n{table}\n", words("examples"))
}

fn entity(language: Language, example: &Example) -> String {
    let facts = serde_json::to_value(&example.entity).unwrap_or_default();
    let facts = facts.as_object().into_iter().flatten();
    let known: Vec<String> = facts
        .map(|(name, value)| explain::phrase(language, "", name, value))
        .collect();
    if known.is_empty() {
        find(language, "anybody").unwrap_or_default().to_owned()
    } else {
        known.join(find(language, "comma").unwrap_or(", "))
    }
}
