//! Vouchers: rules that hold together, what they pay of a fill, granting, expiry.

pub mod check;
pub mod evaluate;
pub mod grant;
pub mod related;
pub mod reserved;
pub mod spending;
pub mod wallet;
