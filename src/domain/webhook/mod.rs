//! Webhooks: where an organisation wants to be told of what happens to it, and what it is told.

mod event_type;

pub use event_type::{EVENT_TYPES, EventType, EventTypeEntry, ParseEventTypeError};

use serde::{Deserialize, Serialize};

use super::id::{MessageId, OrgId, UserId, WebhookId};
use super::secret::Secret;
use super::time::Timestamp;
use super::version::Version;

/// After how many seconds a message is sent again that was not taken: the schedule that the specification Standard Webhooks
/// recommends. It begins anew whenever somebody asks for a message again.
pub const BACK_OFF_SECONDS: [u32; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
/// How long a secret that was replaced still signs beside the new one, in hours.
pub const OLD_SECRET_HOURS: u32 = 24;

/// Where a webhook stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WebhookState {
    /// It is told at once.
    Active,
    /// Its owner wants to be told later.
    Paused,
    /// It did not take what it was told; its owner must make it active again.
    Disabled,
    /// Its owner has deleted it.
    Deleted,
}

/// Why a webhook was disabled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DisabledFor {
    /// It answered 410.
    Gone,
    /// It took a message at no try.
    Failing,
}

/// Where an organisation wants to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// The identifier.
    pub id: WebhookId,
    /// Whose it is.
    pub org: OrgId,
    /// Who made it.
    pub maker: UserId,
    /// Where it is told.
    pub url: String,
    /// Of what, sorted.
    pub events: Vec<EventType>,
    /// What it is for.
    pub description: String,
    /// Where it stands.
    pub state: WebhookState,
    /// Why it was disabled.
    pub disabled_for: Option<DisabledFor>,
    /// Since when it stands there.
    pub since: Timestamp,
    /// From when on it was not told of everything, because too much waited already; none: it is told of everything.
    pub missed_since: Option<Timestamp>,
    /// What signs its messages: `whsec_` and base 64. Empty once it is deleted.
    pub secret: Secret,
    /// What signed them before, and until when it still does.
    pub old_secret: Option<(Secret, Timestamp)>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Webhook {
    /// Changes whenever what its owner can say of it does.
    pub fn version(&self) -> Version {
        Version::of(&(self.id, &self.url, &self.events, &self.description, self.state))
    }

    /// The secrets that sign at an instant, the newest first.
    pub fn secrets(&self, at: Timestamp) -> impl Iterator<Item = &Secret> {
        let old = self.old_secret.as_ref().filter(|(_, until)| at < *until);
        std::iter::once(&self.secret).chain(old.map(|(secret, _)| secret))
    }
}

/// Where a message stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageState {
    /// It is to be sent, or to be sent again.
    Pending,
    /// The webhook has taken it.
    Delivered,
    /// It was not taken and is not sent again unless somebody asks.
    Dead,
}

/// What a webhook is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The identifier; in the order in which things happened.
    pub id: MessageId,
    /// Which one is told.
    pub webhook: WebhookId,
    /// What of.
    pub event: EventType,
    /// When it happened.
    pub at: Timestamp,
    /// What is sent, to the byte.
    pub body: String,
    /// Where it stands.
    pub state: MessageState,
    /// How often it was sent in all.
    pub attempts: u32,
    /// How often since somebody asked for it last.
    pub tries: u32,
    /// When it is to be sent; none: it is not.
    pub due_at: Option<Timestamp>,
}

/// One time that a message was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The message.
    pub message: MessageId,
    /// The first one is 1.
    pub number: u32,
    /// When it was recorded.
    pub at: Timestamp,
    /// The status of the answer; none: there was no answer.
    pub status: Option<u16>,
    /// Why there was none.
    pub failure: Option<String>,
    /// How long it took, in milliseconds.
    pub millis: u32,
}

/// In how many seconds a message is sent again that was sent `tries` times and not taken; none: it is not. `jitter` of 255 adds up
/// to a tenth, so that what failed together does not come back together.
pub fn back_off(tries: u32, jitter: u8) -> Option<u32> {
    let place = usize::try_from(tries).ok()?.checked_sub(1)?;
    let seconds = *BACK_OFF_SECONDS.get(place)?;
    let added = u64::from(seconds) * u64::from(jitter) / 2_550;
    Some(seconds.saturating_add(u32::try_from(added).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_follow_the_specification_and_spread_by_a_tenth() {
        let plain: Vec<u32> = (1..=9).filter_map(|tries| back_off(tries, 0)).collect();
        assert_eq!(plain, BACK_OFF_SECONDS);
        assert_eq!((back_off(0, 0), back_off(10, 0)), (None, None));
        assert_eq!((back_off(2, 255), back_off(9, 255)), (Some(330), Some(95_040)));
    }
}
