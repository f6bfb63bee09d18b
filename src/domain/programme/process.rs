//! Process: who decides, by when, on which evidence, and what follows a breach.

use serde::{Deserialize, Serialize};

use crate::domain::rate::BasisPoints;
use crate::domain::time::Timestamp;
use crate::domain::uscc::Uscc;

/// The level of government whose programme it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The state.
    Nation,
    /// A province.
    Province,
    /// A city.
    City,
    /// A district or county.
    District,
    /// A park or zone.
    Park,
}

/// What its vouchers are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VoucherKind {
    /// Computing (算力券).
    #[default]
    Compute,
    /// Training (训力券).
    Training,
    /// Use of models (模型券).
    Model,
    /// Corpora (语料券).
    Corpus,
    /// Artificial intelligence services in general (智能券).
    Ai,
}

/// A name in both languages of the exchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Names {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// An authority that takes part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Authority {
    /// Its name.
    pub name: String,
    /// Its social credit code, if it acts on the exchange itself; else whoever issues acts for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uscc: Option<Uscc>,
}

/// `[from, until)`; an end that is not said is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// First instant in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// First instant after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl Period {
    /// Whether an instant lies in it.
    pub fn contains(&self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at < until)
    }
}

/// When applications and claims are taken; none: at any time while the programme is open.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Windows {
    /// Applications.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub apply: Vec<Period>,
    /// Claims.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claim: Vec<Period>,
}

/// A kind of document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// The contract.
    Contract,
    /// Invoices.
    Invoice,
    /// Proof of payment.
    Payment,
    /// Readings of meters of use.
    Meter,
    /// Electricity bills or readings.
    Electricity,
    /// The business licence or an equal document.
    Licence,
    /// The filing of a base model.
    ModelFiling,
    /// What shows for what the cards were used: job records, logs of a service.
    Workload,
    /// The decision of another authority, such as a project's approval.
    Decision,
    /// Anything else.
    Other,
}

/// A document that must come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EvidenceRule {
    /// Of this kind.
    pub kind: EvidenceKind,
    /// With what.
    pub with: EvidenceWith,
}

/// What a document comes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceWith {
    /// An application.
    Application,
    /// A claim.
    Claim,
}

/// A stage of the review of an application, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewStage {
    /// What is looked at.
    pub kind: ReviewKind,
    /// Which authority looks, by its place in `authorities`; none: whoever issues.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<u8>,
    /// How many people must pass it; a person counts once in all stages of an application.
    #[serde(default = "one")]
    pub people: u8,
}

fn one() -> u8 {
    1
}

/// What a stage of a review looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReviewKind {
    /// That it is complete and eligible.
    Formal,
    /// Its merit, by experts, with a score.
    Expert,
    /// The judgement of a department.
    Department,
    /// That the money is there.
    Finance,
}

/// What follows a breach: State Council Order 427, article 14.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Clawback {
    /// For which reasons money is taken back.
    pub reasons: Vec<ClawbackReason>,
    /// Least fine, as a share of what is taken back.
    pub fine_min_bps: BasisPoints,
    /// Largest fine.
    pub fine_max_bps: BasisPoints,
    /// For how many months the entity is kept out of the issuer's programmes.
    #[serde(default)]
    pub ban_months: u32,
}

/// Why money is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClawbackReason {
    /// Got by false statements or documents.
    Fraud,
    /// Bought from oneself.
    RelatedParty,
    /// Used for something else.
    Misuse,
    /// The same thing was paid for twice.
    DuplicateFunding,
    /// Paid by mistake; there is no fine.
    Error,
}

/// Where a rule comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// The text it was read in, or on what it is assumed.
    pub source: String,
    /// As of which day, month or year: `2025`, `2025-03` or `2025-03-14`.
    pub as_of: String,
    /// Whether it was read in that text. What is not verified must never be presented as law.
    pub verified: bool,
}
