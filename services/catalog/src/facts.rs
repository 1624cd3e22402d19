//! The facts this service tells. It follows nobody's.

use domain::item::Item;
use platform::convert::item::to_wire_item;
use prost::Message as _;
use proto::fact::v1::{ItemPublished, fact::Body};

/// An item's version was published.
pub(crate) fn item_published(item: &Item) -> Body {
    Body::ItemPublished(ItemPublished {
        item_code: item.code.clone(),
        version: item.version,
        item: to_wire_item(item).encode_to_vec(),
    })
}
