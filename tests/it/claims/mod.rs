//! Whole lives of claims over HTTP, on both back ends: to the fen, and the same after a restart.

mod lives;
mod reserve;

use qiantang::app::verify::verify;
use qiantang::engine::state_hash::{StateHash, state_hash};
use qiantang::store::{self, Reader, Url};

/// The journal gives the same books again, and all invariants hold.
fn is_sound(url: &Url) {
    let verdict = verify(&mut Reader::open(url).unwrap(), &mut |_, _| {}).unwrap();
    assert!(verdict.violations.is_empty(), "{:?}", verdict.violations);
}

/// The hash of what is stored.
fn stored(url: &Url) -> StateHash {
    state_hash(&store::state::load(&mut Reader::open(url).unwrap()).unwrap()).unwrap()
}
