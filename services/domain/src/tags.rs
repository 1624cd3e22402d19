//! Reason tags (评价标签, C08): one versioned list, each tag of one level.

use serde::Deserialize;

use crate::{
    level::Level,
    source::{Source, SourceError},
};

/// A version of the tag list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagList {
    /// Version, for example `national-2020-05`.
    pub version: String,
    /// The tags, in the list's order.
    pub tags: Vec<Tag>,
}

/// One tag.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tag {
    /// Code.
    pub code: String,
    /// The level it gives a reason for.
    pub level: Level,
    /// Text.
    pub text: String,
    /// Core rather than extension.
    pub core: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TagFile {
    version: String,
    #[expect(dead_code, reason = "read by people in the file")]
    source: String,
    tag: Vec<toml::Spanned<Tag>>,
}

impl TagList {
    /// Reads a list.
    ///
    /// # Errors
    /// The first thing wrong, with file and line; a code given twice is.
    pub fn parse(source: Source<'_>) -> Result<Self, SourceError> {
        let file: TagFile = source.parse()?;
        let mut tags: Vec<Tag> = Vec::new();
        for tag in file.tag {
            let at = tag.span().start;
            let tag = tag.into_inner();
            if tags.iter().any(|known| known.code == tag.code) {
                return Err(source.error(at, format!("the tag {} is given twice", tag.code)));
            }
            tags.push(tag);
        }
        Ok(Self { version: file.version, tags })
    }

    /// The tags of a level.
    pub fn of(&self, level: Level) -> impl Iterator<Item = &Tag> {
        self.tags.iter().filter(move |tag| tag.level == level)
    }
}
