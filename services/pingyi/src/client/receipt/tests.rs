use platform::{
    keys::Keys,
    tlog::{
        LogKey, leaf_hash,
        tiles::{Question, Tiles},
    },
};
use proto::r#type::v1::{Origin, ServiceAct, Stage};

use super::*;

const NAME: &str = "sample.example/ratings";

/// A folder with a receipt, the log's key and a witness's.
struct Desk {
    folder: tempfile::TempDir,
    witness: WitnessSigner,
    receipt: RatingReceipt,
    proof: ProofFile,
}

fn pem() -> String {
    Keys::make().log_pem.unwrap()
}

impl Desk {
    fn new() -> Self {
        let at: Timestamp = "2026-03-02T01:00:00Z".parse().unwrap();
        let act = ServiceAct { stage: Stage::Completion.into(), ..ServiceAct::default() };
        let receipt = RatingReceipt {
            rating_id: "0195531a-0000-7000-8000-000000000001".to_owned(),
            act: Some(act),
            level: Level::VeryDissatisfied.into(),
            channel: Channel::Kiosk.into(),
            origin: Origin::Active.into(),
            received_at: Some(convert::to_wire(at)),
            salt: vec![9; 16],
            ..RatingReceipt::default()
        };
        let mut leaves: Vec<Hash> = (0..300_u64).map(|n| leaf_hash(&n.to_be_bytes())).collect();
        leaves[77] = leaf_of(&receipt).unwrap().hash;
        let mut tiles = Tiles::default();
        tiles.append(0, leaves).unwrap();
        let root = Question::Root(300).answer(&tiles).unwrap()[0];
        let key = LogKey::read(&pem(), NAME).unwrap();
        let witness = WitnessSigner::read(&pem(), "city.example").unwrap();
        let note = key.sign(0, (300, root), at).unwrap();
        let line = witness.sign(&note, at).unwrap();
        let proof = ProofFile {
            extra: receipt.encode_to_vec(),
            index: 77,
            path: Question::Inclusion(300, 77).answer(&tiles).unwrap(),
            note: format!("{note}{line}\n"),
        };
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("log.pub"), key.verifier_key()).unwrap();
        fs::write(folder.path().join("city.pub"), witness.verifier_key()).unwrap();
        Self { folder, witness, receipt, proof }
    }

    fn verify(&self, proof: &ProofFile, key: &str, witness: &[&str]) -> Result<String, String> {
        let at = |name: &str| self.folder.path().join(name);
        fs::write(at("receipt"), proof.write()).unwrap();
        let args = VerifyArgs {
            receipt: at("receipt"),
            key: at(key),
            witness: witness.iter().map(|name| at(name)).collect(),
        };
        let mut told = Vec::new();
        verify(&args, &mut told).map_err(|error| error.to_string())?;
        Ok(String::from_utf8(told).unwrap())
    }
}

#[test]
fn i22_a_receipt_is_checked_with_the_public_key_alone() {
    let desk = Desk::new();
    let told = desk.verify(&desk.proof, "log.pub", &["city.pub"]).unwrap();
    for words in [
        "PROVED 已证明",
        "level 等级: LEVEL_VERY_DISSATISFIED",
        "leaf 叶子: 77 of 300",
        "log 日志: sample.example/ratings epoch 0",
        "witness 见证: city.example, 2026-03-02T01:00:00Z",
    ] {
        assert!(told.contains(words), "{told}");
    }
}

#[test]
fn i22_a_forged_receipt_proves_nothing() {
    let desk = Desk::new();
    let refused = |proof: ProofFile, what: &str| {
        let told = desk.verify(&proof, "log.pub", &[]).unwrap_err();
        assert!(told.contains("NOT PROVED"), "{what}: {told}");
    };
    let good = RatingReceipt { level: Level::VerySatisfied.into(), ..desk.receipt.clone() };
    refused(ProofFile { extra: good.encode_to_vec(), ..desk.proof.clone() }, "another level");
    let salted = RatingReceipt { salt: vec![8; 16], ..desk.receipt.clone() };
    refused(ProofFile { extra: salted.encode_to_vec(), ..desk.proof.clone() }, "another salt");
    refused(ProofFile { index: 78, ..desk.proof.clone() }, "another leaf");
    refused(
        ProofFile { path: desk.proof.path[1..].to_vec(), ..desk.proof.clone() },
        "a short path",
    );
    let larger = desk.proof.note.replace("\n300\n", "\n301\n");
    refused(ProofFile { note: larger, ..desk.proof.clone() }, "another head");
    // Signed, but by somebody else.
    fs::write(
        desk.folder.path().join("log.pub"),
        LogKey::read(&pem(), NAME).unwrap().verifier_key(),
    )
    .unwrap();
    refused(desk.proof.clone(), "another log's key");
}

#[test]
fn i22_a_witness_that_has_not_signed_is_missed_and_a_wrong_file_is_named() {
    let desk = Desk::new();
    let stranger = WitnessSigner::read(&pem(), "city.example").unwrap();
    assert_ne!(stranger.verifier_key(), desk.witness.verifier_key());
    fs::write(desk.folder.path().join("other.pub"), stranger.verifier_key()).unwrap();
    let told = desk.verify(&desk.proof, "log.pub", &["other.pub"]).unwrap_err();
    assert!(told.contains("the witness city.example has not signed"), "{told}");
    let told = desk.verify(&desk.proof, "city.pub", &[]).unwrap_err();
    assert!(told.contains("city.pub: is neither"), "{told}");
    let told = desk.verify(&desk.proof, "missing.pub", &[]).unwrap_err();
    assert!(told.contains("missing.pub: No such file"), "{told}");
}
