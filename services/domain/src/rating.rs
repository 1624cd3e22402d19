//! Ratings (评价): what a rater may submit, until when, and which of several counts (I03–I15).

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{
    case::Stage,
    deadline::{Deadline, day_of},
    id::{ActId, CaseId, RatingId},
    item::{Question, QuestionKind},
    level::Level,
    profile::{Profile, RealName},
    tags::TagList,
    violation::{Violations, plain_text},
};

/// The longest text a rater can write, in characters.
pub const MAX_TEXT_CHARS: usize = 500;
/// The most reason tags one rating can carry.
pub const MAX_TAGS: usize = 8;
/// The most answers one rating can carry.
pub const MAX_ANSWERS: usize = 32;

/// Who was served (I02).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RaterKind {
    /// 自然人.
    NaturalPerson,
    /// 法人.
    LegalPerson,
    /// 其他组织.
    OtherOrganization,
}

/// An agency that had a part in a package, with the region it worked in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct InvolvedAgency {
    /// The agency.
    pub agency_id: String,
    /// Region, GB/T 2260.
    pub region_code: String,
}

/// One service received, with everything about it frozen as it was at that time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceAct {
    /// Identity, also of its invitation.
    pub id: ActId,
    /// The case.
    pub case_id: CaseId,
    /// The stage.
    pub stage: Stage,
    /// Which service at that stage, from 1.
    pub service_number: u32,
    /// Region, GB/T 2260.
    pub region_code: String,
    /// Handling agency.
    pub agency_id: String,
    /// Item.
    pub item_code: String,
    /// The item's version.
    pub item_version: u32,
    /// Terminal, if one was used.
    pub terminal_id: Option<String>,
    /// Window, if it was at one.
    pub window_id: Option<String>,
    /// Who served there, if known.
    pub staff_id: Option<String>,
    /// Whether only the business system states that they serve at that window, and the organisation
    /// does not.
    pub staff_unconfirmed: bool,
    /// Hall, if it was in one.
    pub hall_id: Option<String>,
    /// Platform, if it was given on one.
    pub platform_id: Option<String>,
    /// Business line, if any.
    pub line_id: Option<String>,
    /// When the service was reported, by the server's clock.
    pub served_at: Timestamp,
    /// When the service was given, by the business system; none where this system gave it.
    pub reported_at: Option<Timestamp>,
    /// For the composite rating of a package (I12): all that had a part; otherwise empty.
    pub involved: Vec<InvolvedAgency>,
    /// The profile version it is bound to, `id@version`.
    pub policy: String,
}

/// What a rater submits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// The level.
    pub level: Level,
    /// Reason tags.
    pub tag_codes: Vec<String>,
    /// The list they are from.
    pub tag_list_version: String,
    /// The rater's words.
    pub text: String,
    /// Answers, `(question, value)`.
    pub answers: Vec<(String, String)>,
    /// Kept from the public.
    pub private: bool,
}

/// The rating window is closed (I06).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the rating window closed at the end of {}", .window.due_on)]
pub struct WindowClosed {
    /// The window.
    pub window: Deadline,
}

impl Submission {
    /// Checks a submission against what the rater was shown: the profile, the published version of
    /// the named tag list, if any (C08), and the questionnaire of the item's version.
    ///
    /// # Errors
    /// Everything wrong with it, at once.
    pub fn check(
        &self,
        profile: &Profile,
        tags: Option<&TagList>,
        questionnaire: &[Question],
    ) -> Result<(), Violations> {
        let mut wrong = Violations::default();
        wrong.take("text", plain_text(&self.text, MAX_TEXT_CHARS));
        wrong.require(self.tag_codes.len() <= MAX_TAGS, "tag_codes", "are more than 8");
        self.check_tags(tags.filter(|list| list.version == self.tag_list_version), &mut wrong);
        wrong.require(self.answers.len() <= MAX_ANSWERS, "answers", "are more than 32");
        for (n, (id, value)) in self.answers.iter().enumerate().take(MAX_ANSWERS) {
            let at = format!("answers[{n}]");
            match questionnaire.iter().find(|question| question.id == *id) {
                None => wrong.add(at, "answers no question of this item"),
                Some(_) if self.answers[..n].iter().any(|(earlier, _)| earlier == id) => {
                    wrong.add(at, "answers a question twice");
                }
                Some(question) => match question.kind {
                    QuestionKind::YesNo => {
                        wrong.require(
                            matches!(value.as_str(), "yes" | "no"),
                            &at,
                            "is not yes or no",
                        );
                    }
                    QuestionKind::Text => {
                        wrong.take(&at, plain_text(value, MAX_TEXT_CHARS));
                    }
                },
            }
        }
        let reason = !self.tag_codes.is_empty() || !self.text.trim().is_empty();
        let needs_reason = profile.negative_needs_reason.value && self.level.is_negative();
        wrong.require(reason || !needs_reason, "tag_codes", "or text: a negative rating needs one");
        let may_be_private = profile.private_allowed.value || !self.private;
        wrong.require(may_be_private, "private", "is not offered here");
        wrong.finish(())
    }

