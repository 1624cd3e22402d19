//! Lists the item versions that a ticket, problem or survey led to (C14).

use domain::violation::{Violations, identifier};
use platform::{auth::Anyone, convert::item::cause, page::Page};
use proto::catalog::v1::{ItemVersion, ListEffectsRequest, ListEffectsResponse};

use crate::{error::Error, state::Catalog, store};

pub(crate) async fn run(
    catalog: &Catalog,
    _: Anyone,
    request: ListEffectsRequest,
) -> Result<ListEffectsResponse, Error> {
    let mut wrong = Violations::default();
    let asked = request.cause.unwrap_or_default();
    let cause = wrong.take("cause.kind", cause(&asked));
    wrong.require(!asked.id.is_empty(), "cause.id", "is missing");
    wrong.take("cause.id", identifier(&asked.id));
    let page = wrong.take("page_token", Page::parse(request.page_size, &request.page_token));
    let after = page.as_ref().and_then(|page| page.after.as_deref());
    let after = after.map(|key| sort_key(key).ok_or("is no page token of this service"));
    let after = after.and_then(|after| wrong.take("page_token", after));
    let (Some(cause), Some(page)) = wrong.finish((cause, page))? else {
        return Err(Violations::default().into());
    };
    let mut rows = store::catalog::effects(&catalog.store, &cause, after, page.read_size()).await?;
    let next_page_token =
        page.cut(&mut rows, |row| format!("{} {} {}", row.published_at, row.code, row.version));
    let versions = rows
        .into_iter()
        .map(|row| ItemVersion { code: row.code, version: row.version.unsigned_abs() });
    Ok(ListEffectsResponse { versions: versions.collect(), next_page_token })
}

fn sort_key(key: &str) -> Option<(i64, String, i32)> {
    let mut parts = key.split(' ');
    let (at, code, version) = (parts.next()?, parts.next()?, parts.next()?);
    Some((at.parse().ok()?, code.to_owned(), version.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use platform::testing::nobody;
    use proto::catalog::v1::{Cause, CauseKind, change::Subject};
    use tonic::{Code, Status};

    use super::*;
    use crate::{
        jobs::load_region::tests::{FIRST_ITEM, loaded},
        rpc::testing::{FIRST_BASE, REGION, at, change, editable, item, item_change, publish},
    };

    const OTHER: &str = "11652301PY6523035C4000114901000";

    fn told(kind: CauseKind, id: &str) -> Cause {
        Cause { kind: kind.into(), id: id.to_owned() }
    }

    async fn effects(catalog: &Catalog, cause: &Cause, page_size: u32) -> Vec<(String, u32)> {
        let mut request =
            ListEffectsRequest { cause: Some(cause.clone()), page_size, page_token: String::new() };
        let mut all = Vec::new();
        loop {
            let page = run(catalog, nobody(), request.clone()).await.unwrap();
            assert!(page.versions.len() <= page_size as usize);
            all.extend(page.versions.into_iter().map(|version| (version.code, version.version)));
            if page.next_page_token.is_empty() {
                return all;
            }
            request.page_token = page.next_page_token;
        }
    }

    #[tokio::test]
    async fn c14_a_version_names_its_causes_and_they_name_it() {
        let (catalog, _place) = loaded().await;
        let (ticket, survey) = (told(CauseKind::Ticket, "同号"), told(CauseKind::Survey, "同号"));
        let mut expected = Vec::new();
        for (day, code) in [(3, FIRST_ITEM), (4, OTHER), (4, FIRST_ITEM)] {
            at(&catalog, &format!("2026-03-0{day}T01:00:00Z"));
            let mut edited = editable(&catalog, code).await;
            edited.guide.as_mut().unwrap().fee_standard = format!("{day}元");
            let mut change = item_change(edited);
            change.causes = vec![ticket.clone()];
            let published = publish(&catalog, REGION, change).await.unwrap();
            let item = item(&catalog, code).await.unwrap();
            assert_eq!(item.causes, std::slice::from_ref(&ticket));
            assert_eq!(item.change_id, published.change_id);
            expected.push((code.to_owned(), item.version));
        }
        // The newest first; those of one instant by code.
        let (first, other, second) = (&expected[0], &expected[1], &expected[2]);
        let mut newest = [other.clone(), second.clone()];
        newest.sort();
        let all = [newest.to_vec(), vec![first.clone()]].concat();
        for page_size in 1..=4 {
            assert_eq!(effects(&catalog, &ticket, page_size).await, all, "{page_size}");
        }
        assert_eq!(effects(&catalog, &survey, 4).await, [], "another kind of the same number");
    }

    #[tokio::test]
    async fn c14_a_base_items_causes_reach_every_implementation_and_a_cause_counts_once() {
        let (catalog, _place) = loaded().await;
        let base =
            store::catalog::base_item(&catalog.store, FIRST_BASE, None).await.unwrap().unwrap();
        let mut base = platform::convert::item::to_wire_base_item(&base);
        base.name = "新名称（示例）".to_owned();
        let mut change = change(Subject::BaseItem(base));
        let problem = told(CauseKind::Problem, "P-1");
        change.causes = vec![problem.clone(), told(CauseKind::Survey, "S-1"), problem.clone()];
        publish(&catalog, "000000", change).await.unwrap();
        assert_eq!(effects(&catalog, &problem, 50).await, [(FIRST_ITEM.to_owned(), 2)]);
        assert_eq!(item(&catalog, FIRST_ITEM).await.unwrap().causes.len(), 2);
    }

    #[tokio::test]
    async fn a_cause_of_no_kind_and_a_foreign_page_token_are_refused() {
        let (catalog, _place) = loaded().await;
        let foreign = Page { size: 1, after: None }.cut(&mut vec![(); 2], |()| "x".to_owned());
        for (cause, page_token) in [
            (None, ""),
            (Some(told(CauseKind::Unspecified, "1")), ""),
            (Some(told(CauseKind::Ticket, "")), ""),
            (Some(told(CauseKind::Ticket, "1")), "%"),
            (Some(told(CauseKind::Ticket, "1")), foreign.as_str()),
        ] {
            let page_token = page_token.to_owned();
            let request = ListEffectsRequest { cause, page_size: 0, page_token };
            let refused = Status::from(run(&catalog, nobody(), request).await.unwrap_err());
            assert_eq!(refused.code(), Code::InvalidArgument);
        }
    }
}
