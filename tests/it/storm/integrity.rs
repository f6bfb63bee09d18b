//! What is known of organisations, and what looks wrong.

use qiantang::domain::flag::{Finding, FlagState, FlagVerdict};
use qiantang::domain::id::{FlagId, OrgId, ProgrammeId, RelationId};
use qiantang::domain::time::Timestamp;
use qiantang::engine::Command;
use qiantang::engine::office::integrity::IntegrityCommand;
use serde_json::json;

use super::play::Storm;
use super::setting::{ISSUERS, PROVIDERS, SITES, TENANTS};

impl Storm {
    fn hours_on(&self, hours: i64) -> Timestamp {
        Timestamp::from_micros(self.now.micros() + hours * 3_600_000_000)
    }

    pub fn of_integrity(&mut self) -> Command {
        Command::Integrity(match self.dice.below(16) {
            0..=3 => {
                let projects: &[&str] = if self.dice.once_in(2) { &["national"] } else { &[] };
                let facts = json!({"kind": self.dice.one(&["firm", "firm", "university"]), "size": "small", "projects": projects});
                let facts = serde_json::from_value(facts).unwrap();
                IntegrityCommand::Attest {
                    org: self.dice.one(&TENANTS),
                    facts,
                }
            }
            4..=6 => {
                let programme = self.dice.one(&[ProgrammeId(9), ProgrammeId(1), ProgrammeId(7)]);
                let entry =
                    json!({"batch": format!("batch {}", self.number()), "items": ["compute"], "from": self.now});
                let entry = serde_json::from_value(entry).unwrap();
                let user = if programme.0 == 1 {
                    None
                } else {
                    Some(self.dice.one(&ISSUERS))
                };
                IntegrityCommand::ListProvider {
                    user,
                    programme,
                    org: self.dice.one(&PROVIDERS),
                    entry,
                }
            }
            7 => {
                let listed: Vec<_> = self.state.provider_lists.keys().copied().collect();
                let (programme, org) = self.dice.any(&listed).unwrap_or((ProgrammeId(9), OrgId(1)));
                IntegrityCommand::DelistProvider {
                    user: None,
                    programme,
                    org,
                    at: self.hours_on(1),
                }
            }
            8..=9 => IntegrityCommand::RaiseFlags {
                findings: vec![self.finding()],
            },
            10..=11 => {
                let open = self.state.flags.values().filter(|flag| flag.state == FlagState::Open);
                let open: Vec<_> = open.map(|flag| flag.id).collect();
                IntegrityCommand::ResolveFlag {
                    user: self.dice.one(&ISSUERS),
                    flag: self.dice.any(&open).unwrap_or(FlagId(1)),
                    verdict: if self.dice.once_in(2) {
                        FlagVerdict::Upheld
                    } else {
                        FlagVerdict::Dismissed
                    },
                    reason: "looked into".to_owned(),
                }
            }
            12..=13 => IntegrityCommand::ReportPower {
                provider: self.dice.one(&PROVIDERS),
                site: self.dice.one(&SITES).parse().unwrap(),
                from: self.hours_on(-1),
                until: self.now,
                kwh: "12.5".parse().unwrap(),
            },
            14 => {
                let said = json!({"a": self.dice.one(&TENANTS), "b": self.dice.one(&PROVIDERS), "kind": "ownership",
                    "share_bps": self.dice.small(1_000, 6_000), "from": self.now, "until": self.hours_on(5), "source": "register"});
                IntegrityCommand::Relate(serde_json::from_value(said).unwrap())
            }
            _ => {
                let edges: Vec<_> = self.state.relations.edges().map(|edge| edge.id).collect();
                let relation = self.dice.any(&edges).unwrap_or(RelationId(1));
                IntegrityCommand::EndRelation {
                    relation,
                    until: self.hours_on(1),
                }
            }
        })
    }

    fn finding(&mut self) -> Finding {
        let (subject, org) = match self.state.claims.keys().next_back() {
            Some(claim) => (json!({"claim": claim}), self.state.claims[claim].org),
            None => (json!({"org": OrgId(5)}), OrgId(5)),
        };
        let finding = json!({"rule": "price_inflation", "policy": 1, "programme": self.dice.one(&[ProgrammeId(4), ProgrammeId(7)]),
            "org": org, "subjects": [subject], "key": self.number().to_string(), "evidence": [],
            "text": {"zh": "价高", "en": "dear"}, "at_stake": "1.00", "action": self.dice.one(&["hold", "review"])});
        serde_json::from_value(finding).unwrap()
    }
}
