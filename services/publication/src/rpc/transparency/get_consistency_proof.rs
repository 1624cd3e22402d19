//! Proves that the log only grew from one signed head to another.

use domain::violation::Violations;
use platform::{
    auth::Anyone,
    tlog::{Hash, check_consistency, tiles::Question},
};
use proto::publication::v1::{GetConsistencyProofRequest, GetConsistencyProofResponse};

use crate::{
    app::transparency::{named, still_own, with_cosignatures},
    convert::transparency::head_to_wire,
    entity::tree_head,
    error::{Error, transparency::TransparencyError},
    state::Publication,
    store::transparency::{self, heads, tiles},
};

pub(crate) async fn run(
    publication: &Publication,
    _: Anyone,
    request: GetConsistencyProofRequest,
) -> Result<GetConsistencyProofResponse, Error> {
    let mut wrong = Violations::default();
    wrong.require(request.first_size > 0, "first_size", "is missing");
    wrong.finish(())?;
    let read = publication.store.read();
    let tree = transparency::tree(read).await?;
    let first = named(read, request.first_epoch, request.first_size).await?;
    let second = match request.second_size {
        0 => heads::newest_of(read, tree.epoch).await?.ok_or(TransparencyError::NotSignedYet)?,
        size => named(read, request.second_epoch, size).await?,
    };
    still_own(read, &tree, &first).await?;
    still_own(read, &tree, &second).await?;
    let mut wrong = Violations::default();
    let order = first.size <= second.size;
    wrong.require(order, "first_size", "is greater than the size of the second head");
    wrong.finish(())?;
    let question = Question::Consistency(second.size.unsigned_abs(), first.size.unsigned_abs());
    let path = tiles::ask(read, question).await?.map_err(|_| TransparencyError::Damaged)?;
    let proved = check_consistency(&path, root(&first)?, root(&second)?);
    proved.map_err(|_| TransparencyError::Damaged)?;
    let head = with_cosignatures(read, second).await?;
    let path = path.iter().map(|hash| hash.to_vec()).collect();
    Ok(GetConsistencyProofResponse { head: Some(head_to_wire(&head)), path })
}

fn root(head: &tree_head::Model) -> Result<(u64, Hash), TransparencyError> {
    let root = head.root.as_slice().try_into().map_err(|_| TransparencyError::Damaged)?;
    Ok((head.size.unsigned_abs(), root))
}

#[cfg(test)]
mod tests {
    use platform::tlog;
    use proto::publication::v1::{ListTreeHeadsRequest, TreeHead};
    use tonic::{Code, Status};
    use tonic_types::StatusExt as _;

    use super::*;
    use crate::rpc::{
        testing::anyone,
        transparency::{
            list_tree_heads,
            testing::{Logged, path_of, root_of},
        },
    };

    async fn all(logged: &Logged) -> Vec<TreeHead> {
        let request = ListTreeHeadsRequest::default();
        let mut heads =
            list_tree_heads::run(&logged.publication, anyone(), request).await.unwrap().heads;
        heads.reverse();
        heads
    }

    fn between(first: &TreeHead, second: &TreeHead) -> GetConsistencyProofRequest {
        GetConsistencyProofRequest {
            first_epoch: first.epoch,
            first_size: first.size,
            second_epoch: second.epoch,
            second_size: second.size,
        }
    }

    #[tokio::test]
    async fn i22_between_any_two_heads_the_log_is_proved_to_have_only_grown() {
        let logged = Logged::new().await;
        for many in [1, 2, 253, 1, 300, 7] {
            logged.rate(many).await;
            logged.sign().await;
        }
        let heads = all(&logged).await;
        assert_eq!(heads.len(), 6);
        for (n, second) in heads.iter().enumerate() {
            for first in &heads[..=n] {
                let request = between(first, second);
                let answer = run(&logged.publication, anyone(), request).await.unwrap();
                let path = path_of(&answer.path);
                tlog::check_consistency(&path, root_of(first), root_of(second)).unwrap();
            }
        }
        let newest = GetConsistencyProofRequest { second_size: 0, ..between(&heads[0], &heads[1]) };
        let answer = run(&logged.publication, anyone(), newest).await.unwrap();
        assert_eq!(answer.head.as_ref(), heads.last());
        for (request, code) in [
            (between(&heads[1], &heads[0]), Code::InvalidArgument),
            (GetConsistencyProofRequest::default(), Code::InvalidArgument),
            (
                GetConsistencyProofRequest { first_size: 2, ..between(&heads[0], &heads[1]) },
                Code::NotFound,
            ),
        ] {
            let refused = run(&logged.publication, anyone(), request).await.unwrap_err();
            assert_eq!(Status::from(refused).code(), code);
        }
    }

    #[tokio::test]
    async fn i22_after_another_history_came_back_the_break_is_said_and_what_is_left_is_proved() {
        let logged = Logged::new().await;
        for _ in 0..3 {
            logged.rate(2).await;
            logged.sign().await;
        }
        // Of six, the last three are lost; others come in their place.
        logged.forget(3).await;
        logged.rate(4).await;
        logged.sign().await;
        let heads = all(&logged).await;
        let [two, four, six, new] = heads.as_slice() else { panic!("{heads:?}") };
        assert_eq!((new.epoch, new.size), (1, 7));
        let answer = run(&logged.publication, anyone(), between(two, new)).await.unwrap();
        tlog::check_consistency(&path_of(&answer.path), root_of(two), root_of(new)).unwrap();
        for lost in [four, six] {
            let refused = run(&logged.publication, anyone(), between(lost, new)).await;
            let status = Status::from(refused.unwrap_err());
            assert_eq!(status.code(), Code::FailedPrecondition);
            let info = status.get_error_details().error_info().cloned().unwrap();
            assert_eq!(
                (info.reason.as_str(), info.metadata["kept_size"].as_str()),
                ("LOG_BROKEN", "3")
            );
        }
    }

    #[tokio::test]
    async fn i22_a_second_break_before_a_new_head_is_said_of_what_the_first_one_kept() {
        let logged = Logged::new().await;
        for _ in 0..3 {
            logged.rate(2).await;
            logged.sign().await;
        }
        logged.forget(5).await;
        // Further back, before a head of the new epoch was signed.
        let words = logged.forget(3).await;
        assert!(words.iter().any(|word| word.contains("breaks")), "{words:?}");
        // Of heads that a break left before, no other one is told.
        let words = logged.forget(2).await;
        assert!(!words.iter().any(|word| word.contains("breaks")), "{words:?}");
        logged.rate(4).await;
        logged.sign().await;
        let read = logged.publication.store.read();
        let breaks = heads::breaks(read, None, 9).await.unwrap();
        let breaks: Vec<_> =
            breaks.iter().map(|one| (one.epoch, one.kept_size, one.head_size)).collect();
        assert_eq!(breaks, [(2, 3, 4), (1, 5, 6)]);
        let heads = all(&logged).await;
        let [two, four, six, new] = heads.as_slice() else { panic!("{heads:?}") };
        assert_eq!((new.epoch, new.size), (2, 6));
        run(&logged.publication, anyone(), between(two, new)).await.unwrap();
        for (lost, kept) in [(four, "3"), (six, "5")] {
            let refused = run(&logged.publication, anyone(), between(lost, new)).await;
            let status = Status::from(refused.unwrap_err());
            assert_eq!(status.code(), Code::FailedPrecondition);
            let info = status.get_error_details().error_info().cloned().unwrap();
            assert_eq!(info.metadata["kept_size"], kept);
        }
    }
}
