use std::convert::Infallible;

use proptest::prelude::*;

use super::*;
use crate::domain::text::hex;

/// The eight leaves of the test vectors of Certificate Transparency's reference implementation.
const LEAVES: [&[u8]; 8] = [
    b"",
    b"\0",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
];

/// The roots of the first one, two, … of them, as published.
const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

const SHA: Suite = Suite::Sha256Ed25519;

/// The definition of RFC 6962, word for word.
fn naive(suite: Suite, leaves: &[Vec<u8>]) -> Hash {
    match leaves {
        [] => suite.empty(),
        [leaf] => suite.leaf(leaf),
        _ => {
            let mut half = 1;
            while half * 2 < leaves.len() {
                half *= 2;
            }
            suite.node(&naive(suite, &leaves[..half]), &naive(suite, &leaves[half..]))
        }
    }
}

/// All leaves in memory; what is kept is computed each time.
struct All(Suite, Vec<Vec<u8>>);

impl Subtrees for All {
    type Error = Infallible;

    fn roots(&mut self, height: u32, first: u64, count: u64) -> Result<Vec<Hash>, Infallible> {
        assert_eq!(height % STEP, 0);
        assert!(
            count > 0 && first / FANOUT == (first + count - 1) / FANOUT,
            "{first} {count}"
        );
        let place = |number: u64| usize::try_from(number << height).unwrap();
        Ok((first..first + count)
            .map(|number| naive(self.0, &self.1[place(number)..place(number + 1)]))
            .collect())
    }
}

fn leaves(count: usize) -> Vec<Vec<u8>> {
    (0..count).map(|number| number.to_string().into_bytes()).collect()
}

fn size(count: usize) -> u64 {
    u64::try_from(count).unwrap()
}

