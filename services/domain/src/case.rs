//! Cases (办件): what is filled in, and when a case is completed (C05).

use jiff::{Timestamp, civil::Date};
use serde::Deserialize;

use crate::{
    codes,
    deadline::{Deadline, DeadlineRule, iso_date},
    item::{Content, FieldKind, FormField, Handling, Item},
    violation::{Violations, plain_text},
};

/// The most entries an application may hold.
pub const MAX_ENTRIES: usize = 64;
/// The longest public reason of a late case, in characters.
pub const MAX_LATE_REASON_CHARS: usize = 500;

/// A stage of a case (环节).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// 受理.
    Acceptance,
    /// 审批.
    Approval,
    /// 出件.
    Issuance,
    /// 办结.
    Completion,
}

impl Stage {
    /// Its name in Chinese.
    #[must_use]
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Acceptance => "受理",
            Self::Approval => "审批",
            Self::Issuance => "出件",
            Self::Completion => "办结",
        }
    }
}

/// The state of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseState {
    /// 已受理.
    Accepted,
    /// 已办结.
    Completed {
        /// When.
        at: Timestamp,
    },
}

/// A completed case cannot be completed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the case was completed at {at}")]
pub struct AlreadyCompleted {
    /// When it was.
    pub at: Timestamp,
}

impl CaseState {
    /// The state right after acceptance: an item settled on the spot (当场办结) is completed.
    #[must_use]
    pub fn accept(item: &Content, at: Timestamp) -> Self {
        match item.handling {
            Handling::OnTheSpot => Self::Completed { at },
            Handling::SingleVisit | Handling::TimeLimited => Self::Accepted,
        }
    }

    /// Completes the case.
    ///
    /// # Errors
    /// [`AlreadyCompleted`].
    pub fn complete(self, at: Timestamp) -> Result<Self, AlreadyCompleted> {
        match self {
            Self::Accepted => Ok(Self::Completed { at }),
            Self::Completed { at } => Err(AlreadyCompleted { at }),
        }
    }
}

/// The promised limit (承诺办结时限) as a deadline from acceptance.
#[must_use]
pub fn promise(item: &Item) -> DeadlineRule {
    DeadlineRule {
        subject: "complete_case".to_owned(),
        event: "case_accepted".to_owned(),
        days: item.content.promised_limit.days,
        unit: item.content.promised_limit.unit,
        clause: format!("{} 承诺办结时限", item.content.name),
    }
}

/// A completion and its public reason do not go together (C05).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LateRefused {
    /// It is late and has no reason.
    #[error("the case was promised by the end of {due_on} and is late: it needs a public reason")]
    ReasonNeeded {
        /// The last promised day.
        due_on: Date,
    },
    /// It has a reason for being late and is not late.
    #[error("the case is not late; it is promised by the end of {due_on}")]
    NotLate {
        /// The last promised day.
        due_on: Date,
    },
}

/// The public reason of a case completed at `at`: a case past its promised limit must have one, and
/// no other may.
///
/// # Errors
/// [`LateRefused`], with the day, so that the refusal can name it.
pub fn late_reason(
    promised: &Deadline,
    at: Timestamp,
    reason: String,
) -> Result<Option<String>, LateRefused> {
    let due_on = promised.due_on;
    match (promised.is_past(at), reason.trim().is_empty()) {
        (true, true) => Err(LateRefused::ReasonNeeded { due_on }),
        (true, false) => Ok(Some(reason)),
        (false, true) => Ok(None),
        (false, false) => Err(LateRefused::NotLate { due_on }),
    }
}

/// Checks what an applicant filled in on a day in Asia/Shanghai, `(field, value)`, against the item's
/// form.
///
/// # Errors
/// Everything wrong with it, at once.
pub fn check_entries(
    form: &[FormField],
    entries: &[(String, String)],
    today: Date,
) -> Result<(), Violations> {
    let mut wrong = Violations::default();
    wrong.require(entries.len() <= MAX_ENTRIES, "entries", "are more than 64");
    for (n, (id, value)) in entries.iter().enumerate().take(MAX_ENTRIES) {
        let at = format!("entries[{n}].value");
        match form.iter().find(|field| field.id == *id) {
            None => wrong.add(format!("entries[{n}].field_id"), "is no field of this form"),
            Some(field) => {
                if let Err(why) = check_value(field, value, today) {
                    wrong.add(at, why);
                }
            }
        }
        if entries[..n].iter().any(|(earlier, _)| earlier == id) {
            wrong.add(format!("entries[{n}].field_id"), "is filled in twice");
        }
    }
    for field in form.iter().filter(|field| field.required) {
        let filled = entries.iter().any(|(id, value)| *id == field.id && !value.trim().is_empty());
        wrong.require(filled, &format!("entries.{}", field.id), "must be filled in");
    }
    wrong.finish(())
}

/// Whether an application is by real name (实名, I13): an identity number is filled in. Anyone
/// could write a name alone.
#[must_use]
pub fn is_real_name(form: &[FormField], entries: &[(String, String)]) -> bool {
    form.iter()
        .filter(|field| field.kind == FieldKind::IdNumber)
        .any(|field| entries.iter().any(|(id, value)| *id == field.id && !value.trim().is_empty()))
}

/// Checks one value that was filled in on a day in Asia/Shanghai; an empty one is no answer yet.
///
/// # Errors
/// What is wrong with it.
pub fn check_value(field: &FormField, value: &str, today: Date) -> Result<(), String> {
    let number = (field.kind == FieldKind::IdNumber).then(|| codes::normal(value));
    plain_text(number.as_deref().unwrap_or(value), field.max_length as usize)?;
    if value.trim().is_empty() {
        return Ok(());
    }
    let holds = match field.kind {
        FieldKind::Text | FieldKind::PersonName => true,
        FieldKind::Choice => field.choices.iter().any(|choice| choice == value),
        FieldKind::Date => iso_date(value).is_ok(),
        FieldKind::Number => value.bytes().all(|b| b.is_ascii_digit()),
        FieldKind::Phone => {
            let phone = codes::normal_phone(value);
            phone.len() == 11 && phone.bytes().all(|b| b.is_ascii_digit())
        }
        FieldKind::IdNumber => codes::is_id_number(&codes::normal(value), today),
    };
    let kind = match field.kind {
        FieldKind::Text | FieldKind::PersonName => "text",
        FieldKind::Choice => "one of the choices",
        FieldKind::Date => "a date (YYYY-MM-DD)",
        FieldKind::Number => "digits",
        FieldKind::Phone => "a phone number of 11 digits",
        FieldKind::IdNumber => "an identity number with a valid check character",
    };
    if holds { Ok(()) } else { Err(format!("is not {kind}")) }
}
