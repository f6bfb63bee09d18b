//! How long tenants wait.

use serde::Serialize;

use crate::engine::report::figure::Span;

/// Waits of one kind; none of no fills.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WaitFigures {
    /// From when to when.
    pub wait: &'static str,
    /// Of how many fills.
    pub fills: u64,
    /// Half of them wait no longer, in hours.
    pub median: Option<Span>,
    /// Nine in ten wait no longer, in hours.
    pub p90: Option<Span>,
    /// The longest, in hours.
    pub max: Option<Span>,
}

impl WaitFigures {
    /// Of all waits, in any order.
    pub fn of(wait: &'static str, mut spans: Vec<Span>) -> WaitFigures {
        spans.sort_unstable();
        WaitFigures {
            wait,
            fills: u64::try_from(spans.len()).unwrap_or(u64::MAX),
            median: percentile(&spans, 50),
            p90: percentile(&spans, 90),
            max: spans.last().copied(),
        }
    }
}

/// The smallest of `sorted` that at least `percent` % of them do not exceed (nearest rank).
fn percentile(sorted: &[Span], percent: usize) -> Option<Span> {
    let rank = sorted.len().saturating_mul(percent).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_occurred() {
        for (count, median, p90, max) in [
            (0, None, None, None),
            (1, Some(1), Some(1), Some(1)),
            (2, Some(1), Some(2), Some(2)),
            (10, Some(5), Some(9), Some(10)),
            (11, Some(6), Some(10), Some(11)),
        ] {
            let waits = WaitFigures::of("wait", (1..=count).rev().map(Span).collect());
            let expected = (median.map(Span), p90.map(Span), max.map(Span));
            assert_eq!((waits.median, waits.p90, waits.max), expected, "of {count}");
        }
    }
}
