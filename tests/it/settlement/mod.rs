//! Settlement: runs of several commands, previews, tiers and VAT, closed periods, and what a kill leaves.

mod fees;
mod http;
mod kill;
mod periods;
mod runs;
mod town;
