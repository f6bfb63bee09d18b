//! Problems: what is told of a refusal, in the shape of RFC 9457.

use serde::{Deserialize, Serialize};

use crate::engine::banking::refusal::BankingRefusal;
use crate::engine::lease::refusal::LeaseRefusal;
use crate::engine::office::claim::refusal::ClaimRefusal;
use crate::engine::rejection::{FieldError, Rejection};

/// A problem, as stored and sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Problem {
    /// Path of a section in the docs.
    #[serde(rename = "type")]
    pub kind: String,
    /// The code in words.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// This very case in words.
    pub detail: String,
    /// Stable name of the rule.
    pub code: String,
    /// The fields that break a rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

impl Problem {
    /// A problem of a code, its words, its HTTP status, and this case in words.
    pub fn new(code: &str, title: &str, status: u16, detail: String) -> Problem {
        let kind = format!("/problems/{code}");
        Problem {
            kind,
            title: title.to_owned(),
            status,
            detail,
            code: code.to_owned(),
            errors: Vec::new(),
        }
    }

    /// The same idempotency key came with another body.
    pub fn key_reused() -> Problem {
        let detail = "the key was used before with another body".to_owned();
        Problem::new("idempotency_key_reused", "Idempotency key reused", 422, detail)
    }
}

fn of_claim(refusal: ClaimRefusal) -> (&'static str, &'static str, u16) {
    match refusal {
        ClaimRefusal::NotFound(_) => ("claim_not_found", "No such claim", 404),
        ClaimRefusal::ContractNotFound => ("contract_not_found", "No such contract", 404),
        ClaimRefusal::NotOpen(_) => ("claims_closed", "The programme is not open", 409),
        ClaimRefusal::OutsideWindow(_) => ("claim_window_closed", "Outside the window for claims", 409),
        ClaimRefusal::WrongPayMode { .. } => ("wrong_pay_mode", "The programme pays otherwise", 422),
        ClaimRefusal::LeaseNotClosed(_) => ("lease_not_closed", "The lease is not closed", 409),
        ClaimRefusal::EvidenceMissing { .. } => ("evidence_missing", "A document is missing", 422),
        ClaimRefusal::Duplicate(_) => ("duplicate_claim", "The contract was claimed before", 409),
        ClaimRefusal::IsLease(_) => ("contract_is_lease", "The contract is a lease", 409),
        ClaimRefusal::OverPaid { .. } => ("claim_over_paid", "More is claimed than was paid", 422),
        ClaimRefusal::NotPayable(_) => ("claim_not_payable", "The programme pays nothing of it", 422),
        ClaimRefusal::NothingLeft => ("nothing_left", "Nothing is left to pay it", 422),
        ClaimRefusal::Decided(_) => ("claim_decided", "The claim is decided", 409),
        ClaimRefusal::Held { .. } => ("claim_held", "The claim is held by a flag", 409),
        ClaimRefusal::NotMatched(_) => ("claim_not_matched", "The claim cannot be followed", 422),
        ClaimRefusal::RequestNotFound(_) => ("request_not_found", "No such request", 404),
        ClaimRefusal::RequestClosed(_) => ("request_closed", "The request is closed", 409),
    }
}

