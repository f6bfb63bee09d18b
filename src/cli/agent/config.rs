//! The configuration of the agent: a TOML file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::exporter::{self, Exporter};
use crate::app::tls::AUTHORITIES;
use crate::cli::failure::Failure;
use crate::domain::id::LeaseId;
use crate::domain::time::Timestamp;

/// Most seconds between two looks: what is longer proves little.
const INTERVAL_SECONDS_MAX: u32 = 3_600;

/// What the agent does.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The exchange's public URL.
    pub exchange: String,
    /// A file with an API key of the provider.
    pub api_key_file: PathBuf,
    /// Who reports; no two agents of a provider have the same.
    pub source: String,
    /// A file with the Ed25519 key that signs events, made by `qiantang agent key`; none: nothing is signed.
    #[serde(default)]
    pub signing_key_file: Option<PathBuf>,
    /// Under which identifier the exchange knows the public half of it.
    #[serde(default)]
    pub agent_key: Option<String>,
    /// Seconds between two looks.
    #[serde(default = "minute")]
    pub interval_seconds: u32,
    /// Seconds after which what was seen before says nothing any more; none: three intervals.
    #[serde(default)]
    pub gap_seconds: Option<u32>,
    /// Folder of what is to be sent.
    pub spool: PathBuf,
    /// File of the certificate authorities (PEM) by which the exchange is known.
    #[serde(default = "authorities")]
    pub authorities: PathBuf,
    /// Where cards are looked at.
    pub endpoints: Vec<Endpoint>,
    /// Which cards belong to which lease.
    pub leases: Vec<Leased>,
    /// What exporters call things, beside `seeds/exporters.csv` or instead of it.
    #[serde(default)]
    pub exporters: BTreeMap<String, Exporter>,
}

/// A place where cards are looked at.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// What it is called here.
    pub name: String,
    /// Where its metrics are.
    pub url: String,
    /// Which exporter it is.
    pub exporter: String,
}

/// The cards of a lease.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leased {
    /// The lease.
    pub lease: LeaseId,
    /// Where its cards are looked at.
    pub endpoint: String,
    /// The cards, as the exporter names them.
    pub devices: BTreeSet<String>,
    /// Nothing before is reported; none: the exchange refuses it.
    #[serde(default)]
    pub from: Option<Timestamp>,
    /// Nothing after is reported.
    #[serde(default)]
    pub until: Option<Timestamp>,
}

impl Config {
    /// Reads a file; the places that it names are looked for beside it.
    ///
    /// # Errors
    /// It cannot be read, or breaks a rule.
    pub fn read(path: &Path) -> Result<Config, Failure> {
        let place = path.display();
        let wrong = |reason: String| Failure::Argument(format!("{place}: {reason}"));
        let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        let mut config: Config = toml::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let files = [&mut config.api_key_file, &mut config.spool, &mut config.authorities];
        for file in files.into_iter().chain(&mut config.signing_key_file) {
            *file = folder.join(&*file);
        }
        let mut exporters = exporter::known().map_err(wrong)?;
        exporters.append(&mut config.exporters);
        config.exporters = exporters;
        config.check().map_err(wrong)?;
        Ok(config)
    }

    /// Seconds after which what was seen before says nothing any more.
    pub fn gap(&self) -> u32 {
        self.gap_seconds.unwrap_or(self.interval_seconds.saturating_mul(3))
    }

    fn check(&self) -> Result<(), String> {
        if !(1..=INTERVAL_SECONDS_MAX).contains(&self.interval_seconds) {
            return Err(format!("interval_seconds must be from 1 to {INTERVAL_SECONDS_MAX}"));
        }
        let is_plain = !self.source.is_empty() && !self.source.chars().any(char::is_control);
        if !is_plain || self.source.len() > 100 {
            return Err("source must have 1 to 100 characters on one line".to_owned());
        }
        let mut names = BTreeSet::new();
        for endpoint in &self.endpoints {
            if !names.insert(endpoint.name.as_str()) {
                return Err(format!("two endpoints are called {:?}", endpoint.name));
            }
            if !self.exporters.contains_key(&endpoint.exporter) {
                let known: Vec<&str> = self.exporters.keys().map(String::as_str).collect();
                let (name, known) = (&endpoint.exporter, known.join(", "));
                return Err(format!("no exporter is called {name:?}; known are {known}"));
            }
        }
        let mut leases = BTreeSet::new();
        for leased in &self.leases {
            if !names.contains(leased.endpoint.as_str()) {
                return Err(format!("no endpoint is called {:?}", leased.endpoint));
            }
            if !leases.insert(leased.lease) {
                return Err(format!(
                    "{} is there twice: an agent has the cards of a lease at one endpoint",
                    leased.lease
                ));
            }
            if leased.devices.is_empty() {
                return Err(format!("{} has no devices", leased.lease));
            }
        }
        Ok(())
    }
}

fn minute() -> u32 {
    60
}

fn authorities() -> PathBuf {
    PathBuf::from(AUTHORITIES)
}
