//! What exporters call things: data, in `seeds/exporters.csv`, which a configuration can replace.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::exposition::Sample;

/// What the binary carries.
const SEEDS: &str = include_str!("../../../seeds/exporters.csv");

/// How cards show in what an exporter tells.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exporter {
    /// The metric that every card has.
    pub present: String,
    /// The label that names the card.
    pub label: String,
    /// The metric that says whether a card is well; none: one that is there is well.
    #[serde(default)]
    pub health: Option<String>,
    /// The values of it that mean so.
    #[serde(default)]
    pub healthy: Vec<f64>,
}

/// A line of the seeds.
#[derive(Debug, Deserialize)]
struct Line {
    exporter: String,
    role: String,
    metric: String,
    label: String,
    healthy: String,
}

/// The exporters that are known, by name.
///
/// # Errors
/// What is wrong with the seeds, which would be a defect.
pub fn known() -> Result<BTreeMap<String, Exporter>, String> {
    let mut exporters: BTreeMap<String, Exporter> = BTreeMap::new();
    let mut reader = csv::Reader::from_reader(SEEDS.as_bytes());
    for line in reader.deserialize() {
        let line: Line = line.map_err(|error| format!("seeds/exporters.csv: {error}"))?;
        let wrong = |what: &str| format!("seeds/exporters.csv, {}: {what}", line.metric);
        match line.role.as_str() {
            "present" => {
                let exporter = Exporter {
                    present: line.metric,
                    label: line.label,
                    health: None,
                    healthy: Vec::new(),
                };
                exporters.insert(line.exporter, exporter);
            }
            "health" => {
                let values = line.healthy.split(' ').map(str::parse);
                let values: Result<Vec<f64>, _> = values.collect();
                let healthy = values.map_err(|_| wrong("healthy must be numbers"))?;
                let exporter = exporters.get_mut(&line.exporter);
                let exporter = exporter.ok_or_else(|| wrong("present must come first"))?;
                (exporter.health, exporter.healthy) = (Some(line.metric), healthy);
            }
            // What else a card tells proves that it worked; it is not what is charged for.
            "evidence" => {}
            other => return Err(wrong(&format!("no role is called {other}"))),
        }
    }
    Ok(exporters)
}

impl Exporter {
    /// The cards that are there and well. None where no card shows at all: then the exporter has lost sight of them, which says
    /// nothing of the cards.
    pub fn well(&self, samples: &[Sample<'_>]) -> Option<BTreeSet<String>> {
        let of = |metric: &str| {
            let own = samples.iter().filter(move |sample| sample.name == metric);
            own.filter_map(|sample| Some((sample.label(&self.label)?, sample.value)))
                .collect::<Vec<_>>()
        };
        let present = of(&self.present);
        let is_there = present.iter().filter(|(_, value)| value.is_finite());
        let mut well: BTreeSet<String> = is_there.map(|(card, _)| (*card).to_owned()).collect();
        if present.is_empty() {
            return None;
        }
        for (card, value) in self.health.iter().flat_map(|metric| of(metric)) {
            let is_well = self.healthy.contains(&value);
            if !is_well {
                well.remove(card);
            }
        }
        Some(well)
    }
}

#[cfg(test)]
mod tests {
    use super::super::exposition::samples;
    use super::*;

    #[test]
    fn every_exporter_of_the_seeds_can_be_used() {
        let known = known().unwrap();
        assert_eq!(known.len(), 9);
        assert_eq!(known["dcgm"].health.as_deref(), Some("DCGM_FI_DEV_XID_ERRORS"));
        assert!(
            known
                .values()
                .all(|exporter| exporter.health.is_none() || !exporter.healthy.is_empty())
        );
    }

    #[test]
    fn a_card_that_is_ill_or_silent_is_not_well() {
        let exporter = &known().unwrap()["ascend"];
        let told = |text: &str| exporter.well(&samples(text).unwrap());
        let text = "npu_chip_info_utilization{vdie_id=\"a\"} 0\nnpu_chip_info_utilization{vdie_id=\"b\"} 97\n\
            npu_chip_info_utilization{vdie_id=\"c\"} NaN\nnpu_chip_info_health_status{vdie_id=\"a\"} 1\n\
            npu_chip_info_health_status{vdie_id=\"b\"} 0\n";
        assert_eq!(told(text), Some(["a".to_owned()].into()));
        assert_eq!(told("npu_chip_info_health_status{vdie_id=\"a\"} 1\n"), None);
        assert_eq!(told(""), None);
    }

    /// The texts are in the form of the exporters' own documents, with cards that nobody has.
    #[test]
    fn recorded_exporters_show_which_cards_are_well() {
        for (name, text, cards, ill) in [
            (
                "dcgm",
                include_str!("../../../tests/it/agent/dcgm.txt"),
                8,
                vec!["GPU-00000003"],
            ),
            (
                "ascend",
                include_str!("../../../tests/it/agent/ascend.txt"),
                8,
                vec!["1D00A2B4C0218006"],
            ),
            (
                "hygon",
                include_str!("../../../tests/it/agent/hygon.txt"),
                4,
                vec!["TX8H201001101", "TX8H203001103"],
            ),
        ] {
            let exporter = &known().unwrap()[name];
            let well = exporter.well(&samples(text).unwrap()).unwrap();
            assert_eq!(well.len() + ill.len(), cards, "{name}: {well:?}");
            assert!(
                well.iter().all(|card| ill.iter().all(|ill| !card.starts_with(ill))),
                "{name}: {well:?}"
            );
        }
    }
}
