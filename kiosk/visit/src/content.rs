//! What screens show and what visitors enter.

pub use domain::item::FormField as Field;
use domain::{level::Level, rating::MAX_TEXT_CHARS};

pub mod opinion;
pub mod receipt;

use opinion::{Question, Reasons};

/// An item in the list and the guide.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemCard {
    /// Implementation code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Accepting unit.
    pub accepting_unit: String,
    /// What it is about (主题): the kind of matter it is for the law.
    pub theme: String,
    /// How it is done.
    pub guide: Guide,
    /// The fields to fill in.
    pub form: Vec<Field>,
    /// When all this was seen last (2026-11-30 10:24), if the services cannot be reached now; empty if they can.
    pub seen_at: String,
}

/// How an item is done (办事指南).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guide {
    /// The limit the agency promises (承诺办结时限).
    pub promised: Option<Limit>,
    /// The limit the law sets (法定办结时限).
    pub statutory: Option<Limit>,
    /// Conditions.
    pub conditions: Vec<String>,
    /// Materials to hand in.
    pub materials: Vec<Material>,
    /// Steps.
    pub procedure: Vec<String>,
    /// How much it costs.
    pub fee: String,
    /// Why it costs that.
    pub fee_basis: String,
}

/// How many days something may take; none: on the spot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// How many.
    pub days: u32,
    /// Whether only working days count.
    pub working: bool,
}

/// One material to hand in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Material {
    /// Name.
    pub name: String,
    /// How many copies.
    pub copies: u32,
    /// What a filled-in one looks like (样本); empty if there is none.
    pub sample: String,
}

/// An application to be submitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// Identity of the request: a repeat of the same application has the same.
    pub request_id: String,
    /// The item.
    pub item_code: String,
    /// What was filled in, field by field.
    pub entries: Vec<(String, String)>,
    /// The language the applicant chose (BCP 47); empty if they left it as it was.
    pub language: String,
}

/// An accepted case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Case {
    /// Identity.
    pub id: String,
    /// 办件编号.
    pub project_number: String,
    /// The item's name.
    pub item_name: String,
    /// The last day of the promised deadline, ISO 8601, and whether it may still move (暂定); none if
    /// nothing was promised.
    pub promised: Option<(String, bool)>,
    /// The token of its invitation, once it is completed.
    pub invitation: Option<String>,
}

/// The right to rate a completed case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// The case's 办件编号, which the applicant takes home.
    pub project_number: String,
    /// The token.
    pub token: String,
}

/// What a rater can choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choices {
    /// The subject of the rating.
    pub item_name: String,
    /// Who handled it, and answers a negative rating.
    pub agency_name: String,
    /// The five levels, best first.
    pub levels: Vec<LevelChoice>,
    /// The tag list's version.
    pub tag_list_version: String,
    /// Whether a negative rating needs a tag or words.
    pub negative_needs_reason: bool,
    /// Whether the rating may be kept from the public.
    pub private_allowed: bool,
    /// Questions beyond the level.
    pub questions: Vec<Question>,
    /// Where to look up the outcome of the case and its rating; empty if not configured.
    pub look_up: String,
}

/// One of the five levels as shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LevelChoice {
    /// The level.
    pub level: Level,
    /// Its label.
    pub label: String,
    /// Its reason tags: code and text.
    pub tags: Vec<(String, String)>,
}

/// A touched level that will become a rating.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TouchedLevel {
    /// The invitation.
    pub invitation: Invitation,
    /// The choices.
    pub choices: Choices,
    /// The level touched.
    pub level: Level,
    /// Whether the rating shall be kept from the public.
    pub private: bool,
    /// Identity of the request that will submit it.
    pub request_id: String,
    /// What was said about it so far.
    pub reasons: Reasons,
    /// Answers to the questions, by question.
    pub answers: Vec<(String, String)>,
    /// Whether it is kept on the terminal already, and would be sent if the terminal stopped now.
    pub kept: bool,
}

impl TouchedLevel {
    /// A level just touched.
    #[must_use]
    pub fn new(
        invitation: Invitation,
        choices: Choices,
        level: Level,
        private: bool,
        request_id: String,
    ) -> Self {
        let (reasons, answers, kept) = (Reasons::default(), Vec::new(), false);
        Self { invitation, choices, level, private, request_id, reasons, answers, kept }
    }

