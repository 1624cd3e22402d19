//! Adds a witness's co-signature to a head.

use domain::violation::Violations;
use platform::{auth::Anyone, once::Recognised};
use proto::publication::v1::{AddCosignatureRequest, AddCosignatureResponse};
use uuid::Uuid;

use crate::{
    app::transparency::{named, still_own, with_cosignatures},
    convert::transparency::head_to_wire,
    entity::cosignature,
    error::{Error, transparency::TransparencyError},
    state::Publication,
    store::transparency::{self, heads},
};

/// The longest line, in characters.
const MAX_LINE: usize = 500;

pub(crate) async fn run(
    publication: &Publication,
    _: Anyone,
    request: AddCosignatureRequest,
) -> Result<AddCosignatureResponse, Error> {
    let mut wrong = Violations::default();
    let request_id = request.request_id.parse::<Uuid>().map_err(|_| "is no UUID");
    let request_id = wrong.take("request_id", request_id).unwrap_or_default();
    let length = request.cosignature.chars().count();
    wrong.require(length > 0, "cosignature", "is missing");
    wrong.require(length <= MAX_LINE, "cosignature", "has more than 500 characters");
    wrong.finish(())?;
    let (store, shell) = (&publication.store, &publication.shell);
    let head = named(store.read(), request.epoch, request.size).await?;
    // The signature is what admits its bringer.
    let (line, now) = (request.cosignature.trim(), shell.clock.now());
    let signed = publication
        .witnesses
        .iter()
        .find_map(|witness| Some((witness.name(), witness.verify_line(&head.note, line, now)?)));
    let (witness, signed_at) = signed.ok_or(TransparencyError::WitnessNotAdmitted)?;
    // Everybody sees a line that is kept: whoever brings it again writes nothing, so nobody else than
    // the witness can fill the store.
    let tree = transparency::tree(store.read()).await?;
    still_own(store.read(), &tree, &head).await?;
    let kept = heads::cosignature_of(store.read(), &head, witness).await?;
    if kept.is_some_and(|kept| kept.line == line) {
        let head = with_cosignatures(store.read(), head).await?;
        return Ok(AddCosignatureResponse { head: Some(head_to_wire(&head)) });
    }
    let key = shell.requests.key(witness.as_bytes(), "AddCosignature", request_id, &request);
    let txn = match shell.once(store, key).await?.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    // Two heads of one witness at once: the tree's row lets one after the other.
    let tree = transparency::hold(&*txn).await?;
    still_own(&*txn, &tree, &head).await?;
    let last = heads::signed_up_to(&*txn, witness, head.epoch).await?;
    if let Some(size) = last.filter(|size| *size > head.size) {
        return Err(TransparencyError::WitnessBehind { size }.into());
    }
    let row = cosignature::Model {
        epoch: head.epoch,
        size: head.size,
        witness: witness.to_owned(),
        line: line.to_owned(),
        signed_at: signed_at.as_microsecond(),
    };
    heads::cosign(&*txn, row).await?;
    let head = with_cosignatures(&*txn, head).await?;
    let answer = AddCosignatureResponse { head: Some(head_to_wire(&head)) };
    Ok(txn.finish(answer, Vec::new()).await?)
}

#[cfg(test)]
mod tests {
    use platform::{
        keys::Keys,
        tlog::{WitnessKey, WitnessSigner},
    };
    use proto::publication::v1::{GetTreeHeadRequest, TreeHead};
    use sea_orm::{ConnectionTrait as _, Statement};
    use tonic::{Code, Status};

    use super::*;
    use crate::rpc::{
        testing::anyone,
        transparency::{get_tree_head, testing::Logged},
    };

    async fn newest(logged: &Logged) -> TreeHead {
        let answer = get_tree_head::run(&logged.publication, anyone(), GetTreeHeadRequest {});
        answer.await.unwrap().head.unwrap()
    }

    fn cosigned(logged: &Logged, head: &TreeHead, by: &WitnessSigner) -> AddCosignatureRequest {
        let clock = &logged.publication.shell.clock;
        AddCosignatureRequest {
            request_id: clock.new_id().to_string(),
            epoch: head.epoch,
            size: head.size,
            cosignature: by.sign(&head.note, clock.now()).unwrap(),
        }
    }

