//! Policy profiles (实施细则): one jurisdiction's rules as layered data, each value with its
//! clause. A layer that is silent inherits its superior's value; where all are silent the system's
//! own default stands, said at the field below.

use jiff::civil::Date;
use serde::Deserialize;

use crate::{
    deadline::{DayUnit, DeadlineRule, iso_date},
    level::LabelSet,
    source::{Source, SourceError},
};

/// The layer name of the system's own defaults.
pub const SYSTEM_LAYER: &str = "system";

/// A value with where it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruled<T> {
    /// The value.
    pub value: T,
    /// Document and clause.
    pub clause: String,
    /// The layer that set it.
    pub layer: String,
}

/// The rules in force in one jurisdiction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Identity, for example `changji-2020`.
    pub id: String,
    /// Version, from 1.
    pub version: u32,
    /// Region, GB/T 2260; none for a layer that only others inherit.
    pub region_code: Option<String>,
    /// Document number.
    pub document: String,
    /// First day in force, where the document says.
    pub in_force_from: Option<Date>,
    /// On trial (试行).
    pub trial: bool,
    /// The words of the levels (I04). System: 满意 set.
    pub label_set: Ruled<LabelSet>,
    /// How long a service can be rated (I06). System: none, rateable for ever.
    pub rating_window: Option<Ruled<DeadlineRule>>,
    /// Whether a negative rating needs a tag or a text (I05). System: no.
    pub negative_needs_reason: Ruled<bool>,
    /// Whether the rater must be known by name (I13). System: encouraged.
    pub real_name: Ruled<RealName>,
    /// Whether the rater can keep the rating from the public (I14). System: yes.
    pub private_allowed: Ruled<bool>,
    /// Clear and reasonable: fixed by (T04). System: none.
    pub fix_clear: Option<Ruled<DeadlineRule>>,
    /// Clear and reasonable: fed back to the rater by (T04). System: none.
    pub feed_back_clear: Option<Ruled<DeadlineRule>>,
    /// Complex: solution worked out and fed back by (T04). System: none.
    pub feed_back_complex: Option<Ruled<DeadlineRule>>,
    /// Whether the Authority reviews results before closing (T15). System: no.
    pub result_reviewed_by_authority: Ruled<bool>,
    /// Who follows up whom (T06). System: real-name negatives, by the handling agency.
    pub follow_up: Ruled<FollowUpRule>,
}

/// Whether the rater must be known by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RealName {
    /// 鼓励实名.
    Encouraged,
    /// 实名.
    Required,
}

/// Who follows up whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FollowUpRule {
    /// Whose tickets must be followed up, without exception.
    pub whom: FollowUpWhom,
    /// Who follows up.
    pub by: FollowUpBy,
}

/// Whose tickets must be followed up, without exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FollowUpWhom {
    /// 实名差评.
    RealNameNegative,
    /// 全部差评.
    AllNegative,
}

