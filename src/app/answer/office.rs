//! What the voucher office answers: the thing that a command was about, as it is now.

use serde::Serialize;

use super::{Answer, DoneAnswer};
use crate::domain::application::Application;
use crate::domain::claim::Claim;
use crate::domain::flag::Flag;
use crate::domain::programme::Programme;
use crate::domain::recovery::Recovery;
use crate::domain::relation::Relation;
use crate::domain::treasury::TreasuryRequest;
use crate::domain::voucher::Voucher;
use crate::engine::Event;

/// A thing as it is now.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Image<'a> {
    /// A programme.
    Programme(&'a Programme),
    /// A voucher.
    Voucher(&'a Voucher),
    /// An application.
    Application(&'a Application),
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
}

/// The first thing that was changed makes the answer.
pub(super) fn answer(events: &[Event]) -> Answer<'_> {
    let image = events.iter().find_map(|event| match event {
        Event::ProgrammeChanged(programme) => Some(Image::Programme(programme)),
        Event::VoucherChanged(voucher) => Some(Image::Voucher(voucher)),
        Event::ApplicationChanged(application) => Some(Image::Application(application)),
        Event::ClaimChanged(claim) => Some(Image::Claim(claim)),
        Event::RecoveryMade(recovery) => Some(Image::Recovery(recovery)),
        Event::RelationChanged(relation) => Some(Image::Relation(relation)),
        Event::FlagChanged(flag) => Some(Image::Flag(flag)),
        Event::TreasuryRequestChanged(request) => Some(Image::TreasuryRequest(request)),
        _ => None,
    });
    image.map_or(Answer::Done(DoneAnswer {}), Answer::Image)
}
