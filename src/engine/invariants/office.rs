//! 9: what stands in the voucher office fits together.

use super::Findings;
use crate::domain::account::AccountKey;
use crate::domain::application::{Application, ApplicationState, Reviewed};
use crate::domain::money::Money;
use crate::domain::programme::ProgrammeState;
use crate::engine::office::programme::still_owed;
use crate::engine::state::State;

/// Checks it.
pub fn check(state: &State, findings: &mut Findings) {
    programmes_stand_where_their_accounts_do(state, findings);
    for application in state.applications.values() {
        application_holds(state, findings, application);
    }
}

/// Nothing is appropriated before a programme opens; nothing is left when it is reconciled; whoever approved it has not written it.
fn programmes_stand_where_their_accounts_do(state: &State, findings: &mut Findings) {
    for programme in state.programmes.values() {
        let id = programme.id;
        let appropriated = state.ledger.balance(AccountKey::Appropriation(id));
        let expected = match programme.state {
            ProgrammeState::Draft | ProgrammeState::Approved | ProgrammeState::Rejected => Money::ZERO,
            ProgrammeState::Open | ProgrammeState::Closed | ProgrammeState::Reconciled => programme.rules.pot,
        };
        findings.check(9, appropriated == expected, || {
            format!(
                "{id} is {} and has {appropriated} CNY appropriated",
                programme.state.name()
            )
        });
        if programme.state == ProgrammeState::Reconciled {
            let pot = state.ledger.balance(AccountKey::Pot(id));
            // What is taken back after it is owed to the treasuries, or stands in the reserve until it is sent back.
            let open = still_owed(state, programme, |owed| owed.is_positive());
            findings.check(9, open.is_empty() && pot == Money::ZERO, || {
                format!("{id} is reconciled, with {pot} CNY in its pot and {open:?}")
            });
        }
        let two = programme.checker.is_none() || programme.checker != programme.maker;
        findings.check(9, two, || format!("{id} was approved by whoever wrote it"));
    }
}

/// Open applications are of open programmes, are reviewed by different people, and are never found worth more than was asked.
fn application_holds(state: &State, findings: &mut Findings, application: &Application) {
    let id = application.id;
    let programme = state.programmes.get(&application.programme);
    let open = programme.is_some_and(|programme| programme.state == ProgrammeState::Open);
    findings.check(9, open, || format!("{id} is open, its programme is not"));
    let mut people: Vec<_> = application.reviews.iter().map(|one| (one.round, one.user)).collect();
    people.sort_unstable();
    let before = people.len();
    people.dedup();
    findings.check(9, people.len() == before, || format!("{id}: a person counts twice"));
    let reviewed = match application.state {
        ApplicationState::Reviewed { reviewed }
        | ApplicationState::Published { reviewed, .. }
        | ApplicationState::Objected { reviewed, .. }
        | ApplicationState::Cleared { reviewed } => Some(reviewed),
        ApplicationState::Submitted
        | ApplicationState::InReview { .. }
        | ApplicationState::Returned
        | ApplicationState::Granted { .. }
        | ApplicationState::Rejected { .. }
        | ApplicationState::Withdrawn => None,
    };
    let within = reviewed.is_none_or(|Reviewed { amount, .. }| amount <= application.request.amount);
    findings.check(9, within, || format!("{id}: more was found right than was asked for"));
    let live = !application.state.status().is_final();
    findings.check(9, live, || format!("{id} is decided and still among the open ones"));
}