/// Who follows up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FollowUpBy {
    /// 业务办理单位.
    HandlingAgency,
    /// 政务服务管理机构.
    Authority,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Layer {
    id: String,
    version: u32,
    inherits: Option<toml::Spanned<String>>,
    region: Option<String>,
    document: String,
    in_force_from: Option<toml::Spanned<String>>,
    trial: bool,
    label_set: Option<Plain<LabelSet>>,
    rating_window: Option<Span>,
    negative_needs_reason: Option<Plain<bool>>,
    real_name: Option<Plain<RealName>>,
    private_allowed: Option<Plain<bool>>,
    fix_clear: Option<Span>,
    feed_back_clear: Option<Span>,
    feed_back_complex: Option<Span>,
    result_reviewed_by_authority: Option<Plain<bool>>,
    follow_up: Option<FollowUp>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plain<T> {
    value: T,
    clause: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Span {
    days: u32,
    unit: DayUnit,
    event: String,
    clause: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FollowUp {
    whom: FollowUpWhom,
    by: FollowUpBy,
    clause: String,
}

impl Profile {
    /// Reads the layers, the nation's first; the last one gives the profile its name.
    ///
    /// # Errors
    /// The first thing wrong, with file and line; a layer must inherit the one before it.
    pub fn parse(layers: &[Source<'_>]) -> Result<Self, SourceError> {
        let mut profile: Option<Self> = None;
        for source in layers {
            let layer: Layer = source.parse()?;
            let base = match (&layer.inherits, profile) {
                (None, None) => Self::system(),
                (Some(name), Some(base)) if *name.get_ref() == base.id => base,
                (Some(name), _) => {
                    let why =
                        format!("inherits \"{}\", which is not the layer above", name.get_ref());
                    return Err(source.error(name.span().start, why));
                }
                (None, Some(_)) => return Err(source.error(0, "must inherit the layer above")),
            };
            profile = Some(layer.over(base, *source)?);
        }
        let none = SourceError { file: "profile".into(), line: 1, reason: "has no layer".into() };
        profile.ok_or(none)
    }

    /// The deadline that limits an act, by the act's name.
    #[must_use]
    pub fn deadline(&self, act: &str) -> Option<&DeadlineRule> {
        [&self.rating_window, &self.fix_clear, &self.feed_back_clear, &self.feed_back_complex]
            .into_iter()
            .flatten()
            .map(|ruled| &ruled.value)
            .find(|rule| rule.act == act)
    }

    /// `id@version`: what a case is bound to.
    #[must_use]
    pub fn policy(&self) -> String {
        format!("{}@{}", self.id, self.version)
    }

    fn system() -> Self {
        fn ruled<T>(value: T) -> Ruled<T> {
            Ruled { value, clause: "系统默认".to_owned(), layer: SYSTEM_LAYER.to_owned() }
        }
        let follow_up =
            FollowUpRule { whom: FollowUpWhom::RealNameNegative, by: FollowUpBy::HandlingAgency };
        Self {
            id: SYSTEM_LAYER.to_owned(),
            version: 1,
            region_code: None,
            document: String::new(),
            in_force_from: None,
            trial: false,
            label_set: ruled(LabelSet::Satisfaction),
            rating_window: None,
            negative_needs_reason: ruled(false),
            real_name: ruled(RealName::Encouraged),
            private_allowed: ruled(true),
            fix_clear: None,
            feed_back_clear: None,
            feed_back_complex: None,
            result_reviewed_by_authority: ruled(false),
            follow_up: ruled(follow_up),
        }
    }
}

impl Layer {
    fn over(self, base: Profile, source: Source<'_>) -> Result<Profile, SourceError> {
        let in_force_from = match &self.in_force_from {
            None => None,
            Some(text) => Some(iso_date(text.get_ref()).map_err(|why| {
                let why = format!("\"{}\" {why}", text.get_ref());
                source.error(text.span().start, why)
            })?),
        };
        let cite = Cite { layer: self.id.clone(), document: self.document.clone() };
        let follow_up = self.follow_up.map(|own| Plain {
            value: FollowUpRule { whom: own.whom, by: own.by },
            clause: own.clause,
        });
        Ok(Profile {
            id: self.id,
            version: self.version,
            region_code: self.region,
            document: self.document,
            in_force_from,
            trial: self.trial,
            label_set: cite.plain(self.label_set, base.label_set),
            rating_window: cite.span("rating_window", self.rating_window, base.rating_window),
            negative_needs_reason: cite
                .plain(self.negative_needs_reason, base.negative_needs_reason),
            real_name: cite.plain(self.real_name, base.real_name),
            private_allowed: cite.plain(self.private_allowed, base.private_allowed),
            fix_clear: cite.span("fix_clear", self.fix_clear, base.fix_clear),
            feed_back_clear: cite.span(
                "feed_back_clear",
                self.feed_back_clear,
                base.feed_back_clear,
            ),
            feed_back_complex: cite.span(
                "feed_back_complex",
                self.feed_back_complex,
                base.feed_back_complex,
            ),
            result_reviewed_by_authority: cite
                .plain(self.result_reviewed_by_authority, base.result_reviewed_by_authority),
            follow_up: cite.plain(follow_up, base.follow_up),
        })
    }
}

/// Puts a layer's name and document beside its values.
struct Cite {
    layer: String,
    document: String,
}

impl Cite {
    fn rule<T>(&self, value: T, clause: &str) -> Ruled<T> {
        let clause = format!("{} {clause}", self.document);
        Ruled { value, clause, layer: self.layer.clone() }
    }

    fn plain<T>(&self, own: Option<Plain<T>>, inherited: Ruled<T>) -> Ruled<T> {
        own.map_or(inherited, |own| self.rule(own.value, &own.clause))
    }

    fn span(
        &self,
        act: &str,
        own: Option<Span>,
        inherited: Option<Ruled<DeadlineRule>>,
    ) -> Option<Ruled<DeadlineRule>> {
        let Some(Span { days, unit, event, clause }) = own else {
            return inherited;
        };
        let rule = self.rule((), &clause);
        let act = act.to_owned();
        Some(Ruled {
            value: DeadlineRule { act, event, days, unit, clause: rule.clause.clone() },
            clause: rule.clause,
            layer: rule.layer,
        })
    }
}
