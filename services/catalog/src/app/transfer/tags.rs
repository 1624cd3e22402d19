//! A tag list as rows, and rows as the published document of a tag list.

use domain::{level::Level, tags::TagList};
use serde::Serialize;

use super::rows::TagRow;

/// The content of a list's document, in the form that `domain::tags` reads.
#[derive(Serialize)]
struct Document<'a> {
    version: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    inherits: &'a str,
    source: &'static str,
    tag: Vec<Tag<'a>>,
    retired: Vec<RetiredCodes<'a>>,
}

#[derive(Serialize)]
struct Tag<'a> {
    code: &'a str,
    level: Level,
    text: &'a str,
    core: bool,
}

#[derive(Serialize)]
struct RetiredCodes<'a> {
    level: Level,
    codes: Vec<&'a str>,
}

/// The document of a list.
///
/// # Errors
/// The row, its column and what is wrong: rows of two lists, or none at all.
pub(super) fn document_of(
    rows: &[(u64, TagRow)],
) -> Result<String, (u64, &'static str, &'static str)> {
    let Some((_, first)) = rows.first() else {
        return Err((0, "", "the file has no rows"));
    };
    let mut document = Document {
        version: &first.list_version,
        inherits: &first.inherits,
        source: "导入",
        tag: Vec::new(),
        retired: Vec::new(),
    };
    for (row, tag) in rows {
        if tag.list_version != first.list_version {
            return Err((*row, "list_version", "is another than in the first row"));
        }
        if tag.inherits != first.inherits {
            return Err((*row, "inherits", "is another than in the first row"));
        }
        let TagRow { code, level, text, core, .. } = tag;
        if tag.retired {
            document.retired.push(RetiredCodes { level: *level, codes: vec![code] });
        } else {
            document.tag.push(Tag { code, level: *level, text, core: *core });
        }
    }
    toml::to_string(&document).map_err(|_| (0, "", "cannot be written as a list"))
}

/// Whether a list has the same content as a file's rows.
pub(super) fn same_rows(list: &TagList, rows: &[(u64, TagRow)]) -> bool {
    let known = rows_of(list);
    known.len() == rows.len() && rows.iter().all(|(_, row)| known.contains(row))
}

/// A list as rows, with the content of all its layers: it inherits nothing.
pub(crate) fn rows_of(list: &TagList) -> Vec<TagRow> {
    let row = |code: &str, level| TagRow {
        list_version: list.version.clone(),
        inherits: String::new(),
        code: code.to_owned(),
        level,
        text: String::new(),
        core: false,
        retired: false,
    };
    let active = list.tags.iter().map(|tag| TagRow {
        text: tag.text.clone(),
        core: tag.core,
        ..row(&tag.code, tag.level)
    });
    let retired =
        list.retired.iter().map(|tag| TagRow { retired: true, ..row(&tag.code, tag.level) });
    active.chain(retired).collect()
}
