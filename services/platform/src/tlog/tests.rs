use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{
    tiles::{Growing, Question, Tiles, WIDTH, edge, kept},
    *,
};
use crate::{crypto::from_hex, keys::Keys};

/// The leaves of RFC 6962's reference implementation.
const LEAVES: [&str; 8] = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
];
/// The roots of its trees of one to eight leaves.
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

fn hash(text: &str) -> Hash {
    from_hex(text).try_into().unwrap()
}

fn reference() -> (Tiles, Vec<Hash>) {
    let leaves: Vec<Hash> = LEAVES.iter().map(|leaf| leaf_hash(&from_hex(leaf))).collect();
    let mut tiles = Tiles::default();
    tiles.append(0, leaves.clone()).unwrap();
    (tiles, leaves)
}

/// A tree of this many leaves, each unlike the others, added in parts of the given size.
fn tree(size: u64, part: usize) -> (Tiles, Vec<Hash>) {
    let leaves: Vec<Hash> = (0..size).map(|n| leaf_hash(&n.to_be_bytes())).collect();
    let mut whole = Tiles::default();
    let mut at = 0;
    for part in leaves.chunks(part) {
        let edge = edge(at).into_iter().map(|tile| (tile, whole.0[&tile].clone()));
        let mut changed = Tiles(edge.collect());
        changed.append(at, part.iter().copied()).unwrap();
        whole.0.extend(changed.0);
        at += part.len() as u64;
    }
    (whole, leaves)
}

/// The answer from those tiles alone that the question needs.
fn ask(question: Question, tiles: &Tiles) -> Vec<Hash> {
    let needs = question.needs().into_iter().map(|tile| (tile, tiles.0[&tile].clone()));
    question.answer(&Tiles(needs.collect())).unwrap()
}

#[test]
fn i22_trees_are_those_of_rfc_6962s_reference() {
    let (tiles, leaves) = reference();
    let mut growing = Growing::default();
    assert_eq!(growing.root(), leaf_hash_of_nothing());
    for (size, root) in (1..).zip(ROOTS) {
        assert_eq!(ask(Question::Root(size), &tiles), [hash(root)], "{size} leaves");
        growing.push(leaves[usize::try_from(size).unwrap() - 1]);
        assert_eq!(growing.root(), hash(root), "{size} leaves");
    }
}