#[test]
fn the_published_roots_come_out() {
    let mut growth = Growth::new(SHA);
    assert_eq!(
        hex(&growth.root()),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    for (leaf, expected) in LEAVES.iter().zip(ROOTS) {
        growth.add(leaf, &mut Vec::new());
        assert_eq!(hex(&growth.root()), expected, "of {} leaves", growth.size());
    }
}

#[test]
fn the_published_proofs_come_out() {
    let mut all = All(SHA, LEAVES.iter().map(|leaf| leaf.to_vec()).collect());
    let shown = |proof: Vec<Hash>| proof.iter().map(|hash| hex(&hash[..4])).collect::<Vec<_>>();
    // Index from 0, size, and the beginnings of the hashes, of the reference implementation's tests.
    for (index, of, expected) in [
        (0, 1, &[][..]),
        (0, 8, &["96a296d2", "5f083f0a", "6b47aaf2"]),
        (5, 8, &["bc1a0643", "ca854ea1", "d37ee418"]),
        (2, 3, &["fac54203"]),
        (1, 5, &["6e340b9c", "5f083f0a", "bc1a0643"]),
    ] {
        let proof = inclusion(SHA, &mut all, index, of).unwrap().unwrap();
        assert_eq!(shown(proof), expected, "leaf {index} of {of}");
    }
    for (old, new, expected) in [
        (1, 1, &[][..]),
        (1, 8, &["96a296d2", "5f083f0a", "6b47aaf2"]),
        (6, 8, &["0ebc5d34", "ca854ea1", "d37ee418"]),
        (2, 5, &["5f083f0a", "bc1a0643"]),
    ] {
        let proof = consistency(SHA, &mut all, old, new).unwrap().unwrap();
        assert_eq!(shown(proof), expected, "from {old} to {new}");
    }
    assert_eq!(inclusion(SHA, &mut all, 8, 8).unwrap(), None);
    assert_eq!(consistency(SHA, &mut all, 8, 7).unwrap(), None);
}

#[test]
fn sm3_hashes_as_the_standard_says() {
    // GB/T 32905, of nothing; and of a zero byte, by `openssl dgst -sm3`.
    let suite = Suite::Sm3Sm2;
    assert_eq!(
        hex(&suite.empty()),
        "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b"
    );
    assert_eq!(
        hex(&suite.leaf(b"")),
        "2daef60e7a0b8f5e024c81cd2ab3109f2b4f155cf83adeb2ae5532f74a157fdf"
    );
}

#[test]
fn what_is_kept_is_what_the_leaves_give() {
    let bodies = leaves(66_000);
    let mut growth = Growth::new(SHA);
    let mut complete = Vec::new();
    for body in &bodies {
        growth.add(body, &mut complete);
    }
    assert_eq!(complete.iter().filter(|subtree| subtree.height == 8).count(), 257);
    for subtree in &complete {
        let place = |number: u64| usize::try_from(number << subtree.height).unwrap();
        let within = &bodies[place(subtree.number)..place(subtree.number + 1)];
        assert_eq!(
            subtree.root,
            naive(SHA, within),
            "{} {}",
            subtree.height,
            subtree.number
        );
    }
    assert_eq!(growth.root(), naive(SHA, &bodies));
    assert_eq!(
        root(SHA, &mut All(SHA, bodies.clone()), 0..66_000),
        Ok(naive(SHA, &bodies))
    );
}

#[test]
fn whoever_has_the_peaks_goes_on_from_them() {
    let bodies = leaves(700);
    for (start, end) in [(0, 0), (0, 3), (1, 2), (255, 300), (511, 513), (640, 700)] {
        let mut all = All(SHA, bodies.clone());
        let kept = frontier(SHA, &mut all, 0..size(start)).unwrap();
        assert_eq!(kept.size(), size(start));
        let mut peaks = Peaks::resumed(SHA, kept.parts().to_vec()).unwrap();
        assert_eq!(peaks.root(), naive(SHA, &bodies[..start]));
        bodies[start..end].iter().for_each(|body| peaks.push(0, SHA.leaf(body)));
        assert_eq!(
            (peaks.size(), peaks.root()),
            (size(end), naive(SHA, &bodies[..end])),
            "{start} to {end}"
        );
    }
    let hash = SHA.empty();
    for wrong in [vec![(0, hash), (1, hash)], vec![(2, hash), (2, hash)], vec![(64, hash)]] {
        assert!(Peaks::resumed(SHA, wrong).is_none());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_proof_proves_and_no_other_does(
        count in 1..700_usize, older in 0..700_usize, index in 0..700_usize, flip in any::<prop::sample::Index>(), sm in any::<bool>(),
    ) {
        let suite = if sm { Suite::Sm3Sm2 } else { SHA };
        let (older, index) = (older % (count + 1), index % count);
        let bodies = leaves(count);
        let (new, old) = (naive(suite, &bodies), naive(suite, &bodies[..older]));
        let mut all = All(suite, bodies);
        let leaf = suite.leaf(&all.1[index]);
        let proof = inclusion(suite, &mut all, size(index), size(count)).unwrap().unwrap();
        prop_assert_eq!(check_inclusion(suite, (size(index), &leaf), (size(count), &new), &proof), Ok(()));
        let other = suite.leaf(b"other");
        prop_assert!(check_inclusion(suite, (size(index), &other), (size(count), &new), &proof).is_err());
        prop_assert!(check_inclusion(suite, (size(index) ^ 1, &leaf), (size(count), &new), &proof).is_err() || count == 1);
        let chain = consistency(suite, &mut all, size(older), size(count)).unwrap().unwrap();
        let check = |old: &Hash, new: &Hash, chain: &[Hash]| {
            check_consistency(suite, (size(older), old), (size(count), new), chain)
        };
        prop_assert_eq!(check(&old, &new, &chain), Ok(()));
        prop_assert!(check(&other, &new, &chain).is_err());
        prop_assert!(check(&old, &other, &chain).is_err() || older == 0);
        for proved in [&proof, &chain] {
            prop_assert!(proved.len() <= PROOF_HASHES_MAX);
            if proved.is_empty() {
                continue;
            }
            let mut changed = proved.clone();
            changed[flip.index(proved.len())][7] ^= 16;
            let longer: Vec<Hash> = proved.iter().copied().chain([other]).collect();
            for wrong in [&changed[..], &proved[1..], &longer] {
                if std::ptr::eq(proved, &proof) {
                    prop_assert!(check_inclusion(suite, (size(index), &leaf), (size(count), &new), wrong).is_err());
                } else {
                    prop_assert!(check(&old, &new, wrong).is_err());
                }
            }
        }
    }
}
