//! Reason tags (评价标签, C08): versioned lists, each tag of one level, in layers: nation, line,
//! locality. A lower layer adds its own tags, changes the words of an extension tag, or stops using
//! it. A core tag (核心指标) is the same everywhere, in the nation's words.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::{
    level::Level,
    source::{Source, SourceError},
    violation::Violations,
};

/// A version of the tag list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagList {
    /// Version, for example `national-2020-05`.
    pub version: String,
    /// The tags in use, in the list's order.
    pub tags: Vec<Tag>,
    /// The tags no longer in use, for the list's earlier ratings.
    pub retired: Vec<RetiredTag>,
    clauses: BTreeMap<Level, String>,
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

/// A tag no longer in use. Its text is in the list that had it in use, if that list is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetiredTag {
    /// Code.
    pub code: String,
    /// The level it gave a reason for.
    pub level: Level,
}

/// One layer as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TagFile {
    version: String,
    /// The version of the layer above; the nation has none.
    inherits: Option<Spanned<String>>,
    #[expect(dead_code, reason = "read by people in the file")]
    source: String,
    #[serde(default)]
    list: Vec<ListClause>,
    #[serde(default)]
    tag: Vec<Spanned<Tag>>,
    #[serde(default)]
    wording: Vec<Spanned<Wording>>,
    #[serde(default)]
    retired: Vec<RetiredCodes>,
}

/// Where the list of a level is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListClause {
    level: Level,
    clause: String,
}

/// A layer's words for an extension tag of a layer above.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wording {
    code: String,
    text: String,
}

/// Codes of a level that are no longer in use: in the first layer those of earlier lists, in a
/// lower one extension tags of the layers above.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RetiredCodes {
    level: Level,
    codes: Vec<Spanned<String>>,
}

impl TagList {
    /// Reads a list from its layers, the nation's first; the last one's version is the list's.
    ///
    /// # Errors
    /// The first thing wrong, with file and line: a layer that does not inherit the one before it,
    /// a code given twice, an empty text, a wording or retirement of a core tag or of one that the
    /// layers above do not have.
    pub fn parse(layers: &[Source<'_>]) -> Result<Self, SourceError> {
        let mut list = Self {
            version: String::new(),
            tags: Vec::new(),
            retired: Vec::new(),
            clauses: BTreeMap::new(),
        };
        for (n, source) in layers.iter().enumerate() {
            list.add(*source, n == 0)?;
        }
        Ok(list)
    }

    /// Lays one more layer over the list.
    fn add(&mut self, source: Source<'_>, first: bool) -> Result<(), SourceError> {
        let file: TagFile = source.parse()?;
        let above = file.inherits.as_ref().map(|version| version.get_ref().as_str());
        if above != (!first).then_some(self.version.as_str()) {
            let at = file.inherits.as_ref().map_or(0, |version| version.span().start);
            let why = match first {
                true => "the first layer inherits nothing".to_owned(),
                false => format!("the layer does not inherit \"{}\", the one above", self.version),
            };
            return Err(source.error(at, why));
        }
        for wording in file.wording {
            let at = wording.span().start;
            let Wording { code, text } = wording.into_inner();
            filled(&text).map_err(|why| source.error(at, why))?;
            let tag = self.extension(&code).map_err(|why| source.error(at, why))?;
            self.tags[tag].text = text;
        }
        for RetiredCodes { level, codes } in file.retired {
            for code in codes {
                let (at, code) = (code.span().start, code.into_inner());
                if first {
                    self.unused(&code).map_err(|why| source.error(at, why))?;
                } else {
                    let tag = self.extension(&code).map_err(|why| source.error(at, why))?;
                    if self.tags[tag].level != level {
                        let why = format!("the tag {code} is of another level");
                        return Err(source.error(at, why));
                    }
                    self.tags.remove(tag);
                }
                self.retired.push(RetiredTag { code, level });
            }
        }
        for tag in file.tag {
            let at = tag.span().start;
            let tag = tag.into_inner();
            filled(&tag.text).map_err(|why| source.error(at, why))?;
            self.unused(&tag.code).map_err(|why| source.error(at, why))?;
            self.tags.push(tag);
        }
        self.clauses.extend(file.list.into_iter().map(|list| (list.level, list.clause)));
        self.version = file.version;
        Ok(())
    }

    /// The place in the list of an extension tag in use.
    fn extension(&self, code: &str) -> Result<usize, String> {
        match self.tags.iter().position(|tag| tag.code == code) {
            None => Err(format!("the layers above have no tag {code} in use")),
            Some(at) if self.tags[at].core => {
                Err(format!("the tag {code} is a core tag, it stays as it is"))
            }
            Some(at) => Ok(at),
        }
    }

    /// Whether a code is free for a tag.
    fn unused(&self, code: &str) -> Result<(), String> {
        if self.tags.iter().any(|known| known.code == code) {
            return Err(format!("the tag {code} is given twice"));
        }
        match self.is_retired(code) {
            true => Err(format!("the tag {code} is retired, its code cannot be used again")),
            false => Ok(()),
        }
    }

    fn is_retired(&self, code: &str) -> bool {
        self.retired.iter().any(|known| known.code == code)
    }

    /// The tags of a level that are in use.
    pub fn of(&self, level: Level) -> impl Iterator<Item = &Tag> {
        self.tags.iter().filter(move |tag| tag.level == level)
    }

    /// The source of a level's list, document and clause, if a layer states it.
    #[must_use]
    pub fn clause(&self, level: Level) -> Option<&str> {
        self.clauses.get(&level).map(String::as_str)
    }

    /// Checks the tags that give the reasons for a level.
    ///
    /// # Errors
    /// Every code that is unknown, retired, of another level or given twice, as `tag_codes[n]`.
    pub fn check(&self, level: Level, codes: &[String]) -> Result<(), Violations> {
        let mut wrong = Violations::default();
        for (n, code) in codes.iter().enumerate() {
            let at = format!("tag_codes[{n}]");
            match self.tags.iter().find(|tag| tag.code == *code) {
                None if self.is_retired(code) => wrong.add(at, "is a retired tag"),
                None => wrong.add(at, "is no tag of the list"),
                Some(tag) if tag.level != level => wrong.add(at, "is a tag of another level"),
                Some(_) if codes[..n].contains(code) => wrong.add(at, "is given twice"),
                Some(_) => {}
            }
        }
        wrong.finish(())
    }
}

fn filled(text: &str) -> Result<(), &'static str> {
    if text.trim().is_empty() { Err("the tag's text is empty") } else { Ok(()) }
}