    /// Without the published list no tag can be checked, so this is the only violation.
    fn check_tags(&self, tags: Option<&TagList>, wrong: &mut Violations) {
        let Some(tags) = tags else {
            let listed = self.tag_codes.is_empty();
            wrong.require(listed, "tag_list_version", "is no published version of the tag list");
            return;
        };
        let looked_at = &self.tag_codes[..self.tag_codes.len().min(MAX_TAGS)];
        if let Err(more) = tags.check(self.level, looked_at) {
            wrong.0.extend(more.0);
        }
    }
}

/// Whether a rating received at `at` is still in time; without a window it always is.
///
/// # Errors
/// [`WindowClosed`] with the window, so that the refusal can name the date.
pub fn in_window(window: Option<&Deadline>, at: Timestamp) -> Result<(), WindowClosed> {
    match window {
        Some(window) if window.is_past(at) => Err(WindowClosed { window: window.clone() }),
        _ => Ok(()),
    }
}

/// The rater must be known by name (I13).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a rating needs the rater's real name here ({clause})")]
pub struct RealNameRequired {
    /// Where that is written.
    pub clause: String,
}

/// Whether a rater, known by name or not, may rate under a profile.
///
/// # Errors
/// [`RealNameRequired`], with the clause.
pub fn identified(profile: &Profile, real_name: bool) -> Result<(), RealNameRequired> {
    match profile.real_name.value {
        RealName::Required if !real_name => {
            Err(RealNameRequired { clause: profile.real_name.clause.clone() })
        }
        RealName::Required | RealName::Encouraged => Ok(()),
    }
}

/// A rating has a time before the service it rates. It is refused, never moved: a corrected time
/// looks the same as an invented one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the rating is dated before the service of {served_on}")]
pub struct EarlierThanService {
    /// The day of the service.
    pub served_on: Date,
}

/// Whether a rating taken over from another system was given no earlier than its service, both by
/// that system.
///
/// This is not for times from a device: its clock may be some minutes wrong, so these times are
/// kept but decide nothing.
///
/// # Errors
/// [`EarlierThanService`].
pub fn not_before(served_at: Timestamp, rated_at: Timestamp) -> Result<(), EarlierThanService> {
    match rated_at < served_at {
        true => Err(EarlierThanService { served_on: day_of(served_at) }),
        false => Ok(()),
    }
}

/// The same for a paper form, which has a day and no hour: the day of the service, in
/// Asia/Shanghai, is early enough.
///
/// # Errors
/// [`EarlierThanService`].
pub fn not_before_day(served_at: Timestamp, rated_on: Date) -> Result<(), EarlierThanService> {
    let served_on = day_of(served_at);
    if rated_on < served_on { Err(EarlierThanService { served_on }) } else { Ok(()) }
}

/// Where a rating comes from; figures never mix origins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Origin {
    /// 主动评价: the rater gave it.
    Active,
    /// 默认评价: the window closed without one (I07).
    Default,
    /// 纸质录入: the rater gave it on paper, a clerk entered it (I16).
    Paper,
    /// 历史导入: taken over from the system before this one.
    Imported,
}

impl Origin {
    /// The rank among origins. A rater's own rating counts before history, and history before a
    /// default, whenever they came in. A rating given here counts before a form entered by a clerk,
    /// since a form has a day and no hour.
    fn weight(self) -> u8 {
        match self {
            Self::Active => 3,
            Self::Paper => 2,
            Self::Imported => 1,
            Self::Default => 0,
        }
    }

    /// When a rating of this origin was given: this orders it among others, and it counts on that
    /// day. For a form or another system's rating it is `said`, whenever somebody entered it. For a
    /// rating given here it is `received_at`: a device's own time decides nothing.
    ///
    /// ```
    /// use domain::rating::Origin;
    /// let [typed, filled_in] = [2, 1].map(|at| jiff::Timestamp::from_second(at).unwrap());
    /// assert_eq!(Origin::Paper.given_at(typed, Some(filled_in)), filled_in);
    /// assert_eq!(Origin::Active.given_at(typed, Some(filled_in)), typed);
    /// ```
    #[must_use]
    pub fn given_at(self, received_at: Timestamp, said: Option<Timestamp>) -> Timestamp {
        match self {
            Self::Paper | Self::Imported => said.unwrap_or(received_at),
            Self::Active | Self::Default => received_at,
        }
    }
}

