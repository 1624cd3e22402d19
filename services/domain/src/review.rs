//! Public reviews (社会各界综合点评, I17), and complaints that other platforms hand over (I25): what each
//! source must state, and what all must state.

use jiff::{SignedDuration, Timestamp, civil::Date};

use crate::{
    deadline::day_of,
    level::Level,
    violation::{Violations, identifier, plain_text},
};

/// The longest review, in characters.
pub const MAX_TEXT_CHARS: usize = 2_000;
/// The longest contact, in characters.
pub const MAX_CONTACT_CHARS: usize = 100;
/// The longest name of a body, in characters.
pub const MAX_BODY_CHARS: usize = 100;
/// The most documents that anything has with it.
pub const MAX_ENCLOSURES: usize = 10;
/// The longest name of a document, in characters.
pub const MAX_ENCLOSURE_NAME_CHARS: usize = 200;
/// The longest words of a published summary, in characters.
pub const MAX_SUMMARY_CHARS: usize = 5_000;
/// How long after a period its reviews are counted for good: by then, reviews from its last moment
/// are written. No rule names this number; it is ours.
pub const SETTLING: SignedDuration = SignedDuration::from_mins(5);

/// Declares the sources, each with its name in facts.
macro_rules! sources {
    ($($(#[$doc:meta])* $variant:ident = $name:literal),+ $(,)?) => {
        /// Where a review came from.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ReviewSource { $($(#[$doc])* $variant),+ }

        impl ReviewSource {
            /// Every source there is.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its name in facts.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }
    };
}

sources! {
    /// 意见箱.
    SuggestionBox = "suggestion_box",
    /// 意见簿.
    SuggestionBook = "suggestion_book",
    /// 热线电话.
    Hotline = "hotline",
    /// 电子邮件.
    Email = "email",
    /// 网站.
    Website = "website",
    /// 移动端.
    App = "app",
    /// 监督平台.
    SupervisionPlatform = "supervision_platform",
    /// 座谈会.
    Meeting = "meeting",
    /// 行风监督员.
    Supervisor = "supervisor",
    /// 第三方评估, on its own account.
    Assessor = "assessor",
    /// 咨询投诉系统.
    ConsultationSystem = "consultation_system",
    /// 12345政务服务便民热线.
    Hotline12345 = "hotline_12345",
    /// 中国政府网投诉平台.
    StateCouncilPlatform = "state_council_platform",
    /// 国家政务服务平台转办.
    NationalReferral = "national_referral",
}

impl ReviewSource {
    /// Whether it hands over complaints (投诉建议), each with its own number.
    #[must_use]
    pub fn is_complaint(self) -> bool {
        matches!(
            self,
            Self::ConsultationSystem
                | Self::Hotline12345
                | Self::StateCouncilPlatform
                | Self::NationalReferral
        )
    }

    /// Whether the public writes there directly; for all others the Authority records it.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Website | Self::App)
    }

    /// Whether it names the body it comes from, or that it is.
    #[must_use]
    pub fn names_body(self) -> bool {
        matches!(self, Self::Supervisor | Self::Assessor)
    }
}

/// The kind of organisation that assesses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssessorKind {
    /// 社会组织.
    SocialOrganization,
    /// 中介组织.
    Intermediary,
    /// 研究机构.
    ResearchInstitution,
}

/// A document kept elsewhere, recognised by its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enclosure {
    /// Its name.
    pub name: String,
    /// SHA-256, in hexadecimal digits.
    pub sha256: String,
    /// Its size in bytes.
    pub size: u64,
}

/// Notes what is wrong with documents.
pub fn check_enclosures(wrong: &mut Violations, field: &str, enclosures: &[Enclosure]) {
    if enclosures.len() > MAX_ENCLOSURES {
        return wrong.add(field, format!("are more than {MAX_ENCLOSURES}"));
    }
    for (n, enclosure) in enclosures.iter().enumerate() {
        let at = |part: &str| format!("{field}[{n}].{part}");
        written(wrong, &at("name"), &enclosure.name, MAX_ENCLOSURE_NAME_CHARS);
        let digit = |c: u8| matches!(c, b'0'..=b'9' | b'a'..=b'f');
        let hash = enclosure.sha256.len() == 64 && enclosure.sha256.bytes().all(digit);
        wrong.require(hash, &at("sha256"), "is not 64 lower-case hexadecimal digits");
        wrong.require(enclosure.size > 0, &at("size"), "is 0");
    }
}

/// Notes what is wrong with a text that must be there.
pub fn written(wrong: &mut Violations, field: &str, text: &str, max_chars: usize) {
    wrong.require(!text.trim().is_empty(), field, "is missing");
    wrong.take(field, plain_text(text, max_chars));
}

/// Days from one to another, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayRange {
    /// The first.
    pub from: Date,
    /// The last.
    pub to: Date,
}

