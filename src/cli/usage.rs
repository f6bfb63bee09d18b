//! `qiantang usage`: usage events from files.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use indicatif::ProgressBar;
use serde::Deserialize;
use serde_json::{Value, json};

use super::failure::Failure;
use super::{Format, Options, database, output};
use crate::app::clock::Clock;
use crate::app::exchange::Handle;
use crate::app::problem::Problem;
use crate::app::request::Request;
use crate::app::usage;
use crate::domain::id::{LeaseId, OrgId};
use crate::engine;

/// Events of one command.
const BATCH: usize = 1_000;

/// Usage events.
#[derive(Debug, Subcommand)]
pub enum Usage {
    Import(Import),
}

/// Reports the usage events of a file; what is known already does no harm, so that an import can be begun again.
#[derive(Debug, Args)]
pub struct Import {
    /// CloudEvents: one a line, or a list.
    file: PathBuf,
    /// Who reports; where nobody is named, the provider of each event's lease.
    #[arg(long = "as", value_name = "ORG")]
    org: Option<OrgId>,
    /// Writes the events that are refused here, one a line, with why.
    #[arg(long, value_name = "FILE")]
    rejected: Option<PathBuf>,
}

/// An event, and where it stands in the file, from 1.
type Placed = (usize, Value);

/// What came of a batch.
#[derive(Deserialize)]
struct Taken {
    accepted: usize,
    duplicates: usize,
    rejected: Vec<Rejected>,
}

#[derive(Deserialize)]
struct Rejected {
    index: usize,
    code: String,
    detail: String,
}

/// Runs the command.
pub fn run(options: &Options, usage: &Usage) -> Result<(), Failure> {
    let Usage::Import(import) = usage;
    let place = import.file.display().to_string();
    let unreadable = |error: std::io::Error| Failure::Argument(format!("{place}: {error}"));
    let mut source = BufReader::new(File::open(&import.file).map_err(unreadable)?);
    let first = source
        .fill_buf()
        .map_err(unreadable)?
        .iter()
        .find(|byte| !byte.is_ascii_whitespace());
    let is_list = first == Some(&b'[');
    let sink = import.rejected.as_ref().map(|path| {
        let place = path.display().to_string();
        File::create(path).map_err(|source| Failure::Write { place, source })
    });
    let exchange = database::exchange(options, Clock::System)?;
    let mut importer = Importer {
        handle: exchange.handle(),
        org: import.org,
        sink: sink.transpose()?,
        progress: if options.quiet {
            ProgressBar::hidden()
        } else {
            ProgressBar::new_spinner()
        },
        told: Told::default(),
    };
    if is_list {
        let events: Vec<Value> = serde_json::from_reader(source).map_err(|error| unreadable(error.into()))?;
        for chunk in (1..).zip(events).collect::<Vec<Placed>>().chunks(BATCH) {
            importer.take(chunk.to_vec())?;
        }
    } else {
        let mut batch = Vec::with_capacity(BATCH);
        for (number, line) in (1..).zip(source.lines()) {
            let line = line.map_err(unreadable)?;
            if line.trim().is_empty() {
                continue;
            }
            match serde_json::from_str(&line) {
                Ok(event) => batch.push((number, event)),
                Err(error) => importer.refuse(number, "unreadable", &error.to_string(), &json!(line))?,
            }
            if batch.len() >= BATCH {
                importer.take(std::mem::take(&mut batch))?;
            }
        }
        importer.take(batch)?;
    }
    importer.progress.finish_and_clear();
    let told = importer.told;
    exchange.shut_down();
    told.say(options.format)
}

/// What came of the whole file.
#[derive(Debug, Default)]
struct Told {
    accepted: usize,
    duplicates: usize,
    refused: usize,
}

impl Told {
    fn say(&self, format: Format) -> Result<(), Failure> {
        let Told {
            accepted,
            duplicates,
            refused,
        } = self;
        output::say(&match format {
            Format::Table => format!("{accepted} accepted, {duplicates} known already, {refused} refused"),
            Format::Json => json!({"accepted": accepted, "duplicates": duplicates, "refused": refused}).to_string(),
            Format::Csv => format!("accepted,duplicates,refused\n{accepted},{duplicates},{refused}"),
        })?;
        if *refused > 0 {
            return Err(Failure::Refused(format!("{refused} events were refused")));
        }
        Ok(())
    }
}

