//! What is serialised of events where it is not all of them: the leaves leave out what the command's own leaf says already.

use super::{BidImage, ListingImage};
use crate::domain::application::{Application, ApplicationState};
use crate::domain::approval::ApprovalState;
use crate::domain::bid::{BidState, Bound};
use crate::domain::id::{ApplicationId, ApprovalId, BidId, LeaseId, ListingId, OrgId, ProgrammeId, Seq, UserId};
use crate::domain::lease::{Lease, LeaseState};
use crate::domain::life::Step;
use crate::domain::listing::ListingState;
use crate::domain::money::{Money, Price};
use crate::domain::organisation::Organisation;
use crate::domain::programme::{Programme, ProgrammeState};
use crate::domain::time::Hour;
use crate::domain::user::{Role, User};
use crate::engine::approval::{Approval, Decision};
use serde::{Serialize, Serializer};

pub(super) fn org_leaf<S: Serializer>(org: &Organisation, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Leaf {
        org: OrgId,
        group: OrgId,
    }
    Leaf {
        org: org.id,
        group: org.group,
    }
    .serialize(serializer)
}

pub(super) fn listing_leaf<S: Serializer>(image: &ListingImage, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Leaf {
        listing: ListingId,
        seq: Seq,
        state: ListingState,
        ask: Price,
        islands: u32,
        until: Hour,
    }
    let listing = &image.listing;
    let until = listing.window.until();
    Leaf {
        listing: listing.id,
        seq: listing.seq,
        state: image.state,
        ask: listing.ask,
        islands: listing.islands,
        until,
    }
    .serialize(serializer)
}

pub(super) fn bid_leaf<S: Serializer>(image: &BidImage, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Leaf {
        bid: BidId,
        seq: Seq,
        state: BidState,
        filled_cards: u32,
        bound: Option<Bound>,
        held: Money,
    }
    let bid = &image.bid;
    let state = image.state;
    Leaf {
        bid: bid.id,
        seq: bid.seq,
        state,
        filled_cards: bid.filled_cards,
        bound: bid.bound,
        held: bid.held,
    }
    .serialize(serializer)
}

pub(super) fn lease_leaf<S: Serializer>(lease: &Lease, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Leaf<'a> {
        lease: LeaseId,
        state: LeaseState,
        ends: Hour,
        #[serde(skip_serializing_if = "Option::is_none")]
        step: Option<&'a Step>,
    }
    Leaf {
        lease: lease.id(),
        state: lease.state,
        ends: lease.ends,
        step: lease.life().last.as_ref(),
    }
    .serialize(serializer)
}

pub(super) fn programme_leaf<S: Serializer>(programme: &Programme, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Leaf {
        programme: ProgrammeId,
    }
    Leaf {
        programme: programme.id,
    }
    .serialize(serializer)
}

pub(super) fn programme_state_leaf<S: Serializer>(programme: &Programme, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Leaf {
        programme: ProgrammeId,
        issuer: Option<OrgId>,
        state: ProgrammeState,
        version: u32,
    }
    Leaf {
        programme: programme.id,
        issuer: programme.issuer,
        state: programme.state,
        version: programme.rules.version,
    }
    .serialize(serializer)
}

pub(super) fn application_leaf<S: Serializer>(application: &Application, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Leaf<'a> {
        application: ApplicationId,
        programme: ProgrammeId,
        org: OrgId,
        version: u32,
        round: u8,
        #[serde(flatten)]
        state: &'a ApplicationState,
    }
    Leaf {
        application: application.id,
        programme: application.programme,
        org: application.org,
        version: application.version,
        round: application.round,
        state: &application.state,
    }
    .serialize(serializer)
}

pub(super) fn user_leaf<S: Serializer>(user: &User, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Leaf<'a> {
        user: UserId,
        roles: &'a [Role],
        active: bool,
    }
    Leaf {
        user: user.id,
        roles: &user.profile.roles,
        active: user.active,
    }
    .serialize(serializer)
}

pub(super) fn approval_leaf<S: Serializer>(approval: &Approval, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Leaf<'a> {
        approval: ApprovalId,
        role: Role,
        payload_hash: &'a str,
    }
    Leaf {
        approval: approval.id,
        role: approval.role,
        payload_hash: &approval.payload_hash,
    }
    .serialize(serializer)
}

pub(super) fn decision_leaf<S: Serializer>(decision: &Decision, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Leaf<'a> {
        approval: ApprovalId,
        state: ApprovalState,
        maker: UserId,
        payload_hash: &'a str,
    }
    Leaf {
        approval: decision.approval.id,
        state: decision.verdict.state(),
        maker: decision.approval.maker,
        payload_hash: &decision.approval.payload_hash,
    }
    .serialize(serializer)
}