impl DayRange {
    /// Days in their order.
    ///
    /// # Errors
    /// If they are not in order.
    pub fn new(from: Date, to: Date) -> Result<Self, &'static str> {
        if from <= to { Ok(Self { from, to }) } else { Err("is before the first day") }
    }

    /// Whether its last day is over.
    #[must_use]
    pub fn is_over(self, today: Date) -> bool {
        self.to < today
    }

    /// Whether it has been over for [`SETTLING`].
    #[must_use]
    pub fn is_settled(self, at: Timestamp) -> bool {
        at.checked_sub(SETTLING).is_ok_and(|before| self.is_over(day_of(before)))
    }
}

/// A review from any source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// Where it came from.
    pub source: ReviewSource,
    /// The region it is about.
    pub region_code: String,
    /// The agency it is about.
    pub agency_id: Option<String>,
    /// The item it is about.
    pub item_code: Option<String>,
    /// The hall, window or platform it is about.
    pub unit_id: Option<String>,
    /// The level it gives.
    pub level: Option<Level>,
    /// The text.
    pub text: String,
    /// The author's contact; may be empty.
    pub contact: String,
    /// Whether the author is known by name.
    pub real_name: bool,
    /// Whether it is kept from the public.
    pub private: bool,
    /// Whether it is to be handled as a ticket.
    pub wants_ticket: bool,
    /// The day it was given.
    pub said_on: Date,
    /// For a supervisor the body they come from, for an assessor its name; may be empty.
    pub body: String,
    /// The kind of assessor.
    pub assessor_kind: Option<AssessorKind>,
    /// The number of a complaint at its source.
    pub original_number: Option<String>,
    /// Documents that belong to it.
    pub enclosures: Vec<Enclosure>,
    /// The last day that the hotline allows for handling and reply (T18).
    pub hotline_due_on: Option<Date>,
}

impl Review {
    /// Notes what is wrong with it, but not whether its agency, item or place exists.
    pub fn check(&self, wrong: &mut Violations, today: Date) {
        written(wrong, "text", &self.text, MAX_TEXT_CHARS);
        wrong.take("contact", plain_text(&self.contact, MAX_CONTACT_CHARS));
        wrong.require(self.said_on <= today, "said_on", "is in the future");
        let complaint = self.source.is_complaint();
        let ticket = !complaint || self.wants_ticket;
        wrong.require(ticket, "wants_ticket", "is missing: a complaint is handled as a ticket");
        let agency = !self.wants_ticket || self.agency_id.is_some();
        wrong.require(agency, "subject.agency_id", "is missing: a ticket needs a handling agency");
        if self.source.names_body() {
            written(wrong, "body", &self.body, MAX_BODY_CHARS);
        } else {
            wrong.require(self.body.is_empty(), "body", "does not go with this source");
        }
        let assessor = self.source == ReviewSource::Assessor;
        let kind = if assessor { "is missing" } else { "does not go with this source" };
        wrong.require(self.assessor_kind.is_some() == assessor, "assessor_kind", kind);
        let number = if complaint { "is missing" } else { "does not go with this source" };
        wrong.require(self.original_number.is_some() == complaint, "original_number", number);
        wrong.take("original_number", identifier(self.original_number.as_deref().unwrap_or("")));
        check_enclosures(wrong, "enclosures", &self.enclosures);
        if let Some(day) = self.hotline_due_on {
            let hotline = self.source == ReviewSource::Hotline12345;
            wrong.require(hotline, "hotline_due_on", "is not of this source");
            wrong.require(day >= self.said_on, "hotline_due_on", "is before it was said");
        }
    }
}

/// What a summary is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SummaryKind {
    /// 定期梳理.
    Periodic,
    /// 行风监督员季度会议.
    SupervisorsMeeting,
}

