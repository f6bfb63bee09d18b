//! The voucher office: programmes, applications, claims, recoveries, treasuries, and what looks wrong.

pub mod application;
pub mod calendar;
pub mod claim;
pub mod integrity;
pub mod people;
pub mod plan;
pub mod programme;
pub mod recovery;
pub mod sharing;
pub mod treasury;
pub mod voucher;
