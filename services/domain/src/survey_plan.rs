//! Supervision surveys (监督查评, I18): what a plan fixes, when it can be drawn, what a call-back and a
//! commissioned assessment contain. How the sample is drawn: [`crate::survey`].

use jiff::civil::Date;

use crate::{
    level::Level,
    profile::Percent,
    review::{DayRange, Enclosure, MAX_BODY_CHARS, MAX_TEXT_CHARS, check_enclosures, written},
    survey::sample_size,
    violation::{Violations, identifier, plain_text},
};

/// The longest title, in characters.
pub const MAX_TITLE_CHARS: usize = 200;
/// The longest description of a survey's subject, in characters.
pub const MAX_DIRECTION_CHARS: usize = 500;
/// How many items, and how many agencies, a survey can be limited to.
pub const MAX_NARROWED_TO: usize = 100;
/// The largest sample by number.
pub const MAX_DRAWN: u32 = 10_000;
/// The longest findings of an assessment, in characters.
pub const MAX_FINDINGS_CHARS: usize = 5_000;
/// The most problems an assessment names.
pub const MAX_PROBLEMS: usize = 40;
/// The longest description of such a problem, in characters.
pub const MAX_PROBLEM_CHARS: usize = 1_000;
/// How many units one assessment covers at most.
pub const MAX_UNITS: usize = 100;

/// The fewest raters reached before their answers are counted in public: with fewer, a number would
/// be somebody's answer. No rule names this number; it is ours.
pub const MIN_REACHED: u64 = 10;

/// How raters are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SamplingMethod {
    /// 随机抽取回访.
    SampledCallBack,
    /// 随机抽取热线回访.
    SampledCallBackByHotline,
    /// 随机抽取、第三方评估.
    SampledThirdParty,
}

impl SamplingMethod {
    /// Its name as the source of a matter.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SampledCallBack => "sampled_call_back",
            Self::SampledCallBackByHotline => "sampled_call_back_by_hotline",
            Self::SampledThirdParty => "sampled_third_party",
        }
    }
}

/// The subject of a survey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// 新出台的政策.
    NewPolicy,
    /// 新提供的服务.
    NewItem,
    /// 重点事项.
    KeyItem,
    /// 投诉、差评或舆情集中.
    Concentrated,
}

/// How many are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// So many.
    Count(u32),
    /// A percentage.
    Percent(Percent),
}

impl Size {
    /// How many of a population are drawn: never more than there are.
    ///
    /// ```
    /// use domain::{profile::Percent, survey_plan::Size};
    /// let ten = Size::Percent(Percent::try_from(10).unwrap());
    /// assert_eq!((ten.of(11), ten.of(10), ten.of(0)), (2, 1, 0));
    /// assert_eq!((Size::Count(5).of(3), Size::Count(5).of(9)), (3, 5));
    /// ```
    #[must_use]
    pub fn of(self, population: usize) -> usize {
        match self {
            Self::Count(count) => population.min(usize::try_from(count).unwrap_or(usize::MAX)),
            Self::Percent(percent) => sample_size(population, percent),
        }
    }
}

/// A survey as it is planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Title.
    pub title: String,
    /// How raters are asked.
    pub method: SamplingMethod,
    /// The commissioned organisation; may be empty.
    pub organization: String,
    /// Its subject.
    pub direction: Direction,
    /// The subject in words; may be empty.
    pub direction_words: String,
    /// Whom it draws from.
    pub rule: SampleRule,
}

/// Whom a survey draws from, and how many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleRule {
    /// The region, with all below it.
    pub region_code: String,
    /// The days on which the services were given.
    pub served: DayRange,
    /// Only these items; empty for all.
    pub item_codes: Vec<String>,
    /// Only these agencies; empty for all.
    pub agency_ids: Vec<String>,
    /// Only services whose rating is a negative one.
    pub only_negative: bool,
    /// How many are drawn.
    pub size: Size,
}

/// The services of a survey's period can still be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the survey's period ends on {to}; its sample can be drawn after that")]
pub struct NotOver {
    /// The period's last day.
    pub to: Date,
}

impl Plan {
    /// Notes what is wrong with it, but not whether its agencies and items exist.
    pub fn check(&self, wrong: &mut Violations) {
        written(wrong, "title", &self.title, MAX_TITLE_CHARS);
        if self.method == SamplingMethod::SampledThirdParty {
            written(wrong, "organization", &self.organization, MAX_BODY_CHARS);
        } else {
            let none = self.organization.is_empty();
            wrong.require(none, "organization", "does not go with this method");
        }
        if self.direction == Direction::Concentrated {
            written(wrong, "direction_words", &self.direction_words, MAX_DIRECTION_CHARS);
        } else {
            wrong.take("direction_words", plain_text(&self.direction_words, MAX_DIRECTION_CHARS));
        }
        if matches!(self.direction, Direction::NewItem | Direction::KeyItem) {
            let named = !self.rule.item_codes.is_empty();
            wrong.require(named, "rule.item_codes", "are missing: it is directed at them");
        }
        for (field, named) in
            [("rule.item_codes", &self.rule.item_codes), ("rule.agency_ids", &self.rule.agency_ids)]
        {
            check_identities(wrong, field, named, MAX_NARROWED_TO);
        }
        if let Size::Count(count) = self.rule.size {
            let sized = (1..=MAX_DRAWN).contains(&count);
            wrong.require(sized, "rule.count", "is not 1 to 10000");
        }
    }
}