fn of_banking(refusal: &BankingRefusal) -> (&'static str, &'static str, u16) {
    match refusal {
        BankingRefusal::AccountMissing(_) => ("bank_account_missing", "No bank account on file", 409),
        BankingRefusal::NoCustodyAccount => ("custody_account_missing", "No custody account", 409),
        BankingRefusal::WithdrawalNotFound(_) => ("withdrawal_not_found", "No such withdrawal", 404),
        BankingRefusal::WithdrawalNotWaiting(_) => ("withdrawal_not_waiting", "The withdrawal does not wait", 409),
        BankingRefusal::CashShort { .. } => ("cash_short", "Not enough to withdraw", 422),
        BankingRefusal::NothingDue => ("nothing_due", "Nothing can be paid now", 409),
        BankingRefusal::LineChanged { .. } => ("payout_changed", "The batch cannot be paid as agreed", 409),
        BankingRefusal::BatchNotFound(_) => ("batch_not_found", "No such batch", 404),
        BankingRefusal::BatchNotInState { .. } => ("batch_not_in_state", "Not at this point of its life", 409),
        BankingRefusal::PayoutNotFound(_) => ("payout_not_found", "No such payout", 404),
        BankingRefusal::PayoutNotInFlight(_) => ("payout_not_in_flight", "The payout is not in flight", 409),
        BankingRefusal::SuspenseNotFound(_) => ("suspense_not_found", "Nothing such in suspense", 404),
        BankingRefusal::SuspenseResolved(_) => ("suspense_resolved", "It is resolved", 409),
        BankingRefusal::UnknownOwnAccount(_) => ("unknown_own_account", "No custody account", 422),
        BankingRefusal::StatementImported { .. } => ("statement_imported", "The statement was imported", 409),
        BankingRefusal::OpeningDiffers { .. } => ("opening_differs", "Not where the last statement ended", 409),
        BankingRefusal::StatementUnequal { .. } => ("statement_unequal", "The statement does not add up", 422),
        BankingRefusal::StatementOverdraws => ("statement_overdraws", "More goes out than there is", 409),
    }
}

fn of_lease(refusal: LeaseRefusal) -> (&'static str, &'static str, u16) {
    match refusal {
        LeaseRefusal::NotInState { .. } => ("lease_not_in_state", "Not at this point of its life", 409),
        LeaseRefusal::CodeNotGiven(_) => ("close_code_not_given", "The close code is not for this side", 422),
        LeaseRefusal::NotInTerms { .. } => ("not_in_terms", "The terms do not allow it", 409),
        LeaseRefusal::EndIsSet(_) => ("lease_end_set", "The end of the lease is set", 409),
        LeaseRefusal::ChangeNotFound { .. } => ("change_not_found", "No such change", 404),
        LeaseRefusal::ChangeAnswered { .. } => ("change_answered", "The change is answered", 409),
        LeaseRefusal::NotAsked { .. } => ("change_not_asked", "The answer is another side's", 403),
        LeaseRefusal::NotFree(_) => ("cards_not_free", "The cards are not free", 409),
        LeaseRefusal::CashMissing { .. } => ("cash_missing", "Not enough cash for the change", 422),
        LeaseRefusal::NoAccessKey(_) => ("no_access_key", "The tenant has given no access key", 409),
    }
}

