//! `qiantang log`: the keys that sign the audit log, and proofs that were kept, checked offline.

use std::fs;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::failure::Failure;
use super::witness::key;
use super::{Format, Options, output};
use crate::app::clock::system_now;
use crate::app::log::key::Verifier;
use crate::app::log::ring;
use crate::app::log::saved::{Proved, SavedProof, SavedProofError};
use crate::domain::log::{Hash, Suite};
use crate::domain::text::hex;
use crate::domain::time::Timestamp;

/// The audit log: its keys, and proofs of it.
#[derive(Debug, Subcommand)]
pub enum Log {
    /// Makes a new key that signs checkpoints and prints its public half. The one before it goes on to sign beside it for a while.
    Rotate(Rotate),
    /// Lists the keys of a folder, the oldest first.
    Keys(Folder),
    /// Checks offline, with the public key of the log, that what a receipt names was recorded.
    VerifyProof(VerifyProof),
}

/// Where the keys are.
#[derive(Debug, Args)]
pub struct Folder {
    /// The folder of the keys; nobody else may be allowed to read it.
    #[arg(long, value_name = "FOLDER", env = "QIANTANG_LOG_KEYS")]
    keys: PathBuf,
}

/// Of which log a key is to be.
#[derive(Debug, Args)]
pub struct Rotate {
    #[command(flatten)]
    folder: Folder,
    /// What the log is called.
    #[arg(long, env = "QIANTANG_LOG_ORIGIN", value_name = "NAME")]
    origin: String,
    /// Its algorithms: `sha256-ed25519` or `sm3-sm2`.
    #[arg(long, default_value = "sha256-ed25519", value_name = "SUITE")]
    suite: Suite,
}

/// What is to be proved.
#[derive(Debug, Args)]
pub struct VerifyProof {
    /// The proof, as `GET /v1/audit/proofs/receipt` gave it.
    #[arg(value_name = "FILE")]
    proof: PathBuf,
    /// The public key of the log, from somewhere else than the proof; several times for several keys.
    #[arg(long = "key", required = true, value_name = "KEY", value_parser = key)]
    keys: Vec<Verifier>,
    /// The public key of a witness that must have signed too; several times for several witnesses.
    #[arg(long = "witness", value_name = "KEY", value_parser = key)]
    witnesses: Vec<Verifier>,
    /// `receipt.leaf`, in hex.
    #[arg(long, value_name = "HEX", required_unless_present_any = ["receipt", "body"])]
    leaf: Option<String>,
    /// A file with the answer that the receipt is in (JSON).
    #[arg(long, value_name = "FILE", conflicts_with = "leaf")]
    receipt: Option<PathBuf>,
    /// A file with the leaf itself, to the byte.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["leaf", "receipt"])]
    body: Option<PathBuf>,
}

/// Runs the command.
pub fn run(options: &Options, log: &Log) -> Result<(), Failure> {
    match log {
        Log::Rotate(rotate) => {
            let log = (rotate.origin.as_str(), rotate.suite);
            output::say(&ring::rotate(&rotate.folder.keys, log, system_now())?)
        }
        Log::Keys(folder) => {
            let keys = ring::list(&folder.keys)?;
            let lines = keys.iter().map(|(made, key)| format!("{made} {key}"));
            output::say(&lines.collect::<Vec<_>>().join("\n"))
        }
        Log::VerifyProof(asked) => verify(options, asked),
    }
}

fn verify(options: &Options, asked: &VerifyProof) -> Result<(), Failure> {
    let proof = SavedProof::parse(&text(&asked.proof)?).map_err(wrong)?;
    let suite = asked.keys.iter().find_map(Verifier::suite).unwrap_or_default();
    let leaf = leaf(asked, suite, &proof)?;
    let proved = proof.check(&leaf, &asked.keys, &asked.witnesses).map_err(wrong)?;
    output::say(&shown(options, proof.index + 1, &leaf, &proved))
}

fn shown(options: &Options, seq: u64, leaf: &Hash, proved: &Proved) -> String {
    let Proved {
        checkpoint,
        suite,
        witnesses,
    } = proved;
    let seconds = |seconds: u64| Timestamp::from_micros(seconds.cast_signed().saturating_mul(1_000_000));
    let seen = witnesses
        .iter()
        .map(|(name, at)| (name.clone(), seconds(*at).to_string()));
    match options.format {
        Format::Json => serde_json::json!({
            "proved": true, "seq": seq, "leaf": hex(leaf), "origin": checkpoint.origin, "size": checkpoint.size,
            "root": hex(&checkpoint.root), "suite": suite.name(),
            "witnesses": seen.map(|(name, at)| serde_json::json!({"name": name, "at": at})).collect::<Vec<_>>(),
        })
        .to_string(),
        Format::Table | Format::Csv => {
            let mut text = format!(
                "leaf {seq} is in the log {} ({suite}), under its checkpoint of {} leaves",
                checkpoint.origin, checkpoint.size
            );
            for (name, at) in seen {
                text.push_str(&format!("\n  signed by the witness {name} at {at}"));
            }
            if witnesses.is_empty() {
                text.push_str(
                    "\n  no witness was asked for: the log alone vouches that everybody sees the same history",
                );
            }
            text
        }
    }
}

fn leaf(asked: &VerifyProof, suite: Suite, proof: &SavedProof) -> Result<Hash, Failure> {
    let unusable = |what: &str| Failure::Argument(what.to_owned());
    if let Some(body) = &asked.body {
        let bytes = fs::read(body).map_err(|error| Failure::Argument(format!("{}: {error}", body.display())))?;
        return Ok(suite.leaf(&bytes));
    }
    if let Some(place) = &asked.receipt {
        let answer: serde_json::Value =
            serde_json::from_str(&text(place)?).map_err(|error| Failure::Argument(error.to_string()))?;
        let receipt = answer.get("receipt").unwrap_or(&answer);
        let leaf = receipt
            .get("leaf")
            .and_then(|leaf| hash(leaf.as_str()?))
            .ok_or_else(|| unusable("the answer has no receipt"))?;
        let seq = receipt.get("seq").and_then(serde_json::Value::as_u64);
        if seq.is_none_or(|seq| seq.checked_sub(1) != Some(proof.index)) {
            return Err(Failure::Refused(
                "the proof is of another leaf than the receipt".to_owned(),
            ));
        }
        return Ok(leaf);
    }
    asked
        .leaf
        .as_deref()
        .and_then(hash)
        .ok_or_else(|| unusable("--leaf must be 64 hex digits"))
}

fn hash(text: &str) -> Option<Hash> {
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else {
        return None;
    };
    let digit = |digit: u8| {
        char::from(digit)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    let bytes = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?));
    bytes.collect::<Option<Vec<u8>>>()?.try_into().ok()
}

fn text(place: &PathBuf) -> Result<String, Failure> {
    fs::read_to_string(place).map_err(|error| Failure::Argument(format!("{}: {error}", place.display())))
}

fn wrong(error: SavedProofError) -> Failure {
    match error {
        SavedProofError::Malformed => Failure::Argument(error.to_string()),
        SavedProofError::Checkpoint(_) | SavedProofError::Disproved(_) | SavedProofError::Unwitnessed(_) => {
            Failure::Unproved(error.to_string())
        }
    }
}