impl SampleRule {
    /// Whether the sample may be drawn: only when nobody can be served in its period any more, so
    /// that the population is exactly what the rule states.
    ///
    /// # Errors
    /// [`NotOver`] before.
    pub fn may_draw(&self, today: Date) -> Result<(), NotOver> {
        if self.served.is_over(today) { Ok(()) } else { Err(NotOver { to: self.served.to }) }
    }
}

fn check_identities(wrong: &mut Violations, field: &str, named: &[String], max: usize) {
    if named.len() > max {
        return wrong.add(field, format!("are more than {max}"));
    }
    for (n, id) in named.iter().enumerate() {
        let at = format!("{field}[{n}]");
        wrong.require(!id.is_empty(), &at, "is missing");
        wrong.take(&at, identifier(id));
        wrong.require(!named[..n].contains(id), &at, "is named twice");
    }
}

/// What a call-back found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallBack {
    /// Whether the rater was reached.
    pub reached: bool,
    /// Whether they knew the policy.
    pub policy_known: Option<bool>,
    /// Whether the service was convenient.
    pub convenient: Option<bool>,
    /// How satisfied they are.
    pub level: Option<Level>,
    /// What they said; may be empty.
    pub words: String,
    /// The problem they reported; may be empty.
    pub problem: String,
}

impl CallBack {
    /// Notes what is wrong with it.
    pub fn check(&self, wrong: &mut Violations) {
        wrong.take("words", plain_text(&self.words, MAX_TEXT_CHARS));
        wrong.take("problem", plain_text(&self.problem, MAX_TEXT_CHARS));
        if self.reached {
            return;
        }
        for (field, answered) in [
            ("policy_known", self.policy_known.is_some()),
            ("convenient", self.convenient.is_some()),
            ("level", self.level.is_some()),
            ("words", !self.words.is_empty()),
            ("problem", !self.problem.is_empty()),
        ] {
            wrong.require(!answered, field, "is given, but nobody was reached");
        }
    }
}

/// How a commissioned assessment was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssessmentMethod {
    /// 现场暗访.
    CovertVisit,
    /// 电话调查.
    Phone,
    /// 专题评估.
    Thematic,
    /// 满意度评议.
    Appraisal,
}

impl AssessmentMethod {
    /// Its name as the source of a matter.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CovertVisit => "covert_visit",
            Self::Phone => "phone_assessment",
            Self::Thematic => "thematic_assessment",
            Self::Appraisal => "appraisal",
        }
    }
}

/// A commissioned assessment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assessment {
    /// The region.
    pub region_code: String,
    /// The commissioned organisation.
    pub organization: String,
    /// How it was made.
    pub method: AssessmentMethod,
    /// The days it covers.
    pub period: DayRange,
    /// What was assessed.
    pub unit_ids: Vec<String>,
    /// What was found.
    pub findings: String,
    /// Its documents.
    pub enclosures: Vec<Enclosure>,
    /// The problems it found: whose, and what.
    pub problems: Vec<(String, String)>,
}

