//! What vouchers paid.

use actix_web::get;

use crate::api::look::Look;
use crate::api::parameters::{Id, Query};
use crate::api::write::Answer;
use crate::app::page::Page;
use crate::app::permission::ReadVouchers;
use crate::app::read::vouchers::{self, RedemptionQuery};
use crate::app::view::evaluation::RedemptionView;
use crate::domain::id::VoucherId;

/// Lists what a voucher pays, the newest fill first, each with every rule that led to its amount.
#[utoipa::path(
    tag = "vouchers",
    params(("id" = VoucherId, Path, description = "The voucher"), RedemptionQuery),
    responses((status = 200, description = "A page of what it pays", body = Page<RedemptionView>)),
    extensions(("x-operation" = json!("read_vouchers"))),
)]
#[get("/v1/vouchers/{id}/redemptions")]
pub async fn list(look: Look<ReadVouchers>, Id(id): Id<VoucherId>, Query(query): Query<RedemptionQuery>) -> Answer {
    let caller = look.caller().clone();
    look.many_of(move |reader, reach| vouchers::redemptions(reader, (reach, &caller), id, &query))
        .await
}
