//! The voucher office's bodies, as the API takes them.

pub mod application;
pub mod programme;
pub mod voucher;
