//! Base items (基本目录): the part of an item that is the same at every level (三级四同, C01). Name, code,
//! type and legal basis of an implementation item come from here and stand nowhere else.

use jiff::Timestamp;

use crate::{
    codes::BaseCode,
    item::{Content, ItemState, ItemType, MAX_NAME_CHARS, check_list, filled},
    violation::{Violations, plain_text},
};

/// A base item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseItem {
    /// Base code (基本编码), 12 digits.
    pub code: String,
    /// Version, from 1.
    pub version: u32,
    /// Its state.
    pub state: ItemState,
    /// When this version was published.
    pub published_at: Timestamp,
    /// The change that published it; none if a file did.
    pub change_id: Option<String>,
    /// Its content.
    pub content: BaseContent,
}

/// The content of a base item; a change of it makes a new version of it and of every
/// implementation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseContent {
    /// Name.
    pub name: String,
    /// Type.
    pub item_type: ItemType,
    /// The laws that are its basis.
    pub legal_basis: Vec<String>,
}

impl BaseItem {
    /// Everything about the base item that may not be published.
    #[must_use]
    pub fn violations(&self) -> Violations {
        let mut wrong = Violations::default();
        if let Some(code) = wrong.take("base_code", BaseCode::parse(&self.code)) {
            let same = code.item_type() == self.content.item_type.code();
            wrong.require(same, "type", "is not the type that the code names");
        }
        wrong.require(!self.content.name.trim().is_empty(), "name", "is empty");
        wrong.take("name", plain_text(&self.content.name, MAX_NAME_CHARS));
        wrong.require(filled(&self.content.legal_basis), "legal_basis", "is missing");
        check_list(&mut wrong, "legal_basis", &self.content.legal_basis);
        wrong
    }
}

impl BaseContent {
    /// The fields in which an implementation item differs from its base item. Empty fields do not
    /// differ: they are filled from the base item.
    #[must_use]
    pub fn divergence(
        &self,
        name: &str,
        item_type: Option<ItemType>,
        legal_basis: &[String],
    ) -> Violations {
        let mut wrong = Violations::default();
        if !name.is_empty() && name != self.name {
            wrong.add("name", format!("is not the base item's, which is {}", self.name));
        }
        let same = item_type.is_none_or(|item_type| item_type == self.item_type);
        wrong.require(same, "type", "is not the base item's");
        let same = legal_basis.is_empty() || legal_basis == self.legal_basis;
        wrong.require(same, "legal_basis", "is not the base item's");
        wrong
    }
}

impl Content {
    /// Fills in the fields of the base item.
    pub fn inherit(&mut self, base: &BaseContent) {
        self.name.clone_from(&base.name);
        self.item_type = base.item_type;
        self.legal_basis.clone_from(&base.legal_basis);
    }
}
