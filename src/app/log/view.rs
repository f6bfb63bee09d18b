//! The log as the API shows it: checkpoints, keys and proofs.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::keeper::WitnessView;
use super::saved::SavedProof;
use crate::app::page::{Page, query};
use crate::app::readers::{PooledReader, ReadError};
use crate::domain::log::{self as tree, Disproved, Hash, Suite, check_consistency, check_inclusion};
use crate::domain::text::hex;
use crate::domain::time::Timestamp;
use crate::engine::rejection::FieldRule;
use crate::store::Reader;
use crate::store::load::LoadError;
use crate::store::log::{self, CheckpointRow, LogTree};

/// A checkpoint: the tree of the first leaves, signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CheckpointView {
    /// Its place among the checkpoints; without gaps from 1.
    pub number: i64,
    /// How many leaves it covers.
    pub size: u64,
    /// The root of their tree, in hex.
    pub root: String,
    /// When it was signed.
    pub at: Timestamp,
    /// The signed note, with what witnesses have signed of it by now.
    pub note: String,
    /// The public keys of the witnesses that have signed it.
    pub witnesses: Vec<String>,
}

/// A key of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LogKeyView {
    /// The public key, as signed-note writes it.
    pub key: String,
    /// Since when it signs.
    pub signs_from: Timestamp,
    /// Until when it signs, or did; null: nobody has said.
    #[schema(value_type = Option<String>)]
    pub signs_until: Option<Timestamp>,
}

/// The log, its keys and its witnesses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LogView {
    /// What it is called in its checkpoints.
    pub origin: String,
    /// Its algorithms: `sha256-ed25519` or `sm3-sm2`.
    pub suite: String,
    /// How many leaves there are.
    pub size: u64,
    /// How many of them the last checkpoint covers.
    pub sealed: u64,
    /// All keys that have signed checkpoints, the oldest first.
    pub keys: Vec<LogKeyView>,
    /// The witnesses that are asked.
    pub witnesses: Vec<WitnessView>,
}

/// That a leaf is in the tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct InclusionView {
    /// The leaf's place, from 1, as in receipts; the index of RFC 6962 is one less.
    pub seq: u64,
    /// How many leaves the tree has.
    pub size: u64,
    /// The leaf's hash, in hex.
    pub leaf: String,
    /// The root, in hex.
    pub root: String,
    /// The proof, in hex, from the leaf upwards.
    pub hashes: Vec<String>,
}

/// That a tree goes on from a smaller one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ConsistencyView {
    /// How many leaves the smaller one has.
    pub from: u64,
    /// How many the larger one has.
    pub to: u64,
    /// The root of the smaller one, in hex.
    pub from_root: String,
    /// The root of the larger one, in hex.
    pub to_root: String,
    /// The proof, in hex, as RFC 6962 orders it.
    pub hashes: Vec<String>,
}

/// Which checkpoint.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CheckpointQuery {
    /// That of so many leaves; none: the last one.
    pub size: Option<u64>,
}

/// Which leaf, in which tree.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct InclusionQuery {
    /// The leaf's place, from 1, as in receipts.
    pub seq: u64,
    /// How many leaves the tree has; none: as many as the last checkpoint covers.
    pub size: Option<u64>,
}

/// Which trees.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ConsistencyQuery {
    /// How many leaves the smaller one has.
    pub from: u64,
    /// How many the larger one has; none: as many as the last checkpoint covers.
    pub to: Option<u64>,
}

/// Which leaf.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ReceiptQuery {
    /// The leaf's place, from 1, as in receipts.
    pub seq: u64,
}

query! {
    /// Which checkpoints; the newest first.
    pub struct CheckpointsQuery {
    }
}

