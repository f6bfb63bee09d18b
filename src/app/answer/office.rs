//! What the voucher office answers: the thing that a command was about, as it is now.

use serde::Serialize;

use super::{Answer, DoneAnswer};
use crate::app::view::application::{ApplicationView, Objectors};
use crate::domain::application::ApplicationState;
use crate::domain::claim::Claim;
use crate::domain::dispute::Dispute;
use crate::domain::flag::Flag;
use crate::domain::id::{ApplicationId, FlagId, VoucherId};
use crate::domain::money::Money;
use crate::domain::programme::Programme;
use crate::domain::recovery::Recovery;
use crate::domain::relation::Relation;
use crate::domain::treasury::TreasuryRequest;
use crate::domain::usage::UsageKey;
use crate::domain::voucher::Voucher;
use crate::engine::office::application::ApplicationCommand;
use crate::engine::{Command, Event};

/// A thing as it is now.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Image<'a> {
    /// A programme.
    Programme(&'a Programme),
    /// A voucher.
    Voucher(&'a Voucher),
    /// An application.
    Application(Box<ApplicationView>),
    /// Applications that were granted at once.
    Allocated {
        /// Each of them.
        granted: Vec<GrantedView>,
    },
    /// A claim.
    Claim(&'a Claim),
    /// A recovery.
    Recovery(&'a Recovery),
    /// A relation.
    Relation(&'a Relation),
    /// A flag.
    Flag(&'a Flag),
    /// A request to a treasury.
    TreasuryRequest(&'a TreasuryRequest),
    /// The key of an agent.
    UsageKey(&'a UsageKey),
    /// A dispute.
    Dispute(&'a Dispute),
}

/// The flags that a scan has raised.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RaisedAnswer {
    /// How many.
    count: usize,
    /// Which ones.
    raised: Vec<FlagId>,
}

/// What a scan has raised.
pub(super) fn raised(events: &[Event]) -> RaisedAnswer {
    let flag = |event: &Event| {
        let Event::FlagChanged(flag) = event else { return None };
        Some(flag.id)
    };
    let raised: Vec<FlagId> = events.iter().filter_map(flag).collect();
    RaisedAnswer {
        count: raised.len(),
        raised,
    }
}

/// An application that was granted.
#[derive(Serialize)]
pub struct GrantedView {
    application: ApplicationId,
    voucher: VoucherId,
    amount: Money,
}

fn granted(event: &Event) -> Option<GrantedView> {
    let Event::ApplicationChanged(application) = event else {
        return None;
    };
    let ApplicationState::Granted { voucher, amount } = application.state else {
        return None;
    };
    Some(GrantedView {
        application: application.id,
        voucher,
        amount,
    })
}

/// The first thing that was changed makes the answer. Whoever objects is told nothing of what another has applied for.
pub(super) fn answer<'a>(command: &Command, events: &'a [Event]) -> Answer<'a> {
    if let Command::Application(ApplicationCommand::Object { .. }) = command {
        return Answer::Done(DoneAnswer {});
    }
    if let Command::Application(ApplicationCommand::Allocate { .. }) = command {
        let granted = events.iter().filter_map(granted).collect();
        return Answer::Image(Image::Allocated { granted });
    }
    let objectors = objectors(command);
    let image = events.iter().find_map(|event| image(event, objectors));
    image.map_or(Answer::Done(DoneAnswer {}), Answer::Image)
}

/// Whether who gives a command may know who has objected: the office may, an applicant learns only why.
fn objectors(command: &Command) -> Objectors {
    let Command::Application(command) = command else {
        return Objectors::Named;
    };
    match command {
        ApplicationCommand::Submit { .. }
        | ApplicationCommand::Amend { .. }
        | ApplicationCommand::Withdraw { .. }
        | ApplicationCommand::EraseContact { .. }
        | ApplicationCommand::Object { .. } => Objectors::Unnamed,
        ApplicationCommand::Review { .. }
        | ApplicationCommand::Publish { .. }
        | ApplicationCommand::ResolveObjection { .. }
        | ApplicationCommand::Reject { .. }
        | ApplicationCommand::Grant { .. }
        | ApplicationCommand::Allocate { .. }
        | ApplicationCommand::SetCalendar(_) => Objectors::Named,
    }
}

/// The thing that an event changed, if it is one of the office's.
fn image(event: &Event, objectors: Objectors) -> Option<Image<'_>> {
    match event {
        Event::ProgrammeChanged(programme) => Some(Image::Programme(programme)),
        Event::VoucherChanged(voucher) => Some(Image::Voucher(voucher)),
        Event::ApplicationChanged(application) => {
            let view = ApplicationView::of(application, objectors);
            Some(Image::Application(Box::new(view)))
        }
        Event::ClaimChanged(claim) => Some(Image::Claim(claim)),
        Event::RecoveryMade(recovery) => Some(Image::Recovery(recovery)),
        Event::RelationChanged(relation) => Some(Image::Relation(relation)),
        Event::FlagChanged(flag) => Some(Image::Flag(flag)),
        Event::TreasuryRequestChanged(request) => Some(Image::TreasuryRequest(request)),
        Event::UsageKeyChanged(key) => Some(Image::UsageKey(key)),
        Event::DisputeChanged(dispute) => Some(Image::Dispute(dispute)),
        Event::OrgRegistered(_)
        | Event::Banking(_)
        | Event::LeaseProbed { .. }
        | Event::OutageChanged(_)
        | Event::VatSet(_)
        | Event::FeesSet(_)
        | Event::UsageCorrected(_)
        | Event::PeriodClosed { .. }
        | Event::SettlementChanged(_)
        | Event::ListingOpened(_)
        | Event::ListingChanged(_)
        | Event::BidPlaced(_)
        | Event::BidChanged(_)
        | Event::Filled(_)
        | Event::LeaseChanged(_)
        | Event::LeaseSettled(_)
        | Event::UsageAccepted(_)
        | Event::UsageTaken(_)
        | Event::UsageStepped(_)
        | Event::UsageRefused { .. }
        | Event::Posted(_)
        | Event::ProgrammeOpened(_)
        | Event::VoucherGranted(_)
        | Event::VoucherExpired { .. }
        | Event::EntityDrawn { .. }
        | Event::EarningsPending { .. }
        | Event::VoucherExpiring(_)
        | Event::CapLifted { .. }
        | Event::LeaseChangeSet(_)
        | Event::AccessKeySet(_)
        | Event::CalendarSet(_)
        | Event::Evaluated { .. }
        | Event::EntitySpent { .. }
        | Event::FactsAttested { .. }
        | Event::ProviderListed { .. }
        | Event::PowerReported(_)
        | Event::UserRegistered(_)
        | Event::UserChanged(_)
        | Event::Proposed(_)
        | Event::ApprovalDecided(_) => None,
    }
}
