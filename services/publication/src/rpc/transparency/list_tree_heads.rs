//! Lists every signed head, the newest first.

use domain::violation::Violations;
use platform::{auth::Anyone, page::Page};
use proto::publication::v1::{ListTreeHeadsRequest, ListTreeHeadsResponse};

use crate::{
    convert::transparency::head_to_wire, error::Error, state::Publication,
    store::transparency::heads,
};

pub(crate) async fn run(
    publication: &Publication,
    _: Anyone,
    request: ListTreeHeadsRequest,
) -> Result<ListTreeHeadsResponse, Error> {
    let mut wrong = Violations::default();
    let page = Page::read(&mut wrong, "ListTreeHeads", request.page_size, &request.page_token);
    wrong.finish(())?;
    let read = publication.store.read();
    let mut rows = heads::page(read, page.after, page.read_size()).await?;
    let next_page_token = page.cut(&mut rows, |row| (row.epoch, row.size));
    let heads = heads::cosigned(read, rows).await?;
    Ok(ListTreeHeadsResponse { heads: heads.iter().map(head_to_wire).collect(), next_page_token })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rpc::{testing::anyone, transparency::testing::Logged};

    #[tokio::test]
    async fn i22_every_head_is_listed_for_ever_also_those_the_log_has_left() {
        let logged = Logged::new().await;
        for _ in 0..3 {
            logged.rate(2).await;
            logged.sign().await;
        }
        logged.forget(3).await;
        logged.rate(1).await;
        logged.sign().await;
        let (mut listed, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = ListTreeHeadsRequest { page_size: 2, page_token };
            let page = run(&logged.publication, anyone(), request).await.unwrap();
            assert!(page.heads.len() <= 2);
            listed.extend(page.heads.iter().map(|head| (head.epoch, head.size)));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        assert_eq!(listed, [(1, 4), (0, 6), (0, 4), (0, 2)]);
        let request = ListTreeHeadsRequest { page_token: "eA".to_owned(), page_size: 0 };
        assert!(run(&logged.publication, anyone(), request).await.is_err());
    }
}