struct Importer {
    handle: Handle,
    org: Option<OrgId>,
    sink: Option<File>,
    progress: ProgressBar,
    told: Told,
}

impl Importer {
    /// Reports a batch, by provider.
    fn take(&mut self, events: Vec<Placed>) -> Result<(), Failure> {
        let count = events.len();
        for (provider, events) in self.by_provider(events)? {
            self.report(provider, events)?;
        }
        self.progress.inc(u64::try_from(count).unwrap_or(0));
        let Told {
            accepted,
            duplicates,
            refused,
        } = self.told;
        self.progress.set_message(format!(
            "{accepted} accepted, {duplicates} known already, {refused} refused"
        ));
        Ok(())
    }

    /// The events, by whoever reports them.
    fn by_provider(&mut self, events: Vec<Placed>) -> Result<BTreeMap<OrgId, Vec<Placed>>, Failure> {
        let leases: Vec<Option<LeaseId>> = events
            .iter()
            .map(|(_, event)| event["data"]["lease"].as_str().and_then(|text| text.parse().ok()))
            .collect();
        let named = self.org;
        let providers: Vec<Option<OrgId>> = self.handle.inspect(move |state| {
            let provider = |lease: LeaseId| state.leases.get(&lease).map(|lease| lease.fill.provider);
            leases
                .into_iter()
                .map(|lease| named.or_else(|| provider(lease?)))
                .collect()
        })?;
        let mut by_provider: BTreeMap<OrgId, Vec<Placed>> = BTreeMap::new();
        for ((place, event), provider) in events.into_iter().zip(providers) {
            match provider {
                Some(provider) => by_provider.entry(provider).or_default().push((place, event)),
                None => self.refuse(place, "lease_not_found", "there is no open lease with that id", &event)?,
            }
        }
        Ok(by_provider)
    }

    fn report(&mut self, provider: OrgId, events: Vec<Placed>) -> Result<(), Failure> {
        let batch = events.iter().map(|(_, event)| event.clone());
        let batch = usage::read(Value::Array(batch.collect()));
        let batch = batch.map_err(|rejection| Failure::Refused(rejection.to_string()))?;
        let keys = if batch.is_signed() {
            self.handle.inspect(move |state| {
                let keys = engine::usage::keys_of(state, provider);
                keys.cloned().collect::<Vec<_>>()
            })?
        } else {
            Vec::new()
        };
        let command = batch.command(provider, &keys);
        let reply = self.handle.call(Request {
            org: Some(provider),
            ..Request::new("cli", command)
        })?;
        let unexpected = |error: serde_json::Error| Failure::Refused(error.to_string());
        if !reply.accepted {
            let problem: Problem = serde_json::from_str(&reply.answer).map_err(unexpected)?;
            return Err(Failure::Refused(problem.detail));
        }
        let taken: Taken = serde_json::from_str(&reply.answer).map_err(unexpected)?;
        self.told.accepted += taken.accepted;
        self.told.duplicates += taken.duplicates;
        for one in taken.rejected {
            if let Some((place, event)) = events.get(one.index) {
                self.refuse(*place, &one.code, &one.detail, event)?;
            }
        }
        Ok(())
    }

    fn refuse(&mut self, place: usize, code: &str, detail: &str, event: &Value) -> Result<(), Failure> {
        self.told.refused += 1;
        let said = self
            .progress
            .suspend(|| output::say(&format!("event {place}: {code}: {detail}")));
        said?;
        if let Some(sink) = &mut self.sink {
            let line = json!({"place": place, "code": code, "detail": detail, "event": event});
            writeln!(sink, "{line}").map_err(|source| Failure::Write {
                place: "the file of what is refused".to_owned(),
                source,
            })?;
        }
        Ok(())
    }
}