/// The root of the empty tree: SHA-256 of nothing.
fn leaf_hash_of_nothing() -> Hash {
    hash("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
}

#[test]
fn i22_proofs_are_those_of_rfc_6962s_reference() {
    let (tiles, leaves) = reference();
    let inclusion: [(u64, u64, &[&str]); 3] = [
        (1, 0, &[]),
        (
            8,
            0,
            &[
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            8,
            5,
            &[
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
    ];
    for (size, index, path) in inclusion {
        let path: Vec<Hash> = path.iter().map(|text| hash(text)).collect();
        assert_eq!(ask(Question::Inclusion(size, index), &tiles), path, "{index} of {size}");
        let root = hash(ROOTS[usize::try_from(size).unwrap() - 1]);
        let leaf = leaves[usize::try_from(index).unwrap()];
        check_inclusion(&path, (size, root), (index, leaf)).unwrap();
    }
    let consistency: [(u64, u64, &[&str]); 2] = [
        (
            6,
            8,
            &[
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (
            2,
            5,
            &[
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ],
        ),
    ];
    let root = |size: u64| (size, hash(ROOTS[usize::try_from(size).unwrap() - 1]));
    for (first, second, path) in consistency {
        let path: Vec<Hash> = path.iter().map(|text| hash(text)).collect();
        assert_eq!(ask(Question::Consistency(second, first), &tiles), path, "{first} to {second}");
        check_consistency(&path, root(first), root(second)).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn i22_every_leaf_of_any_tree_is_proved_and_nothing_else_is(
        size in 1_u64..3_000, part in 1_usize..900, which in 0_u64..1_000, flip in 0_usize..256,
    ) {
        let (tiles, leaves) = tree(size, part);
        prop_assert_eq!(&tiles, &tree(size, usize::MAX).0, "however it grew");
        let index = which * size / 1_000;
        let root = ask(Question::Root(size), &tiles)[0];
        let mut growing = Growing::default();
        leaves.iter().for_each(|leaf| growing.push(*leaf));
        prop_assert_eq!(growing.root(), root);
        let mut path = ask(Question::Inclusion(size, index), &tiles);
        let leaf = leaves[usize::try_from(index).unwrap()];
        prop_assert_eq!(check_inclusion(&path, (size, root), (index, leaf)), Ok(()));
        let mut other = leaf;
        other[flip / 8] ^= 1 << (flip % 8);
        prop_assert!(check_inclusion(&path, (size, root), (index, other)).is_err());
        if size > 1 {
            prop_assert!(check_inclusion(&path, (size, root), ((index + 1) % size, leaf)).is_err());
            let at = flip % path.len();
            path[at][flip / 8] ^= 1 << (flip % 8);
            prop_assert!(check_inclusion(&path, (size, root), (index, leaf)).is_err());
        }
    }

    #[test]
    fn i22_a_tree_is_proved_to_begin_with_each_earlier_one_and_with_no_other(
        size in 1_u64..3_000, which in 0_u64..=1_000, flip in 0_usize..256,
    ) {
        let (tiles, _) = tree(size, 700);
        let first = which * size / 1_000;
        let [root, earlier] = [size, first].map(|size| ask(Question::Root(size), &tiles)[0]);
        let path = ask(Question::Consistency(size, first), &tiles);
        let check = |earlier| check_consistency(&path, (first, earlier), (size, root));
        prop_assert_eq!(check(earlier), Ok(()));
        let mut other = earlier;
        other[flip / 8] ^= 1 << (flip % 8);
        prop_assert!(check(other).is_err());
    }

    #[test]
    fn i22_garbage_proves_nothing_and_breaks_nothing(
        path in proptest::collection::vec(any::<[u8; 32]>(), 0..70),
        (size, index, first) in (any::<u64>(), any::<u64>(), any::<u64>()),
        (root, leaf) in (any::<[u8; 32]>(), any::<[u8; 32]>()),
        text in "\\PC*",
    ) {
        prop_assert!(check_inclusion(&path, (size, root), (index, leaf)).is_err());
        prop_assert!(check_consistency(&path, (first, leaf), (size, root)).is_err());
        prop_assert!(ProofFile::read(&text).is_err());
        let key = LogKey::read(&log_pem(), "a/log").unwrap().verifier();
        prop_assert!(key.open(&text).is_err());
    }
}

fn log_pem() -> String {
    Keys::make().log_pem.unwrap()
}

#[test]
fn i22_a_proof_at_ten_million_leaves_reads_six_tiles_at_most() {
    let size = 10_000_000;
    let questions = [0, 1, 255, 256, 4_999_999, 9_999_935, 9_999_936, size - 1]
        .map(|index| Question::Inclusion(size, index));
    let consistent = [1, 255, 4_999_999, 9_999_999].map(|first| Question::Consistency(size, first));
    for question in questions.into_iter().chain(consistent).chain([Question::Root(size)]) {
        let needs = question.needs();
        assert!((1..=6).contains(&needs.len()), "{question:?}: {needs:?}");
    }
}

#[test]
fn i22_a_tree_that_shrinks_keeps_what_it_had() {
    let (large, leaves) = tree(70_000, 1_000);
    for size in [0, 1, 255, 256, 257, 65_535, 65_536, 65_537, 69_999] {
        let mut small = Tiles::default();
        for ((level, index), data) in large.0.clone() {
            let (whole, rest) = kept(size, level);
            if index < whole {
                small.0.insert((level, index), data);
            } else if index == whole && rest > 0 {
                small.0.insert((level, index), data[..rest].to_vec());
            }
        }
        let few = leaves.iter().take(usize::try_from(size).unwrap()).copied();
        let mut grown = Tiles::default();
        grown.append(0, few).unwrap();
        assert_eq!(small, grown, "{size}");
    }
    assert_eq!(edge(WIDTH), [(1, 0)]);
    let torn = Tiles::default().append(3, [[0; 32]]);
    assert!(torn.is_err(), "an edge that is not there");
}

#[test]
fn i22_a_head_opens_with_its_own_key_alone() {
    let at: Timestamp = "2026-03-02T01:00:00Z".parse().unwrap();
    let pem = log_pem();
    let key = LogKey::read(&pem, "sample.example/ratings").unwrap();
    let note = key.sign(2, (8, hash(ROOTS[7])), at).unwrap();
    let head = Head {
        name: "sample.example/ratings".to_owned(),
        epoch: 2,
        size: 8,
        root: hash(ROOTS[7]),
        signed_at: at,
    };
    let by_name = LogVerifier::read(&key.verifier_key()).unwrap();
    let spki = key.key.to_public_key_pem_text();
    let by_pem = LogVerifier::read(&spki).unwrap();
    for verifier in [&by_name, &by_pem, &key.verifier()] {
        let (opened, others) = verifier.open(&note).unwrap();
        assert_eq!((&opened, others.len()), (&head, 0));
    }
    let other = LogKey::read(&log_pem(), "sample.example/ratings").unwrap().verifier();
    assert_eq!(other.open(&note), Err(TlogError::NotSigned));
    let renamed = LogKey::read(&pem, "other.example/ratings").unwrap().verifier();
    assert_eq!(renamed.open(&note), Err(TlogError::NotSigned));
    for forged in [note.replace("\n8\n", "\n9\n"), note.replace("time 17", "time 18")] {
        assert_ne!(forged, note);
        assert_eq!(by_name.open(&forged), Err(TlogError::NotSigned));
    }
    for wrong in ["", "a b", "a+b", "评价", "a/", &"x".repeat(101)] {
        assert!(LogKey::read(&pem, wrong).is_err(), "{wrong}");
    }
}

trait Pem {
    fn to_public_key_pem_text(&self) -> String;
}

impl Pem for VerifyingKey {
    fn to_public_key_pem_text(&self) -> String {
        use ed25519_dalek::pkcs8::{EncodePublicKey as _, spki::der::pem::LineEnding};
        self.to_public_key_pem(LineEnding::LF).unwrap()
    }
}

#[test]
fn i22_a_witness_signs_a_head_and_no_other() {
    let at: Timestamp = "2026-03-02T01:00:00Z".parse().unwrap();
    let log = LogKey::read(&log_pem(), "sample.example/ratings").unwrap();
    let note = log.sign(0, (8, hash(ROOTS[7])), at).unwrap();
    let witness = WitnessSigner::read(&log_pem(), "city.example").unwrap();
    let key = WitnessKey::read(&witness.verifier_key()).unwrap();
    let line = witness.sign(&note, at).unwrap();
    assert_eq!(key.verify_line(&note, &line, at), Some(at));
    let minutes = |n: i64| at - jiff::SignedDuration::from_mins(n);
    assert_eq!(key.verify_line(&note, &line, minutes(5)), Some(at), "clocks differ");
    assert_eq!(key.verify_line(&note, &line, minutes(6)), None, "a clock that is ahead");
    let other = log.sign(0, (7, hash(ROOTS[6])), at).unwrap();
    assert_eq!(key.verify_line(&other, &line, at), None);
    let stranger = WitnessSigner::read(&log_pem(), "city.example").unwrap();
    assert_eq!(key.verify_line(&note, &stranger.sign(&note, at).unwrap(), at), None);
    // The log's own key and a witness's are of different kinds.
    assert!(WitnessKey::read(&log.verifier_key()).is_err());
    assert!(LogVerifier::read(&witness.verifier_key()).is_err());
    let signed = format!("{note}{line}\n");
    let (_, others) = log.verifier().open(&signed).unwrap();
    assert_eq!(others.iter().filter_map(|one| key.verify(&signed, one)).count(), 1);
    let names: BTreeSet<&str> = others.iter().map(Signature::name).collect();
    assert_eq!(names.into_iter().collect::<Vec<_>>(), ["city.example"]);
}

#[test]
fn i22_the_example_of_the_specification_is_read() {
    let note = "example.com/behind-the-sofa\n20852163\n\
                CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\
                — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7\
                u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";
    let read = Note::from_bytes(note.as_bytes()).unwrap();
    assert_eq!(Checkpoint::from_bytes(read.text()).unwrap().size(), 20_852_163);
    // Another log's: the first line has no epoch, and nothing says when it was signed.
    assert!(parse(note).is_err());
}

#[test]
fn i22_a_proof_file_reads_as_it_was_written() {
    let proof = ProofFile {
        extra: vec![1, 2],
        index: 7,
        path: vec![[3; 32], [4; 32]],
        note: "a\n1\nb\n\n— c d\n".to_owned(),
    };
    let text = proof.write();
    assert!(text.starts_with("c2sp.org/tlog-proof@v1\nextra AQI=\nindex 7\nAwMD"), "{text}");
    assert_eq!(ProofFile::read(&text), Ok(proof.clone()));
    for (from, to, what) in [
        ("tlog-proof@v1", "tlog-proof@v2", "first line"),
        ("extra AQI=", "extra ?", "extra"),
        ("index 7", "index 07", "index"),
        ("\nAwMD", "\nAwM", "path"),
        ("\n\n", "\n", "empty line"),
    ] {
        let told = ProofFile::read(&text.replace(from, to)).unwrap_err().to_string();
        assert!(told.contains(what), "{told}");
    }
    let long = ProofFile { path: vec![[3; 32]; 65], ..proof };
    assert!(ProofFile::read(&long.write()).is_err());
}
