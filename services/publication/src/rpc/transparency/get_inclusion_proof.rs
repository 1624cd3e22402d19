//! Proves that a rating is in the log, by its receipt code. Only so often: the answer says whether a
//! code is in use, and whoever has one may look up its rating.

use std::net::IpAddr;

use domain::{log::code_bits, violation::Violations};
use platform::{
    auth::Anyone,
    tlog::{
        check_inclusion,
        tiles::{Question, WIDTH},
    },
};
use proto::publication::v1::{GetInclusionProofRequest, GetInclusionProofResponse, InclusionProof};

use crate::{
    app::transparency::with_cosignatures,
    convert::transparency::head_to_wire,
    error::{Error, transparency::TransparencyError},
    state::Publication,
    store::transparency::{self, heads, leaves, tiles},
};

/// How many ratings may share a code: of a hundred million ratings fewer than two do, on average.
const MAX_OF_CODE: u64 = 20;

pub(crate) async fn run(
    publication: &Publication,
    _: Anyone,
    network: Option<IpAddr>,
    request: GetInclusionProofRequest,
) -> Result<GetInclusionProofResponse, Error> {
    let whom = publication.shell.requests.nameless(network);
    let taken = publication.limits.take(whom, publication.shell.clock.now());
    taken.map_err(|again_in| TransparencyError::TooMany { again_in })?;
    let mut wrong = Violations::default();
    let code = code_bits(&request.receipt_code).ok_or("is no receipt code");
    let code = wrong.take("receipt_code", code);
    let Some(code) = wrong.finish(code)? else { return Err(Violations::default().into()) };
    let read = publication.store.read();
    let rows = leaves::of_code(read, code, MAX_OF_CODE).await?;
    if rows.is_empty() {
        return Err(TransparencyError::NotLogged.into());
    }
    let tree = transparency::tree(read).await?;
    let head = heads::newest_of(read, tree.epoch).await?;
    let head = head.ok_or(TransparencyError::NotSignedYet)?;
    let size = head.size.unsigned_abs();
    let mut proofs = Vec::new();
    for row in rows.iter().filter(|row| row.number < head.size) {
        let index = row.number.unsigned_abs();
        let place = (0, index / WIDTH);
        let at = usize::try_from(index % WIDTH).unwrap_or_default();
        let leaf = tiles::load(read, &[place]).await?.hashes(place).get(at).copied();
        let path = tiles::ask(read, Question::Inclusion(size, index)).await?;
        // What is answered is checked here first: whoever changed the tables is not helped along.
        let root = head.root.as_slice().try_into().map_err(|_| TransparencyError::Damaged)?;
        let (Some(leaf), Ok(path)) = (leaf, path) else {
            return Err(TransparencyError::Damaged.into());
        };
        let proved = check_inclusion(&path, (size, root), (index, leaf));
        proved.map_err(|_| TransparencyError::Damaged)?;
        proofs.push(InclusionProof {
            index,
            leaf_hash: leaf.to_vec(),
            path: path.iter().map(|hash| hash.to_vec()).collect(),
        });
    }
    if proofs.is_empty() {
        return Err(TransparencyError::NotSignedYet.into());
    }
    let head = with_cosignatures(read, head).await?;
    Ok(GetInclusionProofResponse { head: Some(head_to_wire(&head)), proofs })
}

#[cfg(test)]
mod tests {
    use platform::{receipt::leaf_of, tlog::Hash};
    use proto::r#type::v1::RatingReceipt;
    use tonic::{Code, Status};

    use super::*;
    use crate::rpc::{
        testing::anyone,
        transparency::testing::{Logged, code_of, path_of, root_of},
    };

    fn ask(code: &str) -> GetInclusionProofRequest {
        GetInclusionProofRequest { receipt_code: code.to_owned() }
    }

    #[tokio::test]
    async fn i22_the_receipt_code_leads_to_the_proof_of_its_own_leaf() {
        let logged = Logged::new().await;
        let mut ratings = logged.rate(300).await;
        ratings.extend(logged.rate(1).await);
        logged.sign().await;
        for (rating, index) in ratings.iter().zip(0..) {
            // Each from a network of its own.
            let network = u32::try_from(index).unwrap().to_be_bytes();
            let asked = ask(&code_of(rating));
            let answer = run(&logged.publication, anyone(), Some(network.into()), asked).await;
            let answer = answer.unwrap();
            let head = answer.head.clone().unwrap();
            logged.verifier.open(&head.note).unwrap();
            let [proof] = answer.proofs.as_slice() else { panic!("{answer:?}") };
            let id = rating.rating_id.parse().unwrap();
            let receipt = RatingReceipt {
                rating_id: rating.rating_id.clone(),
                act: rating.act.clone(),
                level: rating.level,
                channel: rating.channel,
                origin: rating.origin,
                received_at: rating.received_at,
                salt: logged.publication.shell.salts.of(id).to_vec(),
                ..RatingReceipt::default()
            };
            let leaf: Hash = leaf_of(&receipt).unwrap().hash;
            assert_eq!((proof.index, proof.leaf_hash.as_slice()), (index, leaf.as_slice()));
            check_inclusion(&path_of(&proof.path), root_of(&head), (index, leaf)).unwrap();
        }
    }

    #[tokio::test]
    async fn i22_p08_whether_a_code_is_in_use_is_told_only_so_often() {
        let logged = Logged::new().await;
        let told = async |network: &str| {
            let network = Some(network.parse().unwrap());
            let code = ask("AAAA-AAAA");
            let error = run(&logged.publication, anyone(), network, code).await.unwrap_err();
            Status::from(error).code()
        };
        for _ in 0..60 {
            assert_eq!(told("192.0.2.7").await, Code::NotFound);
        }
        assert_eq!(told("192.0.2.7").await, Code::ResourceExhausted);
        assert_eq!(told("192.0.2.8").await, Code::NotFound, "others are not held up");
    }

    #[tokio::test]
    async fn i22_what_is_not_there_not_signed_or_damaged_is_said_so() {
        let logged = Logged::new().await;
        let rated = logged.rate(3).await;
        let mine = code_of(&rated[0]);
        let refused = async |code: &str| {
            let error = run(&logged.publication, anyone(), None, ask(code)).await.unwrap_err();
            Status::from(error).code()
        };
        assert_eq!(refused("").await, Code::InvalidArgument);
        assert_eq!(refused("AAAA-AAAA").await, Code::NotFound);
        assert_eq!(refused(&mine).await, Code::Unavailable, "not signed yet");
        logged.sign().await;
        assert!(run(&logged.publication, anyone(), None, ask(&mine.to_lowercase())).await.is_ok());
        let later = code_of(&logged.rate(1).await[0]);
        assert_eq!(refused(&later).await, Code::Unavailable, "no head covers it yet");
        logged.by_hand("UPDATE tree_head SET root = (SELECT hashes FROM tile)").await;
        assert_eq!(refused(&mine).await, Code::DataLoss);
    }
}
