//! Compares the item names of a connected system with the catalogue (C09).

use domain::{
    codes::ItemCode,
    item::{Item, ItemState},
    violation::{MAX_IDENTIFIER_CHARS, Violations},
};
use platform::auth::Colleague;
use proto::catalog::v1::{
    CheckItemNamesRequest, CheckItemNamesResponse, NameMismatch, NamedItem, name_mismatch::Kind,
};

use crate::{Catalog, error::Error, store};

/// The most items of one call.
const MAX_ITEMS: usize = 1_000;
/// How many are looked up at once.
const BATCH: usize = 200;

pub(crate) async fn run(
    catalog: &Catalog,
    _: Colleague,
    request: CheckItemNamesRequest,
) -> Result<CheckItemNamesResponse, Error> {
    let mut wrong = Violations::default();
    wrong.require(request.items.len() <= MAX_ITEMS, "items", "are more than 1,000");
    wrong.finish(())?;
    let mut mismatches = Vec::new();
    for batch in request.items.chunks(BATCH) {
        // What is longer than any code is not looked for.
        let short = |item: &&NamedItem| item.code.len() <= MAX_IDENTIFIER_CHARS;
        let codes = batch.iter().filter(short).map(|item| item.code.as_str());
        let known = store::currents(catalog.store.read(), codes).await?;
        mismatches.extend(batch.iter().filter_map(|item| mismatch(item, known.get(&item.code))));
    }
    Ok(CheckItemNamesResponse { mismatches })
}

fn mismatch(named: &NamedItem, known: Option<&Item>) -> Option<NameMismatch> {
    let content = known.map(|item| &item.content);
    // A handling item goes by its own name, or by its item's.
    let own_name = content.and_then(|content| content.handling_item.as_deref());
    let same = content.is_some_and(|c| c.name == named.name) || own_name == Some(&named.name);
    let kind = match known {
        None if ItemCode::parse(&named.code).is_err() => Kind::MalformedCode,
        None => Kind::UnknownCode,
        Some(item) if item.state == ItemState::Cancelled => Kind::Cancelled,
        Some(_) if same => return None,
        Some(_) => Kind::OtherName,
    };
    Some(NameMismatch {
        item: Some(named.clone()),
        kind: kind.into(),
        catalog_name: content.map(|content| content.name.clone()).unwrap_or_default(),
    })
}
