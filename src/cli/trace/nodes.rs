//! Node lists of both Alibaba traces.

use std::path::Path;

use super::super::market::Node;
use super::super::seeds::Seeds;
use super::table::{Row, Table, TraceError};
use crate::domain::code::Code;

/// The column of the model and the column of its cards, in the order in which they are tried.
const FORMATS: [(&str, &str); 2] = [("model", "gpu"), ("gpu_model", "gpu_capacity_num")];

/// So many neighbours in the list are taken to stand in one row.
const ROW_NODES: u32 = 8;

/// Every node with cards.
pub fn read(seeds: &Seeds, path: &Path) -> Result<Vec<Node>, TraceError> {
    let table = Table::open(path)?;
    let (model, cards) = FORMATS
        .into_iter()
        .find(|(model, _)| table.has(model))
        .unwrap_or(FORMATS[0]);
    let nodes = table.rows(|row| {
        let cards = row.parsed(cards)?;
        Ok(Node {
            accelerator: accelerator(seeds, row, model, row.text(model)?)?,
            cards,
            row: 0,
        })
    })?;
    let places = 0_u32..;
    let nodes: Vec<Node> = nodes
        .into_iter()
        .filter(|node| node.cards > 0)
        .zip(places)
        .map(|(node, place)| Node {
            row: place / ROW_NODES,
            ..node
        })
        .collect();
    if nodes.is_empty() {
        return Err(TraceError::Empty {
            path: path.to_owned(),
            lack: "no node with cards",
        });
    }
    Ok(nodes)
}

/// The accelerator that a trace calls `name`.
pub fn accelerator(seeds: &Seeds, row: &Row<'_>, field: &'static str, name: &str) -> Result<Code, TraceError> {
    let known = seeds.trace_models.get(name).cloned();
    known.ok_or_else(|| row.wrong(field, name, "is no model that seeds/trace_models.csv knows"))
}
