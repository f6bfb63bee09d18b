//! Integrity: how organisations are related, and what in the facts looks wrong. A detector is a function from facts to findings:
//! the same facts give the same findings, in the same order, however they came.

pub mod duplicate;
pub mod fact;
pub mod finding;
pub mod idle_loop;
pub mod likeness;
pub mod new_provider;
pub mod policy;
pub mod power;
pub mod price;
pub mod related_party;
pub mod relation;
pub mod splitting;
#[cfg(test)]
mod tests;
pub mod usage;
pub mod volume;
pub mod wash;

use self::fact::Facts;
use self::policy::IntegrityPolicy;
use self::usage::Usage;
use crate::domain::flag::Finding;

/// All that looks wrong, by rule, then by subjects. The facts must be sorted, see [`Facts::sort`].
pub fn scan(facts: &Facts, usage: &Usage<'_>, policy: &IntegrityPolicy) -> Vec<Finding> {
    let mut found = related_party::find(facts, policy);
    found.extend(splitting::find(facts, policy));
    found.extend(price::find(facts, policy));
    found.extend(wash::find(facts, policy));
    found.extend(duplicate::find(facts, policy));
    found.extend(idle_loop::find(facts, usage, policy));
    found.extend(volume::find(facts, usage, policy));
    found.extend(power::find(facts, usage, policy));
    found.extend(new_provider::find(facts, policy));
    found.sort_by(|one, other| one.identity().cmp(&other.identity()));
    found.dedup_by(|one, other| one.identity() == other.identity());
    found
}
