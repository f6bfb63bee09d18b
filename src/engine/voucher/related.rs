//! Who is related to whom: a fill between related parties carries no subsidy.

use crate::domain::id::OrgId;
use crate::domain::programme::eligibility::RelatedParty;
use crate::domain::time::Timestamp;
use crate::engine::state::State;

/// The owner groups that a programme's rule calls related to `group` at an instant, in their order. A relation of one member is
/// one of all, and chains count: where A is related to B and B to C, A is to C, over at most
/// [`CHAIN_MAX`](crate::engine::integrity::relation::CHAIN_MAX) relations.
pub fn related_groups(state: &State, group: OrgId, rule: &RelatedParty, at: Timestamp) -> Vec<OrgId> {
    state.relations.reach(group, |relation| relation.relates(rule, at))
}
