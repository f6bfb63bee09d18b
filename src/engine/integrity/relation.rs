//! The graph of related organisations, and who is related to whom at an instant.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::id::{OrgId, RelationId};
use crate::domain::relation::{NewRelation, Relation};
use crate::engine::state::State;

/// How many relations a chain may have. Four reaches a sister's sister over two holders, which is as far as detectors follow
/// money too; a longer chain of holdings says little about who decides, and a bound keeps every answer quick.
pub const CHAIN_MAX: usize = 4;

/// All relations, those too that have ended, and which of them touch an owner group.
#[derive(Debug, Default)]
pub struct RelationGraph {
    edges: BTreeMap<RelationId, Relation>,
    by_group: BTreeMap<OrgId, Vec<(RelationId, OrgId)>>,
}

impl RelationGraph {
    /// The identifier of the next relation: they are dense, and none is ever taken away.
    pub fn next_id(&self) -> RelationId {
        let last = self.edges.last_key_value().map_or(0, |(id, _)| id.0);
        RelationId(last.saturating_add(1))
    }

    /// Adds a relation between members of two owner groups, or changes the one with its identifier.
    pub fn put(&mut self, relation: Relation, (a, b): (OrgId, OrgId)) {
        let id = relation.id;
        let is_new = self.edges.insert(id, relation).is_none();
        if is_new {
            self.by_group.entry(a).or_default().push((id, b));
            if a != b {
                self.by_group.entry(b).or_default().push((id, a));
            }
        }
    }

    /// A relation.
    pub fn get(&self, id: RelationId) -> Option<&Relation> {
        self.edges.get(&id)
    }

    /// All relations in the order in which they became known.
    pub fn edges(&self) -> impl ExactSizeIterator<Item = &Relation> {
        self.edges.values()
    }

    /// What is noted already of the same two, of which `a` is of `group`, for the same reason, and goes on.
    pub fn standing(&self, group: OrgId, said: &NewRelation) -> Option<&Relation> {
        let of_group = self.by_group.get(&group).into_iter().flatten();
        let mut known = of_group.filter_map(|(id, _)| self.edges.get(id));
        known.find(|known| {
            let pair = (known.said.a, known.said.b);
            let same = pair == (said.a, said.b) || pair == (said.b, said.a);
            same && known.said.kind == said.kind && known.said.until.is_none()
        })
    }

    /// The owner groups that are related to `group` at an instant, as far as `counts` takes a relation; in their order.
    pub fn reach(&self, group: OrgId, counts: impl Fn(&Relation) -> bool) -> Vec<OrgId> {
        if !self.by_group.contains_key(&group) {
            return Vec::new();
        }
        let mut seen = BTreeSet::from([group]);
        let mut ring = vec![group];
        for _ in 0..CHAIN_MAX {
            let mut next = Vec::new();
            for one in ring {
                for (id, other) in self.by_group.get(&one).into_iter().flatten() {
                    if !seen.contains(other) && self.edges.get(id).is_some_and(&counts) {
                        seen.insert(*other);
                        next.push(*other);
                    }
                }
            }
            ring = next;
        }
        seen.remove(&group);
        seen.into_iter().collect()
    }
}

/// Puts a relation into the graph, with the owner groups that it touches.
pub fn restore(state: &mut State, relation: Relation) {
    let groups = (state.group_of(relation.said.a), state.group_of(relation.said.b));
    state.relations.put(relation, groups);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::programme::eligibility::RelatedParty;
    use crate::domain::rate::BasisPoints;
    use crate::domain::relation::RelationKind;
    use crate::domain::time::Timestamp;

    const RULE: RelatedParty = RelatedParty {
        ownership_bps: BasisPoints(2_500),
    };

    fn graph(edges: &[(u64, u64, RelationKind, i64, Option<i64>)]) -> RelationGraph {
        let mut graph = RelationGraph::default();
        for &(a, b, kind, from, until) in edges {
            let said = NewRelation {
                a: OrgId(a),
                b: OrgId(b),
                kind,
                from: Timestamp::from_micros(from),
                until: until.map(Timestamp::from_micros),
                source: String::new(),
            };
            let relation = Relation {
                id: graph.next_id(),
                said,
                recorded_at: Timestamp::from_micros(0),
            };
            graph.put(relation, (OrgId(a), OrgId(b)));
        }
        graph
    }

    fn reached(graph: &RelationGraph, from: u64, at: i64) -> Vec<u64> {
        let found = graph.reach(OrgId(from), |edge| edge.relates(&RULE, Timestamp::from_micros(at)));
        found.into_iter().map(|org| org.0).collect()
    }

    const fn holds(share: u32) -> RelationKind {
        RelationKind::Ownership {
            share_bps: BasisPoints(share),
        }
    }

    #[test]
    fn chains_relate_up_to_four_relations() {
        let chain: Vec<_> = (1..=6).map(|n| (n, n + 1, RelationKind::Declared, 0, None)).collect();
        let graph = graph(&chain);
        assert_eq!(reached(&graph, 1, 5), [2, 3, 4, 5]);
        assert_eq!(reached(&graph, 4, 5), [1, 2, 3, 5, 6, 7]);
        assert_eq!(reached(&graph, 9, 5), [0; 0]);
    }

    #[test]
    fn holdings_count_from_the_rules_share_on() {
        let graph = graph(&[
            (1, 2, holds(2_499), 0, None),
            (1, 3, holds(2_500), 0, None),
            (1, 4, RelationKind::CommonLegalPerson, 0, None),
        ]);
        assert_eq!(reached(&graph, 1, 5), [3, 4]);
        assert_eq!(reached(&graph, 2, 5), [0; 0]);
    }

    #[test]
    fn relations_hold_between_their_dates() {
        let graph = graph(&[(1, 2, RelationKind::Declared, 10, Some(20))]);
        for (at, found) in [(9, vec![]), (10, vec![2]), (19, vec![2]), (20, vec![])] {
            assert_eq!(reached(&graph, 1, at), found, "{at}");
        }
    }
}
