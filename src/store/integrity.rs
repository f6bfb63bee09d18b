//! What is known of organisations, and how they are related.

use diesel::prelude::*;

use super::column::row;
use super::connection::Reader;
use super::load::{Corrupt, LoadError, narrow};
use super::schema::{entity_facts, power_reading, provider_list, relation};
use crate::domain::entity::EntityFacts;
use crate::domain::id::{OrgId, ProgrammeId, RelationId, SiteId};
use crate::domain::power::{Energy, PowerReading};
use crate::domain::provider_list::ListedProvider;
use crate::domain::rate::BasisPoints;
use crate::domain::relation::{NewRelation, Relation, RelationKind};
use crate::domain::time::Timestamp;
use crate::engine::State;
use crate::engine::integrity::relation::restore;
use crate::on;

row! {
    /// What was attested of an organisation at one time.
    pub struct EntityFactsRow in entity_facts by (seq) {
        /// The command that attested it.
        pub seq: i64,
        /// Of which organisation.
        pub org: i64,
        /// When, in microseconds.
        pub since: i64,
        /// The facts, in JSON.
        pub body: String,
    }
}

row! {
    /// The places of a provider in the list of a programme.
    pub struct ProviderListRow in provider_list by (programme, org) {
        /// The programme.
        pub programme: i64,
        /// The provider.
        pub org: i64,
        /// All its places there, in JSON.
        pub places: String,
    }
}

row! {
    /// What a provider's meter has counted.
    pub struct PowerReadingRow in power_reading by (seq) {
        /// The command that reported it.
        pub seq: i64,
        /// Whose meter.
        pub provider: i64,
        /// Where.
        pub site: i64,
        /// From when, in microseconds.
        pub from_at: i64,
        /// Until when, in microseconds.
        pub until_at: i64,
        /// How much.
        pub watt_hours: i64,
    }
}

row! {
    /// How two organisations are related.
    pub struct RelationRow in relation by (id) {
        /// Its identifier.
        pub id: i64,
        /// One organisation; of a holding, who holds.
        pub a: i64,
        /// The other one.
        pub b: i64,
        /// Why.
        pub kind: String,
        /// The share, of a holding.
        pub share_bps: Option<i64>,
        /// From when, in microseconds.
        pub from_at: i64,
        /// Until when, in microseconds.
        pub until_at: Option<i64>,
        /// Where that was read.
        pub source: String,
        /// When it became known, in microseconds.
        pub recorded_at: i64,
    }
}

impl EntityFactsRow {
    /// The row of what a command attested.
    pub fn new((org, facts): (OrgId, &EntityFacts), seq: i64, at: Timestamp) -> EntityFactsRow {
        EntityFactsRow {
            seq,
            org: org.0.cast_signed(),
            since: at.micros(),
            // Strings, integers and lists of them always have a JSON form.
            body: serde_json::to_string(facts).unwrap_or_default(),
        }
    }

    fn facts(&self) -> Result<EntityFacts, Corrupt> {
        serde_json::from_str(&self.body)
            .map_err(|error| Corrupt::new("entity_facts.body", &format!("{}: {error}", self.seq)))
    }
}

impl ProviderListRow {
    /// The row of a provider's places.
    pub fn new((programme, org): (ProgrammeId, OrgId), places: &[ListedProvider]) -> ProviderListRow {
        ProviderListRow {
            programme: programme.0.cast_signed(),
            org: org.0.cast_signed(),
            // Strings, integers and lists of them always have a JSON form.
            places: serde_json::to_string(places).unwrap_or_default(),
        }
    }

    fn whose(&self) -> (ProgrammeId, OrgId) {
        (
            ProgrammeId(self.programme.cast_unsigned()),
            OrgId(self.org.cast_unsigned()),
        )
    }

    fn places(&self) -> Result<Vec<ListedProvider>, Corrupt> {
        serde_json::from_str(&self.places)
            .map_err(|error| Corrupt::new("provider_list.places", &format!("{:?}: {error}", self.whose())))
    }
}

impl PowerReadingRow {
    /// The row of what a command reported.
    pub fn new(reading: &PowerReading, seq: i64) -> PowerReadingRow {
        PowerReadingRow {
            seq,
            provider: reading.provider.0.cast_signed(),
            site: i64::from(reading.site.0),
            from_at: reading.from.micros(),
            until_at: reading.until.micros(),
            watt_hours: reading.energy.watt_hours(),
        }
    }

    fn reading(&self) -> Result<PowerReading, Corrupt> {
        Ok(PowerReading {
            provider: OrgId(self.provider.cast_unsigned()),
            site: SiteId(narrow("power_reading.site", self.site)?),
            from: Timestamp::from_micros(self.from_at),
            until: Timestamp::from_micros(self.until_at),
            energy: Energy::from_watt_hours(self.watt_hours),
        })
    }
}

const OWNERSHIP: &str = "ownership";
const COMMON_LEGAL_PERSON: &str = "common_legal_person";
const DECLARED: &str = "declared";