/// The note of a checkpoint with its cosignatures; none where there is no such one.
///
/// # Errors
/// Those of the database.
pub fn note(pooled: &mut PooledReader, query: &CheckpointQuery) -> Result<Option<String>, ReadError> {
    let reader = &mut pooled.reader;
    let row = match query.size {
        Some(size) => log::checkpoint_of(reader, size)?,
        None => log::latest_checkpoint(reader)?,
    };
    row.map(|row| witnessed(reader, row)).transpose()
}

fn witnessed(reader: &mut Reader, row: CheckpointRow) -> Result<String, ReadError> {
    let view = shown(reader, vec![row])?.pop();
    Ok(view.map(|view| view.note).unwrap_or_default())
}

fn shown(reader: &mut Reader, rows: Vec<CheckpointRow>) -> Result<Vec<CheckpointView>, LoadError> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let cosigners = log::cosigners(reader, &ids)?;
    let view = |row: CheckpointRow| {
        let own = || cosigners.iter().filter(|cosigner| cosigner.checkpoint == row.id);
        let lines: String = own().map(|cosigner| cosigner.line.as_str()).collect();
        CheckpointView {
            number: row.id,
            size: row.size.cast_unsigned(),
            root: hex(&row.root),
            at: Timestamp::from_micros(row.at),
            note: format!("{}{lines}", row.note),
            witnesses: own().map(|cosigner| cosigner.witness.clone()).collect(),
        }
    };
    Ok(rows.into_iter().map(view).collect())
}

/// One checkpoint as it is shown.
///
/// # Errors
/// Those of the database.
pub fn checkpoint(pooled: &mut PooledReader, row: CheckpointRow) -> Result<Option<CheckpointView>, ReadError> {
    Ok(shown(&mut pooled.reader, vec![row])?.pop())
}

/// A page of checkpoints.
///
/// # Errors
/// Those of the database.
pub fn page(pooled: &mut PooledReader, query: &CheckpointsQuery) -> Result<Page<CheckpointView>, ReadError> {
    let reader = &mut pooled.reader;
    let found = log::page(reader, query.page().newest_first())?;
    let mut views = shown(reader, found.rows.clone())?.into_iter();
    Page::of(found, |row| {
        views
            .next()
            .ok_or_else(|| ReadError::Unavailable(format!("checkpoint {}", row.id)))
    })
}

/// The log.
///
/// # Errors
/// Those of the database.
pub fn log(pooled: &mut PooledReader, origin: &str, witnesses: Vec<WitnessView>) -> Result<LogView, ReadError> {
    let reader = &mut pooled.reader;
    let keys = log::keys(reader)?.into_iter().map(|row| LogKeyView {
        key: row.vkey,
        signs_from: Timestamp::from_micros(row.signs_from),
        signs_until: row.signs_until.map(Timestamp::from_micros),
    });
    Ok(LogView {
        origin: origin.to_owned(),
        suite: log::suite(reader)?.to_string(),
        size: log::size(reader)?,
        sealed: sealed(reader)?,
        keys: keys.collect(),
        witnesses,
    })
}

fn sealed(reader: &mut Reader) -> Result<u64, LoadError> {
    Ok(log::latest_checkpoint(reader)?.map_or(0, |row| row.size.cast_unsigned()))
}

/// The size that was asked for, or the sealed one; there must be so many leaves.
fn size_of(reader: &mut Reader, (name, asked): (&str, Option<u64>)) -> Result<u64, ReadError> {
    match asked {
        None => Ok(sealed(reader)?),
        Some(asked) if asked <= log::size(reader)? => Ok(asked),
        Some(_) => Err(ReadError::invalid(
            name,
            FieldRule::TooLarge,
            "is more than there are leaves",
        )),
    }
}

fn root(reader: &mut Reader, suite: Suite, size: u64) -> Result<Hash, ReadError> {
    Ok(tree::root(suite, &mut LogTree::new(reader, suite, size), 0..size)?)
}

/// What is given out is checked first: a proof that proves nothing means that the journal was changed.
fn defect(error: Disproved) -> ReadError {
    ReadError::Unavailable(format!("a proof of the log {error}"))
}

