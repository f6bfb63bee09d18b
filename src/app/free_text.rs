//! Free text on its way into the journal, from which nothing can be erased: it must not name a person by number.

use crate::domain::personal::{PersonalNumber, personal_number};
use crate::engine::Command;
use crate::engine::Rejection;
use crate::engine::banking::BankingCommand;
use crate::engine::dispute::DisputeCommand;
use crate::engine::lease::LeaseCommand;
use crate::engine::office::application::ApplicationCommand;
use crate::engine::office::claim::ClaimCommand;
use crate::engine::office::integrity::IntegrityCommand;
use crate::engine::office::programme::ProgrammeCommand;
use crate::engine::office::recovery::RecoveryCommand;
use crate::engine::office::voucher::VoucherCommand;
use crate::engine::rejection::{FieldErrors, FieldRule};
use crate::engine::settlement::SettlementCommand;
use crate::engine::sla::SlaCommand;
use crate::engine::usage::UsageCommand;

/// Refuses a command whose words hold the number of an identity card or of a mobile telephone. It is asked before the command is
/// recorded anywhere; what stands in the journal already is replayed as it is.
///
/// # Errors
/// [`Rejection::Invalid`], each field with the rule `personal`.
pub fn check(command: &Command) -> Result<(), Rejection> {
    let mut errors = FieldErrors::default();
    for (pointer, text) in words(command) {
        let what = match personal_number(text) {
            None => continue,
            Some(PersonalNumber::ResidentId) => "the number of an identity card",
            Some(PersonalNumber::Mobile) => "the number of a mobile telephone",
        };
        let detail = format!("holds {what}: personal data can never be erased from here");
        errors.add(pointer, FieldRule::Personal, detail);
    }
    errors.check()
}

/// The free text of a command, by its place in the body.
fn words(command: &Command) -> Vec<(String, &str)> {
    match command {
        Command::Application(command) => of_application(command),
        Command::Lease(command) => of_lease(command),
        Command::Programme(ProgrammeCommand::Reject { reason, .. })
        | Command::Voucher(VoucherCommand::Revoke { reason, .. })
        | Command::Claim(ClaimCommand::RejectClaim { reason, .. })
        | Command::Recovery(RecoveryCommand::LiftBan { reason, .. })
        | Command::Integrity(IntegrityCommand::ResolveFlag { reason, .. }) => one("/reason", reason),
        Command::Recovery(RecoveryCommand::Recover(new)) => one("/evidence", &new.evidence),
        Command::Recovery(RecoveryCommand::Credit(new)) => one("/reason", &new.reason),
        Command::Settlement(SettlementCommand::CorrectUsage(new)) => vec![
            ("/reason".to_owned(), new.reason.as_str()),
            ("/corrects".to_owned(), new.corrects.as_str()),
        ],
        Command::Integrity(IntegrityCommand::Relate(said)) => one("/source", &said.source),
        Command::Sla(SlaCommand::ClaimOutage { new, .. }) => one("/note", &new.note),
        Command::Sla(SlaCommand::ContestOutage { reason, .. }) => one("/reason", reason),
        Command::Sla(SlaCommand::DecideOutage { ruling, .. }) => one("/reason", &ruling.reason),
        Command::Banking(BankingCommand::ReturnPayout { reason, .. }) => one("/reason", reason),
        Command::Banking(BankingCommand::ResolveSuspense { note, .. }) => one("/note", note),
        Command::Usage(UsageCommand::AddKey { name, .. }) => one("/name", name),
        Command::Dispute(DisputeCommand::Open { dispute, .. }) => one("/reason", &dispute.reason),
        Command::Dispute(DisputeCommand::Resolve { reason, .. }) => one("/reason", reason),
        Command::Decide {
            reason: Some(reason), ..
        } => one("/reason", reason),
        Command::Propose { command, .. } => words(command),
        Command::Programme(_)
        | Command::Voucher(_)
        | Command::Claim(_)
        | Command::Treasury(_)
        | Command::Sla(_)
        | Command::Settlement(_)
        | Command::Integrity(_)
        // What a bank writes on its statements is not ours to choose: numbers of persons in them are masked where they are read.
        | Command::Banking(_)
        | Command::Decide { reason: None, .. }
        | Command::Tick
        | Command::DefineAccelerator(_)
        | Command::DefineSite(_)
        | Command::SetTerms(_)
        | Command::SetReferencePrice { .. }
        | Command::RegisterOrg(_)
        | Command::RelateOrgs { .. }
        | Command::Deposit { .. }
        | Command::Post { .. }
        | Command::OpenListing { .. }
        | Command::WithdrawListing { .. }
        | Command::AmendListing { .. }
        | Command::PlaceBid { .. }
        | Command::CancelBid { .. }
        | Command::AmendBid { .. }
        | Command::OpenProgramme(_)
        | Command::Grant { .. }
        | Command::ReportUsage { .. }
        | Command::Usage(_)
        | Command::Dispute(_)
        | Command::Settle { .. }
        | Command::EndLease { .. }
        | Command::RegisterUser(_)
        | Command::AmendUser { .. } => Vec::new(),
    }
}

