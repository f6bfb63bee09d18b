//! Flags: what looks wrong, by which rule, on which evidence, and what was found out.

use serde::{Deserialize, Serialize};

use super::id::{ApplicationId, ClaimId, FlagId, LeaseId, OrgId, ProgrammeId, UserId};
use super::money::Money;
use super::programme::process::Names;
use super::time::Timestamp;

/// The rule by which something looks wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FlagRule {
    /// A subsidy flowed between parties of whom it became known later that they were related.
    RelatedParty,
    /// Several organisations that look like one, each just under a limit.
    Splitting,
    /// A subsidised price far above others.
    PriceInflation,
    /// Money that went round in a circle.
    Wash,
    /// One contract claimed twice.
    Duplicate,
    /// Use that is too even to be real.
    IdleLoop,
    /// More card-hours than the cards have hours.
    ImpossibleVolume,
    /// More use than the reported electricity allows.
    PowerShort,
    /// Far more electricity than the use explains.
    PowerExcess,
    /// One of the first claims on a provider.
    NewProvider,
    /// A claim that follows another one, of which a subsidy was taken back.
    FollowedRecovered,
    /// A claim that was paid, of a lease of which a part was given back since.
    Overpaid,
}

impl FlagRule {
    /// Its name in lists.
    pub fn name(self) -> &'static str {
        match self {
            Self::RelatedParty => "related_party",
            Self::Splitting => "splitting",
            Self::PriceInflation => "price_inflation",
            Self::Wash => "wash",
            Self::Duplicate => "duplicate",
            Self::IdleLoop => "idle_loop",
            Self::ImpossibleVolume => "impossible_volume",
            Self::PowerShort => "power_short",
            Self::PowerExcess => "power_excess",
            Self::NewProvider => "new_provider",
            Self::FollowedRecovered => "followed_recovered",
            Self::Overpaid => "overpaid",
        }
    }
}

/// What follows while nobody has looked into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FlagAction {
    /// Nothing is granted or paid on what it names.
    Hold,
    /// Somebody has to look; nothing waits for that.
    Review,
}

impl FlagAction {
    /// Its name in lists.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Review => "review",
        }
    }
}

/// Where it stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FlagState {
    /// Nobody has looked into it yet.
    Open,
    /// It was found to be so.
    Upheld,
    /// It was found not to be so.
    Dismissed,
}

/// What was found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FlagVerdict {
    /// It is so.
    Upheld,
    /// It is not so, or it is in order.
    Dismissed,
}

impl FlagVerdict {
    /// Where a flag stands then.
    pub fn state(self) -> FlagState {
        match self {
            Self::Upheld => FlagState::Upheld,
            Self::Dismissed => FlagState::Dismissed,
        }
    }
}

/// What a flag is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A lease.
    Lease(LeaseId),
    /// A claim.
    Claim(ClaimId),
    /// An application.
    Application(ApplicationId),
    /// An organisation.
    Org(OrgId),
    /// A programme.
    Programme(ProgrammeId),
}

/// A number that speaks for a finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Evidence {
    /// What was looked at, such as `price`.
    pub what: String,
    /// Of which thing: its identifier or its place in a table.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// What was found.
    pub observed: String,
    /// From where on it looks wrong.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub threshold: String,
}

/// What a rule finds: a function of facts alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Finding {
    /// By which rule.
    pub rule: FlagRule,
    /// By which version of the policy's numbers.
    pub policy: u32,
    /// Under which programme.
    pub programme: ProgrammeId,
    /// Who received the subsidy, or would.
    pub org: OrgId,
    /// What it is about, in order.
    pub subjects: Vec<Subject>,
    /// What tells it from other findings of the rule on the same subjects, such as a year.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub key: String,
    /// The numbers.
    pub evidence: Vec<Evidence>,
    /// One sentence.
    pub text: Names,
    /// How much public money is in question.
    pub at_stake: Money,
    /// What follows.
    pub action: FlagAction,
}

/// By what two findings are the same, however their numbers have grown.
pub type FindingKey<'a> = (FlagRule, ProgrammeId, &'a [Subject], &'a str);

impl Finding {
    /// What it is known by.
    pub fn identity(&self) -> FindingKey<'_> {
        (self.rule, self.programme, &self.subjects, &self.key)
    }
}

/// Who resolved a flag, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Resolution {
    /// Who.
    pub user: UserId,
    /// How.
    pub verdict: FlagVerdict,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// A flag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Flag {
    /// Its identifier.
    pub id: FlagId,
    /// Under which programme.
    pub programme: ProgrammeId,
    /// Who received the subsidy, or would.
    pub org: OrgId,
    /// Where it stands.
    pub state: FlagState,
    /// When it was raised.
    pub created_at: Timestamp,
    /// By which rule.
    pub rule: FlagRule,
    /// By which version of the policy's numbers.
    pub policy: u32,
    /// What it is about.
    pub subjects: Vec<Subject>,
    /// What tells it from other flags of the rule on the same subjects.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub key: String,
    /// The numbers.
    pub evidence: Vec<Evidence>,
    /// One sentence.
    pub text: Names,
    /// How much public money is in question.
    pub at_stake: Money,
    /// What follows while it is open.
    pub action: FlagAction,
    /// What was found out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Resolution>,
}

impl Flag {
    /// The flag of a finding.
    pub fn raised((id, finding): (FlagId, Finding), at: Timestamp) -> Flag {
        Flag {
            id,
            programme: finding.programme,
            org: finding.org,
            state: FlagState::Open,
            created_at: at,
            rule: finding.rule,
            policy: finding.policy,
            subjects: finding.subjects,
            key: finding.key,
            evidence: finding.evidence,
            text: finding.text,
            at_stake: finding.at_stake,
            action: finding.action,
            resolution: None,
        }
    }

    /// What its finding is known by.
    pub fn identity(&self) -> FindingKey<'_> {
        (self.rule, self.programme, &self.subjects, &self.key)
    }

    /// Whether it holds back what it names.
    pub fn holds(&self) -> bool {
        self.state == FlagState::Open && self.action == FlagAction::Hold
    }
}
