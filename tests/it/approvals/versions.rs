//! Nobody overwrites what they have not seen.

use qiantang::app::exchange::Handle;
use qiantang::app::verb;
use qiantang::domain::bid::BidState;
use qiantang::domain::id::{BidId, ListingId};
use qiantang::domain::listing::ListingState;
use qiantang::domain::version::Version;
use qiantang::engine::{Command, State};
use qiantang::store::{self, Reader};
use serde_json::json;

use super::{ISSUERS, OPERATORS, deposit, good, is_sound, open, refusal, refused};
use crate::harness::for_each_backend;

/// A listing and a bid that rests because it pays too little.
fn market(handle: &Handle) {
    for (verb, body) in [
        (
            "accelerator",
            json!({"code": "card", "vendor": "V", "model": "M", "domestic": true, "memory_gb": 64,
                "fp16_dense_gflops": 1000, "cards_per_node": 8}),
        ),
        ("site", json!({"code": "here", "name_zh": "此", "region": "Z"})),
    ] {
        good(handle, verb::command(verb, None, body).unwrap());
    }
    good(handle, deposit(1_000_000));
    let listing = json!({"site": "here", "accelerator": "card", "islands": 1, "cards_per_island": 8,
        "from": "2026-12-02T00:00:00Z", "until": "2026-12-03T00:00:00Z", "ask": "2.000000"});
    good(handle, verb::command("listing", Some(ISSUERS), listing).unwrap());
    let bid = json!({"alternatives": [{"accelerator": "card", "cards": 4, "hours": 2, "limit": "1.000000"}],
        "earliest": "2026-12-02T00:00:00Z", "latest": "2026-12-03T00:00:00Z"});
    good(handle, verb::command("bid", Some(OPERATORS), bid).unwrap());
}

fn amended(mut command: Command, version: Version) -> Command {
    if let Command::AmendBid { if_match, .. } | Command::AmendListing { if_match, .. } = &mut command {
        *if_match = Some(version);
    }
    command
}

#[test]
fn nobody_overwrites_what_they_have_not_seen() {
    for_each_backend(|database| {
        let exchange = open(&database.url);
        let handle = exchange.handle();
        market(&handle);
        let versions = || {
            let look = |state: &State| {
                let bid = state.book.bid(BidId(1)).unwrap().version(BidState::Open);
                let listing = state.book.listing(ListingId(1)).unwrap();
                (bid, listing.version(ListingState::Open))
            };
            let known = handle.inspect(look).unwrap();
            let stored = store::state::load(&mut Reader::open(&database.url).unwrap()).unwrap();
            assert_eq!(look(&stored), known, "rows have the same versions");
            known
        };
        let limit = json!({"bid": BidId(1), "alternatives": [{"cards": 4, "hours": 2, "limit": "1.100000"}]});
        let limit = verb::command("amend", Some(OPERATORS), limit).unwrap();
        let ask = json!({"listing": ListingId(1), "ask": "2.100000"});
        let ask = verb::command("amend_listing", Some(ISSUERS), ask).unwrap();
        let before = versions();
        good(&handle, amended(limit.clone(), before.0));
        let between = versions();
        assert!(between.0 != before.0 && between.1 == before.1);
        good(&handle, amended(ask.clone(), before.1));
        let after = versions();
        assert!(after.1 != before.1 && after.0 == between.0);
        for stale in [amended(limit.clone(), before.0), amended(ask.clone(), before.1)] {
            assert_eq!(refused(&handle, stale), refusal("version_mismatch", 412));
        }
        good(&handle, limit);
        good(&handle, ask);
        is_sound(&database.url, &handle);
    });
}
