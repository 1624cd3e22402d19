//! Changes of items and base items.

use domain::{
    base_item::BaseItem,
    codes::{BaseCode, ItemCode},
    deadline::day_of,
    item::{Item, ItemState},
    violation::Violations,
};
use platform::{
    auth::Officer,
    convert::item::{base_item, item},
};
use proto::catalog::v1::ItemType as WireType;

use super::subject::{ReadSubject, Subject, below};
use crate::{
    app::catalog::publish::{Publishing, complete, says_the_same},
    error::{ChangeError, Error},
    store,
};

pub(super) fn read_base(wire: proto::catalog::v1::BaseItem, wrong: &mut Violations) -> ReadSubject {
    let wire = proto::catalog::v1::BaseItem { published_at: Some(Default::default()), ..wire };
    let base = wrong.take("change.base_item.type", base_item(wire))?;
    let base = BaseItem { state: ItemState::Published, ..base };
    below("change.base_item", base.violations(), wrong);
    let region = region_of_base(&base.code)?;
    Some((Subject::Base(base), region, None))
}

/// The region of a base item: the nation, or a province.
pub(crate) fn region_of_base(code: &str) -> Option<String> {
    BaseCode::parse(code).ok().map(|code| format!("{}0000", code.region()))
}

pub(super) async fn read_item(
    publishing: &Publishing<'_>,
    officer: &Officer,
    wire: proto::catalog::v1::Item,
    wrong: &mut Violations,
) -> Result<ReadSubject, Error> {
    let (mut base, mut known) = (None, None);
    if let Ok(code) = ItemCode::parse(&wire.code) {
        base = store::catalog::bases(publishing.txn, Some(vec![code.base.as_str()]), "", 1)
            .await?
            .pop();
        known = store::catalog::currents(publishing.txn, [wire.code.as_str()])
            .await?
            .remove(&wire.code);
    }
    if known.as_ref().is_some_and(|known| !owns(officer, known)) {
        return Err(ChangeError::NotFound.into());
    }
    // Fields of the base item stay empty here, or agree with it.
    if let Some(base) = &base {
        let own_type = platform::convert::item::item_type(wire.r#type).ok();
        let diverging = base.content.divergence(&wire.name, own_type, &wire.legal_basis);
        below("change.item", diverging, wrong);
    }
    let mut wire = wire;
    // Without a base item, that is the violation, not the type it would have given.
    wire.r#type = base.as_ref().map_or(WireType::OtherPower.into(), to_type);
    wire.published_at = Some(Default::default());
    wire.causes = Vec::new();
    let Some(mut item) = wrong.take("change.item", item(wire)) else { return Ok(None) };
    item.state = ItemState::Published;
    let content = &item.content;
    let named = [Some(&content.agency_id), content.line_id.as_ref(), Some(&item.region_code)];
    let participants = content.participants.iter().map(|part| &part.agency_id);
    let named = named.into_iter().flatten().chain(participants).map(String::as_str);
    let organization = store::organization::units_of(publishing.txn, named).await?;
    let violations = complete(&mut item, base.as_ref(), &organization, day_of(publishing.at));
    below("change.item", violations, wrong);
    if let Some(known) = known {
        wrong.require(!says_the_same(&known, &item), "change.item", "says nothing new");
        // A draft on an older version would undo later changes, except those that came with the
        // base item.
        if item.version > 0 && item.version != known.version {
            let drafted_on =
                store::catalog::item(publishing.txn, &item.code, Some(item.version)).await?;
            let mut drafted_on = drafted_on.unwrap_or_else(|| item.clone());
            drafted_on.content.name.clone_from(&known.content.name);
            drafted_on.content.item_type = known.content.item_type;
            drafted_on.content.legal_basis.clone_from(&known.content.legal_basis);
            let why =
                format!("was drafted on another version than {}, the current one", known.version);
            if !says_the_same(&drafted_on, &known) {
                wrong.add("change.item.version", why);
            }
        }
    }
    let (region, agency) = (item.region_code.clone(), item.content.agency_id.clone());
    Ok(Some((Subject::Item(Box::new(item)), region, Some(agency))))
}

/// Whether an item belongs to an officer: to their region, and to their agency if they act for one.
/// To move an item, an officer must have both places.
pub(crate) fn owns(officer: &Officer, item: &Item) -> bool {
    officer.reaches(&item.region_code)
        && officer.agency().is_none_or(|agency| item.content.agency_id == agency)
}

fn to_type(base: &BaseItem) -> i32 {
    platform::convert::item::to_wire_base_item(base).r#type
}

pub(super) async fn read_cancellation(
    publishing: &Publishing<'_>,
    code: &str,
    wrong: &mut Violations,
) -> Result<ReadSubject, Error> {
    let unknown = "is no item in force";
    if let Ok(base) = BaseCode::parse(code) {
        let known = store::catalog::bases(publishing.txn, Some(vec![base.as_str()]), "", 1).await?;
        let in_force = known.first().is_some_and(|base| base.state == ItemState::Published);
        wrong.require(in_force, "change.cancellation.code", unknown);
        let region = region_of_base(code);
        return Ok(region.map(|region| (Subject::Cancellation(code.to_owned()), region, None)));
    }
    if wrong.take("change.cancellation.code", ItemCode::parse(code)).is_none() {
        return Ok(None);
    }
    let known = store::catalog::currents(publishing.txn, [code]).await?;
    let item = known.get(code).filter(|item| item.state == ItemState::Published);
    wrong.require(item.is_some(), "change.cancellation.code", unknown);
    Ok(item.map(|item| {
        let (region, agency) = (item.region_code.clone(), item.content.agency_id.clone());
        (Subject::Cancellation(code.to_owned()), region, Some(agency))
    }))
}
