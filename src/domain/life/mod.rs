//! The life of a lease beyond its hours: hand-over, trouble, the end, and what both sides ask of each other.
//!
//! [`LeaseState`](super::lease::LeaseState) is the word for where a lease stands; what a state needs to know is here. A lease of which
//! nobody asked for any of it has a [`Life`] of which nothing is set.

pub mod access;
pub mod change;
pub mod close_code;
pub mod delivery;

use serde::{Deserialize, Serialize};

use self::change::ChangeRequest;
use self::close_code::CloseCode;
use self::delivery::Delivery;
use super::fingerprint::Fingerprint;
use super::id::LeaseId;
use super::lease::IslandShare;
use super::money::Money;
use super::rate::BasisPoints;
use super::time::{Hour, Timestamp, Window};

/// Who did something to a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// Nobody: its time had come.
    Time,
    /// Its tenant.
    Tenant,
    /// Its provider.
    Provider,
    /// Both of them, and whoever else had to agree.
    Agreement,
    /// The operator of the exchange.
    Operator,
}

/// What was done to a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// It was agreed.
    Open,
    /// It was handed over.
    Provision,
    /// Other access material was handed in.
    Rekey,
    /// What was handed over was accepted.
    Accept,
    /// What was handed over was refused.
    Refuse,
    /// Its first hour began.
    Start,
    /// Less works than was promised.
    Degrade,
    /// It works again as promised.
    Restore,
    /// It was suspended.
    Suspend,
    /// It goes on.
    Resume,
    /// Its end was set earlier.
    Terminate,
    /// Its last hour is over.
    End,
    /// It was settled for good.
    Close,
    /// Maintenance was announced.
    Announce,
    /// A change was asked for, answered, or has lapsed.
    Change,
}

/// The last thing that was done to a lease: who, when and why. All of them are in the table `lease_step`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = LifeStep)]
pub struct Step {
    /// What.
    pub kind: StepKind,
    /// Who.
    pub by: By,
    /// When.
    pub at: Timestamp,
    /// Why, in words; not where the step says it all.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// How far the hand-over is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HandOver {
    /// None is asked for: the lease is there at its start.
    #[default]
    NotAsked,
    /// The provider has until then; after that the lease ends by its fault.
    Awaited {
        /// The deadline.
        until: Timestamp,
    },
    /// The tenant has until then; after that it counts as accepted.
    Given {
        /// When it was handed over.
        at: Timestamp,
        /// The deadline.
        until: Timestamp,
    },
    /// It is accepted, or needed no acceptance.
    Accepted {
        /// When it was handed over.
        given_at: Timestamp,
    },
}

/// Why a lease is suspended; it decides whose fault its end is if nobody resumes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// The tenant's money does not suffice.
    Funds,
    /// The tenant breaks the terms of use.
    Tenant,
    /// The provider does not deliver.
    Provider,
    /// Neither of them can help it.
    ForceMajeure,
}

/// A lease that works less than promised, or not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// Less works than was promised.
    Degraded {
        /// Since when.
        since: Timestamp,
        /// Who says so.
        by: By,
        /// How many cards work, if that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cards_up: Option<u32>,
    },
    /// It is suspended.
    Suspended {
        /// Since when.
        since: Timestamp,
        /// Why.
        because: Because,
        /// When it ends if nobody resumes it; none: with its last hour.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
}

/// How a lease comes to its end; of one that simply expires there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Ending {
    /// By whose fault.
    pub code: CloseCode,
    /// Who has ended it.
    pub by: By,
    /// When that was said.
    pub at: Timestamp,
    /// The hour at which it would have ended otherwise: what remains, for a penalty, ends there.
    #[schema(value_type = Timestamp)]
    pub until: Hour,
    /// Why, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// From this hour on the lease has these cards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// The first hour.
    pub from: Hour,
    /// The cards, by island.
    pub islands: Vec<IslandShare>,
}

/// Maintenance that was announced with notice: no fault of the provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Maintenance {
    /// The hours.
    #[schema(value_type = Object)]
    pub window: Window,
    /// When it was announced.
    pub announced_at: Timestamp,
    /// What for, in words.
    pub reason: String,
}

/// What is known of a lease's life.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Life {
    /// The terms of delivery when it was agreed.
    #[serde(skip_serializing_if = "Delivery::is_nothing")]
    pub delivery: Delivery,
    /// How far the hand-over is.
    #[serde(skip_serializing_if = "is_default")]
    pub hand_over: HandOver,
    /// What stands beside the journal as the tenant's way in, encrypted to the tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access: Option<Fingerprint>,
    /// What is wrong with it now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Trouble>,
    /// How it comes to its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ending: Option<Ending>,
    /// Which cards it has had since when, apart from those agreed; by hour.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub moves: Vec<Moved>,
    /// What was announced, by window.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub maintenance: Vec<Maintenance>,
    /// Changes that wait for an answer, by number.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<ChangeRequest>,
    /// How many changes were ever asked for.
    #[serde(skip_serializing_if = "is_default")]
    pub asked: u32,
    /// What went back out of escrow before its end, because it could not be charged any more.
    #[serde(skip_serializing_if = "is_default")]
    pub released: Money,
    /// The lease that goes on where this one ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub successor: Option<LeaseId>,
    /// The last thing that was done to it; none while only its hours have come and gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<Step>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Life {
    /// Nothing is set.
    pub const PLAIN: Life = Life {
        delivery: Delivery {
            provision_hours: None,
            accept_hours: None,
            answer_hours: None,
            suspend_hours: None,
            reclaim_notice_hours: None,
            maintenance_notice_hours: None,
            tenant_penalty_bps: BasisPoints(0),
            provider_penalty_bps: BasisPoints(0),
        },
        hand_over: HandOver::NotAsked,
        access: None,
        trouble: None,
        ending: None,
        moves: Vec::new(),
        maintenance: Vec::new(),
        changes: Vec::new(),
        asked: 0,
        released: Money::ZERO,
        successor: None,
        last: None,
    };

    /// Whether nothing is set: only its hours come and go.
    pub fn is_plain(&self) -> bool {
        *self == Life::PLAIN
    }

    /// The life of a lease that is agreed under these terms and begins at `start`.
    pub fn under(delivery: Delivery, start: Timestamp) -> Life {
        let hand_over = match delivery.provision_hours {
            None => HandOver::NotAsked,
            Some(hours) => HandOver::Awaited {
                until: start.plus_hours(hours),
            },
        };
        Life {
            delivery,
            hand_over,
            ..Life::default()
        }
    }
}
