//! A bulletin as its forms draw it: text, tables and charts. Everything is plain text here; each form makes it safe
//! in its own way.

/// All that a form shows, from top to bottom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Report {
    /// Whose it is.
    pub(crate) issuer: String,
    /// What it is.
    pub(crate) title: String,
    /// Of which days, which edition, for whom.
    pub(crate) about: String,
    /// What a reader should know first.
    pub(crate) notices: Vec<String>,
    /// The reader's own part.
    pub(crate) own: Option<Section>,
    /// The few sentences that everyone reads.
    pub(crate) summary: String,
    /// The rest.
    pub(crate) sections: Vec<Section>,
    /// How it was counted, and what is not told.
    pub(crate) notes: Vec<String>,
}

/// A section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Section {
    pub(crate) heading: String,
    pub(crate) blocks: Vec<Block>,
}

/// A part of a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Block {
    /// A paragraph.
    Text(String),
    /// A table.
    Table(Table),
    /// Bars one below the other; the longest of `full` or of them is as long as there is room for. The table
    /// below says the same.
    Bars { id: &'static str, title: &'static str, full: u64, bars: Vec<Bar> },
    /// A line of percentages. The table below says the same.
    Line { id: &'static str, title: &'static str, points: Vec<Point> },
}

/// A table; the first cell of each row is its heading. The first `words` columns are text, the others are numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) caption: &'static str,
    pub(crate) words: usize,
    pub(crate) heads: Vec<&'static str>,
    pub(crate) rows: Vec<Vec<String>>,
}

/// A bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bar {
    /// Its name.
    pub(crate) name: String,
    /// Its length, in whole numbers of any unit.
    pub(crate) length: u64,
    /// What is written beside it.
    pub(crate) value: String,
    /// True for what is bad: drawn in the other colour.
    pub(crate) bad: bool,
}

/// A point of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Point {
    /// Its name.
    pub(crate) name: String,
    /// Its value in hundredths of a per cent; none where there is none.
    pub(crate) value: Option<u64>,
}
