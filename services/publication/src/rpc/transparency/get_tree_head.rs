//! Gets the newest signed head.

use platform::auth::Anyone;
use proto::publication::v1::{GetTreeHeadRequest, GetTreeHeadResponse};

use crate::{
    app::transparency::with_cosignatures,
    convert::transparency::head_to_wire,
    error::{Error, transparency::TransparencyError},
    state::Publication,
    store::transparency::{self, heads},
};

pub(crate) async fn run(
    publication: &Publication,
    _: Anyone,
    _: GetTreeHeadRequest,
) -> Result<GetTreeHeadResponse, Error> {
    let read = publication.store.read();
    let tree = transparency::tree(read).await?;
    // After a break the heads before it are not the newest any more, even before the next is signed.
    let head = heads::newest_of(read, tree.epoch).await?;
    let head = with_cosignatures(read, head.ok_or(TransparencyError::NotSignedYet)?).await?;
    let key = publication.log.as_ref().map(|key| key.verifier_key());
    Ok(GetTreeHeadResponse {
        head: Some(head_to_wire(&head)),
        verifier_key: key.unwrap_or_default(),
        breaks: tree.epoch.unsigned_abs(),
    })
}

#[cfg(test)]
mod tests {
    use tonic::{Code, Status};

    use super::*;
    use crate::rpc::{
        testing::anyone,
        transparency::testing::{Logged, NAME},
    };

    #[tokio::test]
    async fn i22_a_head_is_signed_once_the_log_has_grown_and_anyone_can_check_it() {
        let logged = Logged::new().await;
        let get = || run(&logged.publication, anyone(), GetTreeHeadRequest {});
        logged.sign().await;
        let told = Status::from(get().await.unwrap_err());
        assert_eq!(told.code(), Code::Unavailable, "nothing to sign");
        logged.rate(3).await;
        logged.sign().await;
        let first = get().await.unwrap();
        let head = first.head.clone().unwrap();
        let (opened, _) = logged.verifier.open(&head.note).unwrap();
        assert_eq!((opened.name.as_str(), opened.epoch, opened.size), (NAME, 0, 3));
        assert_eq!(opened.root.to_vec(), head.root);
        assert_eq!((first.breaks, head.cosignatures), (0, 0));
        assert!(first.verifier_key.starts_with(&format!("{NAME}+")));
        logged.sign().await;
        assert_eq!(get().await.unwrap(), first, "the log has not grown");
        logged.rate(1).await;
        logged.sign().await;
        assert_eq!(get().await.unwrap().head.unwrap().size, 4);
    }
}