    #[tokio::test]
    async fn i22_an_admitted_witness_adds_its_signature_once_and_everybody_sees_it() {
        let logged = Logged::new().await;
        logged.rate(2).await;
        logged.sign().await;
        let head = newest(&logged).await;
        let request = cosigned(&logged, &head, &logged.witness);
        let (one, two) = tokio::join!(
            run(&logged.publication, anyone(), request.clone()),
            run(&logged.publication, anyone(), request)
        );
        let one = one.unwrap();
        assert_eq!(one, two.unwrap(), "the same request twice at once");
        let again = cosigned(&logged, &head, &logged.witness);
        assert_eq!(run(&logged.publication, anyone(), again).await.unwrap(), one);
        let signed = newest(&logged).await;
        assert_eq!((Some(&signed), signed.cosignatures), (one.head.as_ref(), 1));
        let (_, others) = logged.verifier.open(&signed.note).unwrap();
        let key = WitnessKey::read(&logged.witness.verifier_key()).unwrap();
        assert!(key.verify(&signed.note, &others[0]).is_some());
    }

    #[tokio::test]
    async fn i22_a_line_that_everybody_sees_fills_no_store_when_it_is_brought_again() {
        let logged = Logged::new().await;
        logged.rate(2).await;
        logged.sign().await;
        let head = newest(&logged).await;
        let request = cosigned(&logged, &head, &logged.witness);
        let first = run(&logged.publication, anyone(), request.clone()).await.unwrap();
        let requests = async || {
            let store = &logged.publication.store;
            let sql = "SELECT COUNT(*) AS n FROM request";
            let row = store.read().query_one_raw(Statement::from_string(store.backend(), sql));
            row.await.unwrap().unwrap().try_get::<i64>("", "n").unwrap()
        };
        let before = requests().await;
        assert!(before > 0);
        for _ in 0..3 {
            let request_id = logged.publication.shell.clock.new_id().to_string();
            let replayed = AddCosignatureRequest { request_id, ..request.clone() };
            assert_eq!(run(&logged.publication, anyone(), replayed).await.unwrap(), first);
        }
        assert_eq!(requests().await, before);
    }

    #[tokio::test]
    async fn i22_nobody_else_signs_and_no_witness_goes_back() {
        let logged = Logged::new().await;
        logged.rate(2).await;
        logged.sign().await;
        let old = newest(&logged).await;
        logged.rate(2).await;
        logged.sign().await;
        let new = newest(&logged).await;
        let code = async |request: AddCosignatureRequest| {
            let refused = run(&logged.publication, anyone(), request).await;
            Status::from(refused.unwrap_err()).code()
        };
        let pem = Keys::make().log_pem.unwrap();
        let stranger = WitnessSigner::read(&pem, "city.example").unwrap();
        assert_eq!(code(cosigned(&logged, &new, &stranger)).await, Code::PermissionDenied);
        let of_other = cosigned(&logged, &old, &logged.witness);
        let of_other = AddCosignatureRequest { size: new.size, ..of_other };
        assert_eq!(code(of_other).await, Code::PermissionDenied, "another head's");
        let mine = cosigned(&logged, &new, &logged.witness);
        for wrong in [
            AddCosignatureRequest { cosignature: String::new(), ..mine.clone() },
            AddCosignatureRequest { cosignature: "x".repeat(501), ..mine.clone() },
            AddCosignatureRequest { request_id: String::new(), ..mine.clone() },
        ] {
            assert_eq!(code(wrong).await, Code::InvalidArgument);
        }
        assert_eq!(code(AddCosignatureRequest { size: 3, ..mine.clone() }).await, Code::NotFound);
        run(&logged.publication, anyone(), mine).await.unwrap();
        let behind = cosigned(&logged, &old, &logged.witness);
        assert_eq!(code(behind).await, Code::FailedPrecondition);
        // A head that the log has left is signed by nobody any more.
        logged.forget(0).await;
        assert_eq!(code(cosigned(&logged, &new, &logged.witness)).await, Code::FailedPrecondition);
    }
}