impl SummaryKind {
    /// Notes what is wrong with a summary of this kind.
    pub fn check(self, wrong: &mut Violations, words: &str, improvements: &str) {
        written(wrong, "words", words, MAX_SUMMARY_CHARS);
        match self {
            Self::Periodic => {
                wrong.take("improvements", plain_text(improvements, MAX_SUMMARY_CHARS));
            }
            // The meeting gets both (CT三4).
            Self::SupervisorsMeeting => {
                written(wrong, "improvements", improvements, MAX_SUMMARY_CHARS);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Date = jiff::civil::date(2026, 3, 2);

    fn review(source: ReviewSource) -> Review {
        Review {
            source,
            region_code: "652301".to_owned(),
            agency_id: source.is_complaint().then(|| "652301-a03".to_owned()),
            item_code: None,
            unit_id: None,
            level: None,
            text: "排队太久".to_owned(),
            contact: String::new(),
            real_name: false,
            private: false,
            wants_ticket: source.is_complaint(),
            said_on: TODAY,
            body: if source.names_body() { "示例单位" } else { "" }.to_owned(),
            assessor_kind: (source == ReviewSource::Assessor).then_some(AssessorKind::Intermediary),
            original_number: source.is_complaint().then(|| "20260302-1".to_owned()),
            enclosures: Vec::new(),
            hotline_due_on: None,
        }
    }

    #[test]
    fn t18_only_what_the_hotline_passed_on_keeps_the_hotlines_own_limit() {
        for &source in ReviewSource::ALL {
            let due = Review { hotline_due_on: Some(TODAY), ..review(source) };
            let hotline = source == ReviewSource::Hotline12345;
            assert_eq!(fields(&due).is_empty(), hotline, "{source:?}");
        }
        let before = Some(TODAY.yesterday().unwrap());
        let late = Review { hotline_due_on: before, ..review(ReviewSource::Hotline12345) };
        assert_eq!(fields(&late), ["hotline_due_on"]);
    }

    fn fields(review: &Review) -> Vec<String> {
        let mut wrong = Violations::default();
        review.check(&mut wrong, TODAY);
        wrong.0.into_iter().map(|violation| violation.field).collect()
    }

    #[test]
    fn i17_i25_every_source_says_what_it_must_and_nothing_that_is_anothers() {
        for &source in ReviewSource::ALL {
            assert_eq!(fields(&review(source)), [""; 0], "{source:?}");
            let stripped = Review {
                body: String::new(),
                assessor_kind: None,
                original_number: None,
                ..review(source)
            };
            let needed: &[&str] = match source {
                ReviewSource::Supervisor => &["body"],
                ReviewSource::Assessor => &["body", "assessor_kind"],
                _ if source.is_complaint() => &["original_number"],
                _ => &[],
            };
            assert_eq!(fields(&stripped), needed, "{source:?}");
            let laden = Review {
                body: "示例单位".to_owned(),
                assessor_kind: Some(AssessorKind::SocialOrganization),
                original_number: Some("1".to_owned()),
                ..review(source)
            };
            let all = ["body", "assessor_kind", "original_number"];
            let others: Vec<_> = all.iter().filter(|field| !needed.contains(field)).collect();
            assert_eq!(fields(&laden).iter().collect::<Vec<_>>(), others, "{source:?}");
        }
        let mut names: Vec<_> = ReviewSource::ALL.iter().map(|source| source.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 14);
    }

    #[test]
    fn i17_everything_wrong_with_a_review_is_named_at_once() {
        let enclosure = Enclosure { name: String::new(), sha256: "A".repeat(64), size: 0 };
        let wrong = Review {
            text: " \n".to_owned(),
            contact: "1".repeat(101),
            said_on: TODAY.tomorrow().unwrap(),
            agency_id: None,
            original_number: Some("1\n".to_owned()),
            enclosures: vec![enclosure],
            ..review(ReviewSource::Hotline12345)
        };
        let named = [
            "text",
            "contact",
            "said_on",
            "subject.agency_id",
            "original_number",
            "enclosures[0].name",
            "enclosures[0].sha256",
            "enclosures[0].size",
        ];
        assert_eq!(fields(&wrong), named);
        for &source in ReviewSource::ALL {
            let unwanted = Review { wants_ticket: false, ..review(source) };
            let named = if source.is_complaint() { vec!["wants_ticket"] } else { vec![] };
            assert_eq!(fields(&unwanted), named, "{source:?}");
        }
        for (chars, named) in [(MAX_TEXT_CHARS, vec![]), (MAX_TEXT_CHARS + 1, vec!["text"])] {
            let long = Review { text: "长".repeat(chars), ..review(ReviewSource::App) };
            assert_eq!(fields(&long), named);
        }
        let good = Enclosure { name: "照片".to_owned(), sha256: "0a".repeat(32), size: 1 };
        for (count, named) in [(10, vec![]), (11, vec!["enclosures"])] {
            let enclosures = vec![good.clone(); count];
            assert_eq!(fields(&Review { enclosures, ..review(ReviewSource::App) }), named);
        }
    }

    #[test]
    fn i17_a_supervisors_meeting_gets_opinions_and_plans() {
        let fields = |kind: SummaryKind, words: &str, improvements: &str| {
            let mut wrong = Violations::default();
            kind.check(&mut wrong, words, improvements);
            wrong.0.into_iter().map(|violation| violation.field).collect::<Vec<_>>()
        };
        assert_eq!(fields(SummaryKind::Periodic, "情况", ""), [""; 0]);
        assert_eq!(fields(SummaryKind::SupervisorsMeeting, "意见", "计划"), [""; 0]);
        assert_eq!(fields(SummaryKind::SupervisorsMeeting, "", " "), ["words", "improvements"]);
        let long = "长".repeat(MAX_SUMMARY_CHARS + 1);
        assert_eq!(fields(SummaryKind::Periodic, &long, &long), ["words", "improvements"]);
    }

    #[test]
    fn i17_a_period_is_over_after_its_last_day() {
        let period = DayRange::new(TODAY, TODAY).unwrap();
        assert!(!period.is_over(TODAY) && period.is_over(TODAY.tomorrow().unwrap()));
        assert!(DayRange::new(TODAY.tomorrow().unwrap(), TODAY).is_err());
    }
}