/// Which of all the ratings of one act is effective, each with the time it was given
/// ([`Origin::given_at`]): of those given here the one that [`supersedes`] the others, else of the
/// paper ones, else of the imported ones, else the default. All services use this rule, so neither
/// the order of arrival nor a default at the same time as a rating matters.
///
/// ```
/// use domain::{id::RatingId, rating::{Origin, effective}};
/// let rating = |origin, at, id| {
///     (origin, jiff::Timestamp::from_microsecond(at).unwrap(), RatingId(uuid::Uuid::from_u128(id)))
/// };
/// let given = rating(Origin::Active, 1, 1);
/// assert_eq!(effective([given, rating(Origin::Default, 2, 2)]), Some(given));
/// assert_eq!(effective([]), None);
/// ```
#[must_use]
pub fn effective(
    ratings: impl IntoIterator<Item = (Origin, Timestamp, RatingId)>,
) -> Option<(Origin, Timestamp, RatingId)> {
    ratings.into_iter().reduce(|one, other| {
        let (weight, against) = (one.0.weight(), other.0.weight());
        let newer = weight == against && supersedes((other.1, other.2), (one.1, one.2));
        if against > weight || newer { other } else { one }
    })
}

/// Which of several ratings of one act from the same origin counts: the one with the greatest
/// `(given_at, id)` (I09). All services use this rule, so the order of arrival does not matter.
///
/// ```
/// use domain::{id::RatingId, rating::supersedes};
/// let rating = |at, id| (jiff::Timestamp::from_microsecond(at).unwrap(), RatingId(uuid::Uuid::from_u128(id)));
/// assert!(supersedes(rating(2, 1), rating(1, 9)));
/// assert!(supersedes(rating(2, 2), rating(2, 1)));
/// assert!(!supersedes(rating(2, 1), rating(2, 1)));
/// ```
#[must_use]
pub fn supersedes(later: (Timestamp, RatingId), earlier: (Timestamp, RatingId)) -> bool {
    later > earlier
}

/// The characters of a receipt code: none that looks like another one.
const RECEIPT_ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// How many of them a code has, of five bits each.
const RECEIPT_CHARS: usize = 8;
/// How many bytes at the end of a rating's id its receipt code says.
pub const RECEIPT_BYTES: usize = 5;

/// The short code a rater can ask by (回执码): eight characters without look-alikes, from the
/// random end of the rating's id. There are about 10^12 codes, so few of them in use that a slip or a
/// guess meets none.
#[must_use]
pub fn receipt_code(id: RatingId) -> String {
    let bits = id.0.as_u128();
    let code: String = (0..RECEIPT_CHARS)
        .map(|n| RECEIPT_ALPHABET[usize::try_from(bits >> (5 * n) & 31).unwrap_or_default()])
        .map(char::from)
        .collect();
    format!("{}-{}", &code[..4], &code[4..])
}

/// The end of the ids of which a text is the receipt code, as people type it: in either case, in wide
/// characters (全角), with or without the dash and blanks. None if it is no such code.
///
/// ```
/// use domain::{id::RatingId, rating::{read_receipt_code, receipt_code}};
/// let id = uuid::Uuid::from_u128(0x0198_7cfe_17ab_7000_8123_4567_89ab_cdef);
/// let code = receipt_code(RatingId(id)).to_lowercase().replace('-', " ");
/// assert_eq!(read_receipt_code(&code).unwrap(), id.as_bytes()[11..]);
/// assert_eq!(read_receipt_code("ABCD-EFG"), None);
/// ```
#[must_use]
pub fn read_receipt_code(text: &str) -> Option<[u8; RECEIPT_BYTES]> {
    let (mut bits, mut count) = (0_u64, 0);
    for typed in text.chars() {
        let narrow = match typed {
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(typed) - 0xFEE0).unwrap_or(typed),
            other => other,
        };
        if narrow.is_whitespace() || narrow == '-' {
            continue;
        }
        let letter = u8::try_from(narrow.to_ascii_uppercase()).ok()?;
        let place = RECEIPT_ALPHABET.iter().position(|known| *known == letter)?;
        if count == RECEIPT_CHARS {
            return None;
        }
        bits |= u64::try_from(place).ok()? << (5 * count);
        count += 1;
    }
    let bytes = bits.to_be_bytes();
    (count == RECEIPT_CHARS).then(|| bytes[8 - RECEIPT_BYTES..].try_into().ok()).flatten()
}
