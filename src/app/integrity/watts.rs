//! What a card draws under load, by model: `seeds/accelerator-power.csv`.

use std::collections::BTreeMap;

use crate::domain::code::Code;
use crate::engine::integrity::policy::IntegrityPolicy;

/// The policy in force: its numbers and the watts that the binary carries.
pub fn policy() -> IntegrityPolicy {
    IntegrityPolicy {
        watts: watts(include_str!("../../../seeds/accelerator-power.csv")),
        ..IntegrityPolicy::default()
    }
}

/// The models whose watts a file says; a line that cannot be read says nothing, which a test rules out for the file that we ship.
fn watts(text: &str) -> BTreeMap<Code, u32> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows = reader.records().filter_map(Result::ok);
    let watts = rows.filter_map(|row| Some((row.get(0)?.parse().ok()?, row.get(1)?.parse().ok()?)));
    watts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_file_is_read_and_names_a_model() {
        let text = include_str!("../../../seeds/accelerator-power.csv");
        let models = include_str!("../../../seeds/accelerators.csv");
        let watts = watts(text);
        assert_eq!(watts.len(), text.trim().lines().count() - 1);
        for (code, watts) in watts {
            assert!(models.contains(&format!("\n{code},")), "{code}");
            assert!((50..=2_000).contains(&watts), "{code}: {watts}");
        }
    }
}
