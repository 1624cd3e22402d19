//! Lists the breaks of the log, the newest first.

use domain::violation::Violations;
use platform::{auth::Anyone, page::Page};
use proto::publication::v1::{ListLogBreaksRequest, ListLogBreaksResponse};

use crate::{
    convert::transparency::break_to_wire, error::Error, state::Publication,
    store::transparency::heads,
};

pub(crate) async fn run(
    publication: &Publication,
    _: Anyone,
    request: ListLogBreaksRequest,
) -> Result<ListLogBreaksResponse, Error> {
    let mut wrong = Violations::default();
    let page = Page::read(&mut wrong, "ListLogBreaks", request.page_size, &request.page_token);
    wrong.finish(())?;
    let read = publication.store.read();
    let mut rows = heads::breaks(read, page.after, page.read_size()).await?;
    let next_page_token = page.cut(&mut rows, |row| row.epoch);
    Ok(ListLogBreaksResponse { breaks: rows.iter().map(break_to_wire).collect(), next_page_token })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rpc::{testing::anyone, transparency::testing::Logged};

    #[tokio::test]
    async fn i22_a_head_that_the_log_has_left_is_admitted_and_a_leaf_nobody_signed_is_no_break() {
        let logged = Logged::new().await;
        logged.rate(4).await;
        logged.sign().await;
        logged.rate(2).await;
        let list = async |page_token: &str| {
            let page_token = page_token.to_owned();
            let request = ListLogBreaksRequest { page_size: 1, page_token };
            run(&logged.publication, anyone(), request).await.unwrap()
        };
        let words = logged.forget(4).await;
        assert!(!words.iter().any(|word| word.contains("breaks")), "{words:?}");
        assert!(list("").await.breaks.is_empty(), "no signed head had the two");
        let words = logged.forget(3).await;
        assert!(words.iter().any(|word| word.contains("the public log breaks")), "{words:?}");
        let page = list("").await;
        let [broken] = page.breaks.as_slice() else { panic!("{page:?}") };
        assert_eq!((broken.epoch, broken.kept_size, broken.head_size), (1, 3, 4));
        logged.rate(2).await;
        logged.sign().await;
        logged.forget(0).await;
        let page = list("").await;
        assert_eq!((page.breaks[0].epoch, page.breaks[0].kept_size), (2, 0));
        assert_eq!(list(&page.next_page_token).await.breaks[0].epoch, 1);
    }
}
