//! The scan: reads the facts of one instant and says what looks wrong in them.

use std::collections::BTreeSet;

use super::watts;
use crate::domain::flag::{Finding, Flag};
use crate::engine::integrity::{self, fact::Facts, usage::Usage};
use crate::engine::office::integrity::IntegrityCommand;
use crate::engine::{Command, limits};
use crate::store::load::LoadError;
use crate::store::{Reader, facts, office};

/// All that looks wrong now. What a reader sees may change between two reads: give it a snapshot first. Reads whole tables.
///
/// # Errors
/// Those of the database.
pub fn scan(reader: &mut Reader) -> Result<Vec<Finding>, LoadError> {
    let policy = watts::policy();
    let mut facts: Facts = facts::load(reader)?;
    facts.sort();
    let mut usage = Usage::new(&facts, &policy);
    facts::usage(reader, |report| usage.add(&report))?;
    Ok(integrity::scan(&facts, &usage, &policy))
}

/// What raises flags for findings: for those that are not known yet, and for so many of them as one command takes. A later scan finds
/// the rest.
///
/// # Errors
/// Those of the database.
pub fn raise(reader: &mut Reader) -> Result<Command, LoadError> {
    fresh(reader).map(raising)
}

/// What raises flags for these findings.
pub fn raising(findings: Vec<Finding>) -> Command {
    Command::Integrity(IntegrityCommand::RaiseFlags { findings })
}

/// What a scan finds that no flag says yet.
///
/// # Errors
/// Those of the database.
pub fn fresh(reader: &mut Reader) -> Result<Vec<Finding>, LoadError> {
    let mut findings = scan(reader)?;
    let flags = office::load_flags(reader)?;
    let known: BTreeSet<_> = flags.iter().map(Flag::identity).collect();
    findings.retain(|finding| !known.contains(&finding.identity()));
    findings.truncate(limits::FINDINGS_MAX);
    Ok(findings)
}
