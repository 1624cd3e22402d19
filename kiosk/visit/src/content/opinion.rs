//! What a rater says beyond the level, and what they are told of what becomes of it.

use domain::item::QuestionKind;

/// Why a rating is what it is, as far as its rater said so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reasons {
    /// The tags chosen from the level's list.
    pub tag_codes: Vec<String>,
    /// The rater's own words; empty if there are none.
    pub words: String,
}

impl Reasons {
    /// Whether nothing was said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tag_codes.is_empty() && self.words.trim().is_empty()
    }
}

impl From<Vec<String>> for Reasons {
    /// Tags alone.
    fn from(tag_codes: Vec<String>) -> Self {
        Self { tag_codes, words: String::new() }
    }
}

/// A question of the item's questionnaire (评价问询表单), always voluntary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Identity within the questionnaire.
    pub id: String,
    /// The question.
    pub text: String,
    /// The kind of answer.
    pub kind: QuestionKind,
}

/// Until when a negative rating is answered (反馈时限).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Feedback {
    /// Where the matter is clear.
    pub clear: Option<Due>,
    /// Where it is complex.
    pub complex: Option<Due>,
}

/// A last day, and how it was counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The last day, ISO 8601.
    pub on: String,
    /// Whether it may still move (暂定).
    pub provisional: bool,
    /// How many days there are; none: by the end of the same day.
    pub days: u32,
    /// Whether only working days count.
    pub working: bool,
    /// The document's clause that asks for it.
    pub clause: String,
    /// Every day from the rating to the last one, in order.
    pub counted: Vec<DayCounted>,
}

/// One day of a count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayCounted {
    /// The day, ISO 8601.
    pub date: String,
    /// Its number in the count; none if it does not count.
    pub number: Option<u32>,
    /// Why, in Chinese.
    pub reason: String,
}

/// The ticket that a negative rating opened (差评工单), as far as its rater is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ticket {
    /// Who handles it; empty if not known by name.
    pub agency_name: String,
    /// The last day of the next step, ISO 8601; empty if nothing is due.
    pub next_due_on: String,
}

/// What becomes of a negative rating, as far as it is known by now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answering {
    /// Until when it is answered.
    pub feedback: Option<Feedback>,
    /// Its ticket, once it is open.
    pub ticket: Option<Ticket>,
}
