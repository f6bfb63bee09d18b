//! Sites: where cards stand.

use serde::{Deserialize, Serialize};

use super::code::Code;

/// A data centre or hub.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Site {
    /// Its public name, such as `hangzhou`.
    pub code: Code,
    /// Its Chinese name.
    pub name_zh: String,
    /// The region it belongs to.
    pub region: String,
}