impl From<&Rejection> for Problem {
    fn from(rejection: &Rejection) -> Problem {
        let (code, title, status) = match rejection {
            Rejection::Invalid(_) => ("invalid", "A field breaks a rule", 422),
            Rejection::InsufficientCash { .. } => ("insufficient_cash", "Not enough cash", 422),
            Rejection::InsufficientFunds => ("insufficient_funds", "Not enough on an account", 422),
            Rejection::ListingNotFound(_) => ("listing_not_found", "No such listing", 404),
            Rejection::ListingNotOpen(_) => ("listing_not_open", "The listing is not open", 409),
            Rejection::BidNotFound(_) => ("bid_not_found", "No such bid", 404),
            Rejection::BidNotOpen(_) => ("bid_not_open", "The bid is not open", 409),
            Rejection::BidPartlyFilled(_) => ("bid_partly_filled", "The bid is partly filled", 409),
            Rejection::LeaseNotFound(_) => ("lease_not_found", "No such lease", 404),
            Rejection::LeaseEnded(_) => ("lease_ended", "The lease has ended", 409),
            Rejection::UserNotFound(_) => ("user_not_found", "No such user", 404),
            Rejection::UserInactive(_) => ("user_inactive", "The user may not act", 403),
            Rejection::RoleMissing { .. } => ("role_missing", "The user has not the role", 403),
            Rejection::SamePerson(_) => ("same_person", "Another person must decide", 403),
            Rejection::PersonConcerned(_) => ("person_concerned", "It is about this person", 403),
            Rejection::ApprovalNotFound(_) => ("approval_not_found", "No such approval", 404),
            Rejection::ApprovalDecided(_) => ("approval_decided", "The approval is decided", 409),
            Rejection::ProgrammeNotFound(_) => ("programme_not_found", "No such programme", 404),
            Rejection::OtherIssuer(_) => ("other_issuer", "It is another authority's", 403),
            Rejection::RoleConflict(_) => ("role_conflict", "Provider and recipient at once", 409),
            Rejection::FlagNotFound(_) => ("flag_not_found", "No such flag", 404),
            Rejection::FlagResolved(_) => ("flag_resolved", "The flag is resolved", 409),
            Rejection::FlagConcerns { .. } => ("flag_concerns", "The flag is on one's own organisation", 403),
            Rejection::NotForApproval(_) => ("not_for_approval", "Not for two people", 422),
            Rejection::ApplicationNotFound(_) => ("application_not_found", "No such application", 404),
            Rejection::ApplicationDecided(_) => ("application_decided", "The application is decided", 409),
            Rejection::ReviewedAlready(_) => ("reviewed_already", "Another person must review", 403),
            Rejection::EarlierApplication(_) => ("earlier_application", "An earlier application comes first", 409),
            Rejection::ApplicationHeld { .. } => ("application_held", "The application is held by a flag", 409),
            Rejection::CalendarMissing(_) => ("calendar_missing", "No calendar of that year", 409),
            Rejection::VoucherNotFound(_) => ("voucher_not_found", "No such voucher", 404),
            Rejection::VoucherNotLive(_) => ("voucher_not_live", "The voucher is not live", 409),
            Rejection::ProgrammeNotInState { .. } => ("programme_not_in_state", "Not at this point of its life", 409),
            Rejection::ProgrammeNotSettled { .. } => ("programme_not_settled", "Something is still open", 409),
            Rejection::ApplicationNotInState { .. } => {
                ("application_not_in_state", "Not at this point of its life", 409)
            }
            Rejection::VersionMismatch { .. } => ("version_mismatch", "It has changed", 412),
            Rejection::PlanChanged { .. } => ("plan_changed", "The amounts have changed", 409),
            Rejection::Banned { .. } => ("banned", "Kept out of the programme", 422),
            Rejection::DisputeNotFound(_) => ("dispute_not_found", "No such dispute", 404),
            Rejection::DisputeDecided(_) => ("dispute_decided", "The dispute is decided", 409),
            Rejection::UsageKeyNotFound(_) => ("usage_key_not_found", "No such usage key", 404),
            Rejection::UsageKeyRevoked(_) => ("usage_key_revoked", "The usage key is revoked", 409),
            Rejection::RecoveryNotFound(_) => ("recovery_not_found", "No such recovery", 404),
            Rejection::OutageNotFound(_) => ("outage_not_found", "No such outage", 404),
            Rejection::OutageNotInState { .. } => ("outage_not_in_state", "Not at this point of its life", 409),
            Rejection::DocumentMissing(_) => ("document_missing", "No such document", 422),
            Rejection::DocumentAltered(_) => ("document_altered", "Another document", 422),
            Rejection::Claim(refusal) => of_claim(*refusal),
            Rejection::Banking(refusal) => of_banking(refusal),
            Rejection::Lease(refusal) => of_lease(*refusal),
            Rejection::SettlementOpen(_) => ("settlement_open", "A settlement is not over", 409),
            Rejection::SettlementMovedOn(_) => ("settlement_moved_on", "The settlement goes on elsewhere", 409),
            Rejection::PeriodClosed(_) => ("period_closed", "The period is closed", 409),
            Rejection::PeriodNotSettled(_) => ("period_not_settled", "The period is not settled", 409),
            Rejection::Limit(_) => ("limit", "A limit of the exchange", 422),
            Rejection::Overflow => ("overflow", "Out of range", 422),
            Rejection::ClockWentBack { .. } => ("clock_went_back", "Time went backwards", 409),
            Rejection::TickFirst | Rejection::Fault(_) => ("internal", "Internal error", 500),
        };
        // What is wrong inside goes to the log, never to the client.
        let detail = if status == 500 {
            "the exchange could not do this".to_owned()
        } else {
            rejection.to_string()
        };
        let mut problem = Problem::new(code, title, status, detail);
        if let Rejection::Invalid(errors) = rejection {
            problem.errors.clone_from(errors);
        }
        problem
    }
}