impl Assessment {
    /// Notes what is wrong with it, but not whether its units exist.
    pub fn check(&self, wrong: &mut Violations, today: Date) {
        let field = |name: &str| format!("assessment.{name}");
        written(wrong, &field("organization"), &self.organization, MAX_BODY_CHARS);
        wrong.require(self.period.from <= today, &field("period.from"), "is in the future");
        wrong.require(!self.unit_ids.is_empty(), &field("unit_ids"), "are missing");
        check_identities(wrong, &field("unit_ids"), &self.unit_ids, MAX_UNITS);
        written(wrong, &field("findings"), &self.findings, MAX_FINDINGS_CHARS);
        check_enclosures(wrong, &field("enclosures"), &self.enclosures);
        if self.problems.len() > MAX_PROBLEMS {
            return wrong.add(field("problems"), format!("are more than {MAX_PROBLEMS}"));
        }
        for (n, (agency, words)) in self.problems.iter().enumerate() {
            let agency_id = field(&format!("problems[{n}].agency_id"));
            wrong.require(!agency.is_empty(), &agency_id, "is missing");
            wrong.take(&agency_id, identifier(agency));
            written(wrong, &field(&format!("problems[{n}].words")), words, MAX_PROBLEM_CHARS);
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const TODAY: Date = date(2026, 3, 2);

    fn plan() -> Plan {
        Plan {
            title: "示例回访".to_owned(),
            method: SamplingMethod::SampledCallBack,
            organization: String::new(),
            direction: Direction::NewPolicy,
            direction_words: String::new(),
            rule: SampleRule {
                region_code: "652301".to_owned(),
                served: DayRange::new(TODAY, TODAY).unwrap(),
                item_codes: Vec::new(),
                agency_ids: Vec::new(),
                only_negative: false,
                size: Size::Percent(Percent::try_from(10).unwrap()),
            },
        }
    }

    fn fields(check: impl Fn(&mut Violations)) -> Vec<String> {
        let mut wrong = Violations::default();
        check(&mut wrong);
        wrong.0.into_iter().map(|violation| violation.field).collect()
    }

    fn plan_fields(plan: &Plan) -> Vec<String> {
        fields(|wrong| plan.check(wrong))
    }

    #[test]
    fn i18_a_plan_names_its_organisation_and_its_concentration_and_all_that_is_wrong() {
        assert_eq!(plan_fields(&plan()), [""; 0]);
        for direction in [Direction::NewItem, Direction::KeyItem] {
            let mut directed = Plan { direction, ..plan() };
            assert_eq!(plan_fields(&directed), ["rule.item_codes"], "{direction:?}");
            directed.rule.item_codes = vec!["a".to_owned()];
            assert_eq!(plan_fields(&directed), [""; 0]);
        }
        let concentrated = Plan { direction: Direction::Concentrated, ..plan() };
        assert_eq!(plan_fields(&concentrated), ["direction_words"]);
        let third = Plan { method: SamplingMethod::SampledThirdParty, ..plan() };
        assert_eq!(plan_fields(&third), ["organization"]);
        let mut wrong = Plan {
            title: String::new(),
            organization: "示例机构".to_owned(),
            direction_words: "长".repeat(501),
            ..plan()
        };
        wrong.rule.item_codes = vec!["a".to_owned(), String::new(), "a".to_owned()];
        wrong.rule.agency_ids = vec!["a".to_owned(); 101];
        wrong.rule.size = Size::Count(0);
        let named = [
            "title",
            "organization",
            "direction_words",
            "rule.item_codes[1]",
            "rule.item_codes[2]",
            "rule.agency_ids",
            "rule.count",
        ];
        assert_eq!(plan_fields(&wrong), named);
        for (count, named) in [(10_000, vec![]), (10_001, vec!["rule.count"])] {
            let mut most = plan();
            most.rule.size = Size::Count(count);
            assert_eq!(plan_fields(&most), named, "{count}");
        }
    }

    #[test]
    fn i18_a_sample_is_drawn_once_the_period_is_over() {
        let rule = plan().rule;
        assert_eq!(rule.may_draw(TODAY), Err(NotOver { to: TODAY }));
        assert_eq!(rule.may_draw(TODAY.tomorrow().unwrap()), Ok(()));
    }

    #[test]
    fn i18_who_was_not_reached_answered_nothing() {
        let answered = CallBack {
            reached: true,
            policy_known: Some(true),
            convenient: Some(false),
            level: Some(Level::Satisfied),
            words: "还行".to_owned(),
            problem: "排队".to_owned(),
        };
        assert_eq!(fields(|wrong| answered.check(wrong)), [""; 0]);
        let unreached = CallBack { reached: false, ..answered.clone() };
        let all = ["policy_known", "convenient", "level", "words", "problem"];
        assert_eq!(fields(|wrong| unreached.check(wrong)), all);
        let long =
            CallBack { words: "长".repeat(2_001), problem: "\u{202E}".to_owned(), ..answered };
        assert_eq!(fields(|wrong| long.check(wrong)), ["words", "problem"]);
    }

    #[test]
    fn i18_everything_wrong_with_an_assessment_is_named_at_once() {
        let enclosure = Enclosure { name: "报告".to_owned(), sha256: "0a".repeat(32), size: 1 };
        let good = Assessment {
            region_code: "652301".to_owned(),
            organization: "示例机构".to_owned(),
            method: AssessmentMethod::CovertVisit,
            period: DayRange::new(TODAY, TODAY).unwrap(),
            unit_ids: vec!["652301-a03".to_owned()],
            findings: "总体良好".to_owned(),
            enclosures: vec![enclosure],
            problems: vec![("652301-a03".to_owned(), "无人值守".to_owned())],
        };
        assert_eq!(fields(|wrong| good.check(wrong, TODAY)), [""; 0]);
        let wrong = Assessment {
            organization: String::new(),
            unit_ids: Vec::new(),
            findings: "长".repeat(5_001),
            enclosures: vec![Enclosure {
                name: "报告".to_owned(), sha256: String::new(), size: 1
            }],
            problems: vec![(String::new(), String::new())],
            ..good.clone()
        };
        let named = [
            "assessment.organization",
            "assessment.period.from",
            "assessment.unit_ids",
            "assessment.findings",
            "assessment.enclosures[0].sha256",
            "assessment.problems[0].agency_id",
            "assessment.problems[0].words",
        ];
        assert_eq!(fields(|w| wrong.check(w, TODAY.yesterday().unwrap())), named);
        let many = Assessment { problems: vec![good.problems[0].clone(); 41], ..good };
        assert_eq!(fields(|w| many.check(w, TODAY)), ["assessment.problems"]);
    }
}
