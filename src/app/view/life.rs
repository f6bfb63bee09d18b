//! The life of leases as the API shows it, to both sides alike.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::fingerprint::Fingerprint;
use crate::domain::id::LeaseId;
use crate::domain::lease::LeaseState;
use crate::domain::life::close_code::CloseCode;
use crate::domain::life::delivery::Delivery;
use crate::domain::life::{By, Ending, HandOver, Life, Step, StepKind, Trouble};
use crate::domain::time::Timestamp;

/// Announced maintenance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MaintenanceView {
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// When it was announced.
    pub announced_at: Timestamp,
    /// What for.
    pub reason: String,
}

/// The life of a lease beyond its hours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LifeView {
    /// The terms of delivery under which it was agreed.
    pub delivery: Delivery,
    /// How far the hand-over is.
    pub hand_over: HandOver,
    /// Whether there is access material for its tenant.
    pub has_access: bool,
    /// What is wrong with it now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Trouble>,
    /// How it comes to its end, where that is not by its hours alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ending: Option<Ending>,
    /// What was announced.
    pub maintenance: Vec<MaintenanceView>,
    /// How many changes wait for an answer.
    pub open_changes: usize,
    /// The lease that goes on in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub successor: Option<LeaseId>,
    /// What was done to it last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<Step>,
}

impl LifeView {
    /// What is shown of a life; nothing of one of which nothing is set.
    pub fn of(life: &Life) -> Option<LifeView> {
        let shown = |known: &crate::domain::life::Maintenance| MaintenanceView {
            from: known.window.from().timestamp(),
            until: known.window.until().timestamp(),
            announced_at: known.announced_at,
            reason: known.reason.clone(),
        };
        (!life.is_plain()).then(|| LifeView {
            delivery: life.delivery,
            hand_over: life.hand_over,
            has_access: life.access.is_some(),
            trouble: life.trouble,
            ending: life.ending.clone(),
            maintenance: life.maintenance.iter().map(shown).collect(),
            open_changes: life.changes.len(),
            successor: life.successor,
            last: life.last.clone(),
        })
    }
}

/// Something that was done to a lease.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StepView {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: StepKind,
    /// Who.
    pub by: By,
    /// Where the lease stood then.
    pub state: LeaseState,
    /// When it was to end then.
    pub ends: Timestamp,
    /// By whose fault, if its end was set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<CloseCode>,
    /// Why, in words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// Access material, as its provider has encrypted it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AccessView {
    /// The lease.
    pub lease: LeaseId,
    /// An armoured age file.
    pub access: String,
    /// What the journal has of it: SHA-256 of the salt and the file, one after the other.
    pub sha256: Fingerprint,
    /// The salt.
    pub salt: String,
}
