//! How subsidies were found, and what vouchers paid, as the API shows them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::evaluation::{Evaluation, Step, decided_by};
use crate::domain::id::{FillId, LeaseId, ProgrammeId, VoucherId};
use crate::domain::lease::LeaseState;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::store::read::redemption::StoredRedemption;

/// How a programme found what it pays of a fill, or why it pays nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct EvaluationView {
    /// The programme.
    pub programme: ProgrammeId,
    /// The version of its rules that counted.
    pub version: u32,
    /// The rules that spoke, in order, with their numbers.
    pub steps: Vec<Step>,
    /// The rule that decided, as a JSON pointer into the programme's rules: a refusal, else the last limit that took something
    /// away, else the row of the rates. Null where no rule of the programme did.
    pub decided_by: Option<String>,
}

impl EvaluationView {
    /// What is shown of `evaluation`.
    pub fn of(evaluation: &Evaluation) -> EvaluationView {
        let decided = decided_by(&evaluation.steps).map(Step::pointer);
        EvaluationView {
            programme: evaluation.programme,
            version: evaluation.version,
            steps: evaluation.steps.clone(),
            decided_by: decided.filter(|pointer| !pointer.is_empty()),
        }
    }
}

/// What a voucher pays of one fill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RedemptionView {
    /// The voucher.
    pub voucher: VoucherId,
    /// The fill.
    pub fill: FillId,
    /// The lease that it opened.
    pub lease: LeaseId,
    /// Where the lease stands in its life.
    pub lease_state: LeaseState,
    /// What the voucher was to pay of the fill when it was agreed.
    pub amount: Money,
    /// What it has paid of it so far, before anything was taken back.
    pub redeemed: Money,
    /// How the subsidy of the fill was found; null for fills from before that was kept.
    pub evaluation: Option<EvaluationView>,
    /// When the fill was agreed.
    pub created_at: Timestamp,
}

impl RedemptionView {
    /// What is shown of `stored`.
    pub fn of(stored: &StoredRedemption) -> RedemptionView {
        RedemptionView {
            voucher: stored.voucher,
            fill: stored.fill,
            lease: stored.lease,
            lease_state: stored.state,
            amount: stored.amount,
            redeemed: stored.redeemed,
            evaluation: stored.evaluation.as_ref().map(EvaluationView::of),
            created_at: stored.at,
        }
    }
}