    /// The level as it is offered.
    #[must_use]
    pub fn choice(&self) -> Option<&LevelChoice> {
        self.choices.levels.iter().find(|choice| choice.level == self.level)
    }

    /// Whether a reason must be given (I05).
    #[must_use]
    pub fn needs_reason(&self) -> bool {
        self.level.is_negative() && self.choices.negative_needs_reason
    }

    /// Whether there is anything to ask about it.
    #[must_use]
    pub fn asks(&self) -> bool {
        let tags = self.choice().is_some_and(|choice| !choice.tags.is_empty());
        self.level.is_negative() || tags || !self.choices.questions.is_empty()
    }

    /// Whether the services will accept it with these reasons.
    #[must_use]
    pub fn may_be_sent(&self, reasons: &Reasons) -> bool {
        !(reasons.is_empty() && self.needs_reason())
    }

    /// Takes an answer to a question; empty: it is left open.
    pub fn answer(&mut self, at: usize, value: &str) {
        let Some(question) = self.choices.questions.get(at) else { return };
        self.answers.retain(|(id, _)| *id != question.id);
        let value = cut(value);
        if !value.is_empty() {
            self.answers.push((question.id.clone(), value));
        }
    }

    /// What was answered to a question; empty if nothing.
    #[must_use]
    pub fn answered(&self, at: usize) -> &str {
        let question = self.choices.questions.get(at);
        let given = question.and_then(|question| {
            self.answers.iter().find(|(id, _)| *id == question.id).map(|(_, value)| value.as_str())
        });
        given.unwrap_or_default()
    }

    /// The rating as it is now, and what its rater is told about it.
    #[must_use]
    pub fn into_rating(self) -> (RatingToSend, Rated) {
        let label = self.choice().map(|choice| choice.label.clone()).unwrap_or_default();
        let Self { invitation, choices, level, private, request_id, reasons, answers, .. } = self;
        let Invitation { project_number, token } = invitation;
        let rated = Rated { project_number, level, label, agency_name: choices.agency_name };
        let rating = RatingToSend {
            request_id,
            token,
            level,
            tag_codes: reasons.tag_codes,
            tag_list_version: choices.tag_list_version,
            words: cut(&reasons.words),
            answers,
            private,
            touched_at: None,
        };
        (rating, rated)
    }
}

/// A text as the services take it: no longer than they allow.
fn cut(text: &str) -> String {
    text.trim().chars().take(MAX_TEXT_CHARS).collect()
}

/// What a rater is told about the rating they gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rated {
    /// 办件编号 of the case.
    pub project_number: String,
    /// The level.
    pub level: Level,
    /// The level's label.
    pub label: String,
    /// Who answers if the level is negative; empty if nobody said.
    pub agency_name: String,
}

/// A rating to be submitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RatingToSend {
    /// Identity of the request: a repeat of the same rating has the same.
    pub request_id: String,
    /// The invitation's token.
    pub token: String,
    /// The level.
    pub level: Level,
    /// Reason tags.
    pub tag_codes: Vec<String>,
    /// The list they are from.
    pub tag_list_version: String,
    /// The rater's own words; empty if there are none.
    pub words: String,
    /// Answers to the item's questions, by question.
    pub answers: Vec<(String, String)>,
    /// Whether it is kept from the public.
    pub private: bool,
    /// When the level was touched, by the terminal's clock, in microseconds since 1970; the
    /// controller knows it.
    pub touched_at: Option<i64>,
}

/// What the rater takes home.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// The rating; empty as long as only the terminal has it.
    pub rating_id: String,
    /// The code to ask by; empty as long as only the terminal has the rating.
    pub code: String,
    /// Where to look up its outcome; empty if not configured.
    pub look_up: String,
    /// When the services received it, by their clock, in microseconds since 1970; none as long as only
    /// the terminal has it.
    pub received_at: Option<i64>,
}

impl Receipt {
    /// What a QR code of it holds: where to look up its outcome, with the code behind it. What stands
    /// behind `#` stays with the reader, and is sent to nobody.
    #[must_use]
    pub fn leads_to(&self) -> String {
        match (self.look_up.is_empty(), self.code.is_empty()) {
            (_, true) => self.look_up.clone(),
            (true, false) => self.code.clone(),
            (false, false) => format!("{}#{}", self.look_up, self.code),
        }
    }
}