/// The proof that a leaf is in the tree.
///
/// # Errors
/// Those of the database; there is no such leaf in a tree of this size.
pub fn inclusion(pooled: &mut PooledReader, query: &InclusionQuery) -> Result<InclusionView, ReadError> {
    let reader = &mut pooled.reader;
    let size = size_of(reader, ("/size", query.size))?;
    let (leaf, root, hashes) = prove(reader, query.seq, size)?;
    Ok(InclusionView {
        seq: query.seq,
        size,
        leaf: hex(&leaf),
        root: hex(&root),
        hashes: hashes.iter().map(|hash| hex(hash)).collect(),
    })
}

fn prove(reader: &mut Reader, seq: u64, size: u64) -> Result<(Hash, Hash, Vec<Hash>), ReadError> {
    let absent = || ReadError::invalid("/seq", FieldRule::Unknown, "is no leaf of a tree of this size");
    let index = seq.checked_sub(1).ok_or_else(absent)?;
    let suite = log::suite(reader)?;
    let mut subtrees = LogTree::new(reader, suite, size);
    let hashes = tree::inclusion(suite, &mut subtrees, index, size)?.ok_or_else(absent)?;
    let leaf = tree::root(suite, &mut subtrees, index..seq)?;
    let root = tree::root(suite, &mut subtrees, 0..size)?;
    check_inclusion(suite, (index, &leaf), (size, &root), &hashes).map_err(defect)?;
    Ok((leaf, root, hashes))
}

/// The proof that a tree goes on from a smaller one.
///
/// # Errors
/// Those of the database; there are no such trees.
pub fn consistency(pooled: &mut PooledReader, query: &ConsistencyQuery) -> Result<ConsistencyView, ReadError> {
    let reader = &mut pooled.reader;
    let to = size_of(reader, ("/to", query.to))?;
    let suite = log::suite(reader)?;
    let mut subtrees = LogTree::new(reader, suite, to);
    let hashes = tree::consistency(suite, &mut subtrees, query.from, to)?;
    let hashes = hashes.ok_or_else(|| ReadError::invalid("/from", FieldRule::TooLarge, "is more than `to`"))?;
    let to_root = tree::root(suite, &mut subtrees, 0..to)?;
    let from_root = root(reader, suite, query.from)?;
    check_consistency(suite, (query.from, &from_root), (to, &to_root), &hashes).map_err(defect)?;
    Ok(ConsistencyView {
        from: query.from,
        to,
        from_root: hex(&from_root),
        to_root: hex(&to_root),
        hashes: hashes.iter().map(|hash| hex(hash)).collect(),
    })
}

/// The proof that the holder of a receipt keeps: under the last checkpoint that a witness has signed, or under the last one where
/// no witness has signed one that covers the leaf.
///
/// # Errors
/// Those of the database; no checkpoint covers the leaf yet.
pub fn receipt(pooled: &mut PooledReader, query: &ReceiptQuery) -> Result<String, ReadError> {
    let reader = &mut pooled.reader;
    let seq = query.seq;
    let latest = match log::last_witnessed(reader)?.filter(|row| row.size.cast_unsigned() >= seq) {
        Some(row) => Some(row),
        None => log::latest_checkpoint(reader)?,
    };
    let covering = latest.filter(|row| (1..=row.size.cast_unsigned()).contains(&seq));
    let row = covering
        .ok_or_else(|| ReadError::invalid("/seq", FieldRule::Unknown, "is no leaf that a checkpoint covers by now"))?;
    let (_, root, hashes) = prove(reader, seq, row.size.cast_unsigned())?;
    if root != row.root()? {
        return Err(ReadError::Unavailable(format!(
            "the first {} leaves are not those that were signed",
            row.size
        )));
    }
    let proof = SavedProof {
        index: seq - 1,
        hashes,
        note: witnessed(reader, row)?,
    };
    Ok(proof.written())
}
