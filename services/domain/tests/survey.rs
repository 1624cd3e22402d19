//! Samples anyone can draw again.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use domain::{
    id::ActId,
    profile::Percent,
    survey::{Population, pseudonym, sample_size, seed_hash},
};
use proptest::prelude::*;
use uuid::Uuid;

fn act(n: u128) -> [u8; 16] {
    ((0x0198 << 112) | n).to_be_bytes()
}

fn population(acts: impl IntoIterator<Item = u128>) -> Population<16> {
    acts.into_iter().map(act).collect()
}

fn numbers(sample: &[[u8; 16]]) -> Vec<u128> {
    sample.iter().map(|act| u128::from_be_bytes(*act) & 0xFFFF).collect()
}

fn hex(bytes: [u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes 0 to 31.
const SEED: [u8; 32] = {
    let mut seed = [0; 32];
    let mut n = 0;
    while n < 32 {
        seed[n as usize] = n;
        n += 1;
    }
    seed
};

#[test]
fn i18_a_sample_is_what_another_program_draws_from_the_same_seed() {
    // Computed with Python's hmac and hashlib over ten ids, 0198…01 to 0198…0a.
    let acts = population(1..=10);
    assert_eq!(
        hex(seed_hash(&SEED)),
        "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd"
    );
    assert_eq!(
        hex(acts.hash()),
        "cd175d85d432aad6914a4bc8f7243a48be3083ad8cba68a1cf8d20f5b22872df"
    );
    assert_eq!(numbers(&acts.sample(&SEED, 10)), [7, 5, 9, 1, 4, 2, 6, 8, 3, 10]);
    assert_eq!(numbers(&acts.sample(&SEED, 3)), [7, 5, 9]);
}

#[test]
fn s01_a_pseudonym_is_known_only_with_the_surveys_own_key() {
    // Computed with Python's hmac over the id 0198…01.
    let id = |n| ActId(Uuid::from_bytes(act(n)));
    assert_eq!(
        hex(pseudonym(&SEED, id(1))),
        "7294f68bb7f65774dc82056b194221db3ce55c04b8c6d3a6bac151a1d1c6b3e6"
    );
    assert_ne!(pseudonym(&SEED, id(1)), pseudonym(&SEED, id(2)));
    assert_ne!(pseudonym(&SEED, id(1)), pseudonym(&[0; 32], id(1)));
    // Of acts under pseudonyms the sample is one of thirty-two bytes each.
    let acts: Population<32> = (1..=10).map(|n| pseudonym(&[0; 32], id(n))).collect();
    assert_eq!(
        hex(acts.hash()),
        "89294845d31acd9152ba5526ee387a0d4b442c129e813d6e5cfffcdc1a69569b"
    );
    assert_eq!(
        hex(acts.sample(&SEED, 1)[0]),
        "40e382fa7ddd0e920d4737bff17cd078dbb934950a60cb638bf0bc65275c29f5"
    );
}

#[test]
fn i18_nobody_and_everybody_are_samples() {
    let acts = population(1..=10);
    assert!(acts.sample(&SEED, 0).is_empty());
    assert_eq!(acts.sample(&SEED, 11).len(), 10);
    assert_eq!(acts.sample(&SEED, usize::MAX).len(), 10);
    assert!(population([]).sample(&SEED, 5).is_empty());
    assert_ne!(population([]).hash(), population([1]).hash());
}

#[test]
fn i18_a_ratio_rounds_up() {
    let of = |n, percent: u32| sample_size(n, Percent::try_from(percent).unwrap());
    assert_eq!([0, 1, 9, 10, 11, 20, 21].map(|n| of(n, 10)), [0, 1, 1, 1, 2, 2, 3]);
    assert_eq!([of(1, 1), of(100, 1), of(101, 1), of(199, 33)], [1, 1, 2, 66]);
    assert_eq!([of(7, 100), of(usize::MAX, 100)], [7, usize::MAX]);
}

#[test]
fn i18_every_act_is_drawn_as_often_as_any_other() {
    let acts = population(1..=20);
    let mut drawn: BTreeMap<[u8; 16], i32> = BTreeMap::new();
    for n in 0_u16..2_000 {
        let mut seed = [0; 32];
        seed[..2].copy_from_slice(&n.to_be_bytes());
        for act in acts.sample(&seed, 5) {
            *drawn.entry(act).or_default() += 1;
        }
    }
    assert_eq!(drawn.len(), 20);
    // 500 of 2,000 are expected of each, give or take 19: none is further off than six times that.
    assert!(drawn.values().all(|times| (384..=616).contains(times)), "{drawn:?}");
    // Nor is it the same few: the spread is what chance makes it.
    let spread: i32 = drawn.values().map(|times| (times - 500) * (times - 500)).sum();
    assert!((1_500..=20_000).contains(&spread), "{spread}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn i18_neither_order_nor_repetition_matters_and_a_larger_sample_holds_the_smaller(
        acts in proptest::collection::vec(0_u128..50, 0..40).prop_shuffle(),
        seed in any::<[u8; 32]>(), size in 0_usize..45,
    ) {
        let mut tidy = acts.clone();
        tidy.sort_unstable();
        tidy.dedup();
        let twice = acts.iter().chain(acts.iter().rev()).copied();
        let (one, other) = (population(tidy.clone()), population(twice));
        prop_assert_eq!(one.size(), tidy.len());
        prop_assert_eq!(one.hash(), other.hash());
        let sample = one.sample(&seed, size);
        prop_assert_eq!(&sample, &other.sample(&seed, size));
        prop_assert_eq!(sample.len(), size.min(tidy.len()));
        let larger = one.sample(&seed, size + 1);
        prop_assert!(larger.starts_with(&sample));
    }

    #[test]
    fn i18_another_population_has_another_hash(
        acts in proptest::collection::btree_set(0_u128..50, 1..40), more in 50_u128..60,
    ) {
        let hash = population(acts.clone()).hash();
        prop_assert_ne!(hash, population(acts.iter().copied().chain([more])).hash());
        prop_assert_ne!(hash, population(acts.iter().copied().skip(1)).hash());
        prop_assert_ne!(hash, population(acts.iter().copied().skip(1).chain([more])).hash());
    }
}