fn one<'a>(pointer: &str, text: &'a str) -> Vec<(String, &'a str)> {
    vec![(pointer.to_owned(), text)]
}

fn of_application(command: &ApplicationCommand) -> Vec<(String, &str)> {
    match command {
        ApplicationCommand::Submit { request, .. } | ApplicationCommand::Amend { request, .. } => {
            let names = request.documents.iter().enumerate();
            let names = names.map(|(index, document)| (format!("/documents/{index}/name"), document.name.as_str()));
            let purpose = ("/purpose".to_owned(), request.purpose.as_str());
            std::iter::once(purpose).chain(names).collect()
        }
        ApplicationCommand::Review { note, .. } => vec![("/note".to_owned(), note.as_str())],
        ApplicationCommand::Object { reason, .. }
        | ApplicationCommand::ResolveObjection { reason, .. }
        | ApplicationCommand::Reject { reason, .. } => vec![("/reason".to_owned(), reason.as_str())],
        ApplicationCommand::Withdraw { .. }
        | ApplicationCommand::EraseContact { .. }
        | ApplicationCommand::Publish { .. }
        | ApplicationCommand::Grant { .. }
        | ApplicationCommand::Allocate { .. }
        | ApplicationCommand::SetCalendar(_) => Vec::new(),
    }
}

fn of_lease(command: &LeaseCommand) -> Vec<(String, &str)> {
    match command {
        LeaseCommand::RefuseLease { reason, .. }
        | LeaseCommand::DegradeLease { reason, .. }
        | LeaseCommand::SuspendLease { reason, .. }
        | LeaseCommand::TerminateLease { reason, .. }
        | LeaseCommand::AnnounceMaintenance { reason, .. }
        | LeaseCommand::AnswerChange { reason, .. } => one("/reason", reason),
        LeaseCommand::ProvisionLease { .. }
        | LeaseCommand::AcceptLease { .. }
        | LeaseCommand::RestoreLease { .. }
        | LeaseCommand::ResumeLease { .. }
        | LeaseCommand::AskChange { .. }
        | LeaseCommand::SetAccessKey { .. } => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::{LeaseId, OrgId};
    use crate::domain::life::Because;
    use crate::domain::time::{Hour, Window};
    use crate::engine::lease::{Answer, Giver};

    #[test]
    fn the_reasons_of_lease_commands_name_nobody() {
        let (org, lease, reason) = (OrgId(1), LeaseId(1), "call 138-1234-5678".to_owned());
        let (tenant, provider) = (org, org);
        let window = Window::new(Hour(1), Hour(2)).unwrap();
        let said = |reason: &String| {
            let reason = reason.clone();
            [
                LeaseCommand::RefuseLease {
                    tenant,
                    lease,
                    reason: reason.clone(),
                },
                LeaseCommand::DegradeLease {
                    org,
                    lease,
                    cards_up: None,
                    reason: reason.clone(),
                },
                LeaseCommand::SuspendLease {
                    lease,
                    because: Because::Tenant,
                    reason: reason.clone(),
                },
                LeaseCommand::TerminateLease {
                    by: Giver::Org(org),
                    lease,
                    code: None,
                    at: None,
                    reason: reason.clone(),
                },
                LeaseCommand::AnnounceMaintenance {
                    provider,
                    lease,
                    window,
                    reason: reason.clone(),
                },
                LeaseCommand::AnswerChange {
                    org,
                    lease,
                    number: 1,
                    answer: Answer::Refuse,
                    reason,
                },
            ]
        };
        for command in said(&reason) {
            let kind = command.kind();
            let Err(Rejection::Invalid(errors)) = check(&Command::Lease(command)) else {
                panic!("{kind} keeps a number for ever");
            };
            let found: Vec<_> = errors
                .iter()
                .map(|error| (error.pointer.as_str(), error.code))
                .collect();
            assert_eq!(found, [("/reason", FieldRule::Personal)], "{kind}");
        }
        for command in said(&"the fans of 3 nodes".to_owned()) {
            assert_eq!(check(&Command::Lease(command)), Ok(()));
        }
    }
}
