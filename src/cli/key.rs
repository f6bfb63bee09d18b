//! `qiantang keys`: the keys that sign access tokens.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use comfy_table::Table;
use comfy_table::presets::UTF8_FULL_CONDENSED;

use super::failure::Failure;
use super::{Format, Options, output};
use crate::app::clock::system_now;
use crate::app::token::key_ring::{KeyRing, Standing};

/// The keys that sign access tokens.
#[derive(Debug, Subcommand)]
pub enum Keys {
    /// Makes a new key. It signs ten minutes later, when everybody has fetched its public half; the key before it checks
    /// tokens until the last one that it signed has expired.
    Rotate(Folder),
    /// Lists the keys, the oldest first. The files of retired ones may be removed.
    List(Folder),
}

/// Where the keys are.
#[derive(Debug, Args)]
pub struct Folder {
    /// The folder of the keys; nobody else may be allowed to read it.
    #[arg(long, value_name = "FOLDER", env = "QIANTANG_KEYS")]
    keys: PathBuf,
}

/// Runs the command.
pub fn run(options: &Options, keys: &Keys) -> Result<(), Failure> {
    match keys {
        Keys::Rotate(folder) => {
            KeyRing::rotate(&folder.keys, system_now())?;
            list(options, folder)
        }
        Keys::List(folder) => list(options, folder),
    }
}

fn list(options: &Options, folder: &Folder) -> Result<(), Failure> {
    let ring = KeyRing::read(&folder.keys)?;
    let rows = ring.standings(system_now()).map(|(key, standing)| {
        [
            key.created_at().to_string(),
            key.kid().to_owned(),
            word(standing).to_owned(),
        ]
    });
    let text = match options.format {
        Format::Table => {
            let mut table = Table::new();
            table.load_style(UTF8_FULL_CONDENSED);
            table.set_header(["made", "kid", "standing"]);
            table.add_rows(rows);
            table.to_string()
        }
        Format::Json => {
            let keys =
                rows.map(|[made, kid, standing]| serde_json::json!({"made": made, "kid": kid, "standing": standing}));
            serde_json::Value::Array(keys.collect()).to_string()
        }
        Format::Csv => {
            let lines = rows.map(|row| row.join(","));
            let header = "made,kid,standing".to_owned();
            std::iter::once(header).chain(lines).collect::<Vec<_>>().join("\n")
        }
    };
    output::say(&text)
}

fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Next => "next",
        Standing::Signs => "signs",
        Standing::Checks => "checks",
        Standing::Retired => "retired",
    }
}
