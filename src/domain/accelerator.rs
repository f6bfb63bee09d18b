//! Accelerator models: reference data, one line a model.

use serde::{Deserialize, Serialize};

use super::code::Code;

/// One saleable card. Figures are dense; an unknown figure is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Accelerator {
    /// Its public name, such as `ascend-910b`.
    pub code: Code,
    /// Who makes it.
    pub vendor: String,
    /// What the vendor calls it.
    pub model: String,
    /// Whether it is a domestic (Chinese) product.
    pub domestic: bool,
    /// Memory in GB.
    pub memory_gb: u32,
    /// Dense FP16 throughput in thousandths of TFLOPS; hub capacity in P is counted from it.
    pub fp16_dense_gflops: Option<u32>,
    /// Usual cards in a node.
    pub cards_per_node: u32,
}