impl From<&Relation> for RelationRow {
    fn from(relation: &Relation) -> RelationRow {
        let said = &relation.said;
        let (kind, share) = match said.kind {
            RelationKind::Ownership { share_bps } => (OWNERSHIP, Some(i64::from(share_bps.0))),
            RelationKind::CommonLegalPerson => (COMMON_LEGAL_PERSON, None),
            RelationKind::Declared => (DECLARED, None),
        };
        RelationRow {
            id: relation.id.0.cast_signed(),
            a: said.a.0.cast_signed(),
            b: said.b.0.cast_signed(),
            kind: kind.to_owned(),
            share_bps: share,
            from_at: said.from.micros(),
            until_at: said.until.map(Timestamp::micros),
            source: said.source.clone(),
            recorded_at: relation.recorded_at.micros(),
        }
    }
}

impl TryFrom<RelationRow> for Relation {
    type Error = Corrupt;

    fn try_from(row: RelationRow) -> Result<Relation, Corrupt> {
        let kind = match (row.kind.as_str(), row.share_bps) {
            (OWNERSHIP, Some(share)) => RelationKind::Ownership {
                share_bps: BasisPoints(narrow("relation.share_bps", share)?),
            },
            (COMMON_LEGAL_PERSON, None) => RelationKind::CommonLegalPerson,
            (DECLARED, None) => RelationKind::Declared,
            (kind, _) => return Err(Corrupt::new("relation.kind", kind)),
        };
        Ok(Relation {
            id: RelationId(row.id.cast_unsigned()),
            said: NewRelation {
                a: OrgId(row.a.cast_unsigned()),
                b: OrgId(row.b.cast_unsigned()),
                kind,
                from: Timestamp::from_micros(row.from_at),
                until: row.until_at.map(Timestamp::from_micros),
                source: row.source,
            },
            recorded_at: Timestamp::from_micros(row.recorded_at),
        })
    }
}

/// What was attested last of an organisation.
pub fn facts_of(reader: &mut Reader, org: OrgId) -> Result<Option<EntityFacts>, LoadError> {
    let query = entity_facts::table
        .filter(entity_facts::org.eq(org.0.cast_signed()))
        .order(entity_facts::seq.desc())
        .select(EntityFactsRow::columns());
    let row: Option<EntityFactsRow> = on!(reader, connection => query.first(connection).optional())?;
    row.map(|row| Ok(row.facts()?)).transpose()
}

/// All that was attested, with whom it is about, in the order of attesting.
pub fn load_facts(reader: &mut Reader) -> Result<Vec<(OrgId, EntityFacts)>, LoadError> {
    let query = entity_facts::table
        .order(entity_facts::seq)
        .select(EntityFactsRow::columns());
    let rows: Vec<EntityFactsRow> = on!(reader, connection => query.load(connection))?;
    let fact = |row: &EntityFactsRow| Ok((OrgId(row.org.cast_unsigned()), row.facts()?));
    rows.iter().map(fact).collect()
}

/// The list of a programme, by provider.
pub fn providers_of(
    reader: &mut Reader,
    programme: ProgrammeId,
) -> Result<Vec<(OrgId, Vec<ListedProvider>)>, LoadError> {
    let query = provider_list::table
        .filter(provider_list::programme.eq(programme.0.cast_signed()))
        .order(provider_list::org)
        .select(ProviderListRow::columns());
    let rows: Vec<ProviderListRow> = on!(reader, connection => query.load(connection))?;
    rows.iter().map(|row| Ok((row.whose().1, row.places()?))).collect()
}

fn load_provider_lists(reader: &mut Reader, state: &mut State) -> Result<(), LoadError> {
    let query = provider_list::table
        .order((provider_list::programme, provider_list::org))
        .select(ProviderListRow::columns());
    let rows: Vec<ProviderListRow> = on!(reader, connection => query.load(connection))?;
    for row in rows {
        state.provider_lists.insert(row.whose(), row.places()?);
    }
    Ok(())
}

/// All readings with their places, in the order in which they came.
pub fn load_power(reader: &mut Reader) -> Result<Vec<(i64, PowerReading)>, LoadError> {
    let query = power_reading::table
        .order(power_reading::seq)
        .select(PowerReadingRow::columns());
    let rows: Vec<PowerReadingRow> = on!(reader, connection => query.load(connection))?;
    rows.iter().map(|row| Ok((row.seq, row.reading()?))).collect()
}

/// All relations, in the order of their identifiers.
pub fn load_relations(reader: &mut Reader) -> Result<Vec<Relation>, LoadError> {
    let query = relation::table.order(relation::id).select(RelationRow::columns());
    let rows: Vec<RelationRow> = on!(reader, connection => query.load(connection))?;
    rows.into_iter().map(|row| Ok(row.try_into()?)).collect()
}

/// Reads it into the state, which must have the organisations already.
pub(super) fn load(reader: &mut Reader, state: &mut State) -> Result<(), LoadError> {
    load_provider_lists(reader, state)?;
    for (_, reading) in load_power(reader)? {
        state
            .power_until
            .insert((reading.provider, reading.site), reading.until);
    }
    state.facts.extend(load_facts(reader)?);
    for relation in load_relations(reader)? {
        restore(state, relation);
    }
    Ok(())
}
