//! Who is related to whom: a fill between related parties carries no subsidy.

use crate::domain::id::OrgId;
use crate::domain::programme::eligibility::RelatedParty;
use crate::domain::time::Timestamp;
use crate::engine::state::State;

/// The owner groups that are related to `group` by a programme's rule at an instant: a relation of one member is one of all.
/// What was declared relates under every programme and on every day.
pub fn related_groups(state: &State, group: OrgId, _rule: &RelatedParty, _at: Timestamp) -> Vec<OrgId> {
    let group_of = |id: &OrgId| state.orgs.get(id).map_or(*id, |org| org.group);
    let pairs = state.related.iter().map(|(a, b)| (group_of(a), group_of(b)));
    pairs
        .filter_map(|pair| match pair {
            (a, b) if a == group => Some(b),
            (a, b) if b == group => Some(a),
            _ => None,
        })
        .collect()
}
