//! Reading a profile: layers of TOML over each other and over the system's defaults. A field that
//! a layer does not name keeps what is below it, with the clause and the layer that set it.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::{
    CaseKind, ExclusionRule, ExtensionDuty, FollowUpBy, FollowUpRule, HotlineDuty, KeyTargetRule,
    List, PackageRating, Party, Percent, Period, ProblemDuty, Profile, RatedContent, RatedObject,
    RatingUnit, Reach, RealName, Reminder, RepeatedRating, Ruled, Scores, Stage, SurveyMethod,
    ThirdParty, strictness, terms::Event,
};
use crate::{
    codes::RegionCode,
    deadline::{DayUnit, DeadlineRule, iso_date},
    level::{LabelSet, Level},
    source::{Source, SourceError},
};

/// One document: a table per field, with its `value` and its `clause`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Layer {
    id: Spanned<String>,
    version: u32,
    inherits: Option<Spanned<String>>,
    region: Option<Spanned<String>>,
    document: String,
    in_force_from: Option<Spanned<String>>,
    in_force_until: Option<Spanned<String>>,
    trial: bool,
    label_set: Option<Own<LabelSet>>,
    scores: Option<Own<Scores>>,
    rated_directly: Option<Own<List<RatedObject>>>,
    mean_scores: Option<Own<List<RatedObject>>>,
    rated_content: Option<Own<List<RatedContent>>>,
    questionnaire: Option<Own<List<String>>>,
    tag_list: Option<Own<String>>,
    rating_window: Option<Own<Limit>>,
    default_rating: Option<Own<Level>>,
    default_rating_counts: Option<Own<bool>>,
    evaluator_opens_on: Option<Own<List<Stage>>>,
    kiosk_opens_on: Option<Own<List<Stage>>>,
    staff_prompt: Option<Own<bool>>,
    sms_invitation: Option<Own<bool>>,
    sms_reminder: Option<Own<Reminder>>,
    negative_needs_reason: Option<Own<bool>>,
    repeated_rating: Option<Own<RepeatedRating>>,
    real_name: Option<Own<RealName>>,
    private_allowed: Option<Own<bool>>,
    on_site_unit: Option<Own<RatingUnit>>,
    on_site_rated_on: Option<Own<List<Stage>>>,
    online_unit: Option<Own<RatingUnit>>,
    online_rated_on: Option<Own<List<Stage>>>,
    immediate_case_ratings: Option<Own<u32>>,
    committed_case_ratings_min: Option<Own<u32>>,
    every_stage_rateable: Option<Own<bool>>,
    once_on_completion: Option<Own<List<CaseKind>>>,
    package_rating: Option<Own<PackageRating>>,
    batch_rated_once: Option<Own<bool>>,
    text_review: Option<Own<Limit>>,
    unreviewed_text_accepted: Option<Own<bool>>,
    dispatch_by: Option<Own<FollowUpBy>>,
    dispatch: Option<Own<Limit>>,
    start_handling: Option<Own<Limit>>,
    authority_verifies: Option<Own<bool>>,
    authority_for_townships: Option<Own<bool>>,
    first_contact: Option<Own<Limit>>,
    fix_clear: Option<Own<Limit>>,
    feed_back_clear: Option<Own<Limit>>,
    fix_simple: Option<Own<Limit>>,
    feed_back_simple: Option<Own<Limit>>,
    fix_complex: Option<Own<Limit>>,
    fix_complex_min_days: Option<Own<u32>>,
    feed_back_complex: Option<Own<Limit>>,
    complex_ledger: Option<Own<bool>>,
    complex_needs_reason: Option<Own<bool>>,
    extension: Option<Own<List<ExtensionDuty>>>,
    feedback_channels: Option<Own<List<Reach>>>,
    result_reviewed_by_authority: Option<Own<bool>>,
    exclusion: Option<Own<ExclusionRule>>,
    follow_up: Option<Own<FollowUpRule>>,
    follow_up_percent: Option<Own<Percent>>,
    rectified_percent: Option<Own<Percent>>,
    follow_up_within: Option<Own<Limit>>,
    follow_up_channels: Option<Own<List<Reach>>>,
    satisfaction_sample: Option<Own<List<Reach>>>,
    appeal_from: Option<Own<List<Party>>>,
    appeal: Option<Own<Limit>>,
    appeal_to: Option<Own<Party>>,
    decide_appeal: Option<Own<Limit>>,
    appeal_stops_clock: Option<Own<bool>>,
    key_target: Option<Own<KeyTargetRule>>,
    concentrated_problem: Option<Own<List<ProblemDuty>>>,
    rater_data_to_third_party: Option<Own<ThirdParty>>,
    retaliation_consequence: Option<Own<String>>,
    surveys: Option<Own<List<SurveyMethod>>>,
    third_party_survey_every: Option<Own<Period>>,
    supervisors_meet_every: Option<Own<Period>>,
    bulletins: Option<Own<List<Period>>>,
    hotline: Option<Own<List<HotlineDuty>>>,
    hotline_dispatch: Option<Own<Limit>>,
}

/// A value of a layer's own.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Own<T> {
    value: Spanned<T>,
    clause: Spanned<String>,
}

/// A deadline without the act it limits, which is the field.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Limit {
    days: u32,
    unit: DayUnit,
    event: Event,
}

impl Profile {
    /// Reads the layers, the nation's first; the last one gives the profile its name.
    ///
    /// # Errors
    /// The first thing wrong, with file and line: a layer must inherit the one before it, and must
    /// never be looser.
    pub fn parse(layers: &[Source<'_>]) -> Result<Self, SourceError> {
        let mut below: Vec<String> = Vec::new();
        let mut profile = Self::system();
        for source in layers {
            let layer: Layer = source.parse()?;
            let id = layer.id.get_ref().clone();
            if below.contains(&id) {
                let why = format!("\"{id}\" is a layer of itself");
                return Err(source.error(layer.id.span().start, why));
            }
            match (&layer.inherits, below.last()) {
                (None, None) => {}
                (Some(name), Some(above)) if name.get_ref() == above => {}
                (Some(name), _) => {
                    let why =
                        format!("inherits \"{}\", which is not the layer above", name.get_ref());
                    return Err(source.error(name.span().start, why));
                }
                (None, Some(_)) => return Err(source.error(0, "must inherit the layer above")),
            }
            profile = layer.over(&profile, *source)?;
            below.push(id);
        }
        if below.is_empty() {
            let reason = "has no layer".to_owned();
            return Err(SourceError { file: "profile".to_owned(), line: 1, reason });
        }
        Ok(profile)
    }
}

impl Layer {
    /// The rules below with this layer's own over them.
    fn over(self, below: &Profile, source: Source<'_>) -> Result<Profile, SourceError> {
        let date = |text: Option<Spanned<String>>| match text {
            None => Ok(None),
            Some(text) => iso_date(text.get_ref()).map(Some).map_err(|why| {
                source.error(text.span().start, format!("\"{}\" {why}", text.get_ref()))
            }),
        };
        let region = region(self.region, below, source)?;
        let until_at = self.in_force_until.as_ref().map_or(0, |text| text.span().start);
        let mut to = Profile {
            id: self.id.into_inner(),
            version: self.version,
            region_code: region,
            document: self.document,
            in_force_from: date(self.in_force_from)?,
            in_force_until: date(self.in_force_until)?,
            trial: self.trial,
            ..below.clone()
        };
        if to.in_force_until.is_some_and(|until| Some(until) < to.in_force_from) {
            return Err(source.error(until_at, "ends before it begins"));
        }
        let mut lay = Lay {
            layer: to.id.clone(),
            document: to.document.clone(),
            offsets: BTreeMap::new(),
            blank: None,
        };
        lay.rule("label_set", self.label_set, &mut to.label_set);
        lay.option("scores", self.scores, &mut to.scores);
        lay.rule("rated_directly", self.rated_directly, &mut to.rated_directly);
        lay.option("mean_scores", self.mean_scores, &mut to.mean_scores);
        lay.option("rated_content", self.rated_content, &mut to.rated_content);
        lay.option("questionnaire", self.questionnaire, &mut to.questionnaire);
        lay.option("tag_list", self.tag_list, &mut to.tag_list);
        lay.limit("rating_window", self.rating_window, &mut to.rating_window);
        lay.option("default_rating", self.default_rating, &mut to.default_rating);
        lay.rule(
            "default_rating_counts",
            self.default_rating_counts,
            &mut to.default_rating_counts,
        );
        lay.rule("evaluator_opens_on", self.evaluator_opens_on, &mut to.evaluator_opens_on);
        lay.rule("kiosk_opens_on", self.kiosk_opens_on, &mut to.kiosk_opens_on);
        lay.rule("staff_prompt", self.staff_prompt, &mut to.staff_prompt);
        lay.rule("sms_invitation", self.sms_invitation, &mut to.sms_invitation);
        lay.option("sms_reminder", self.sms_reminder, &mut to.sms_reminder);
        lay.rule(
            "negative_needs_reason",
            self.negative_needs_reason,
            &mut to.negative_needs_reason,
        );
        lay.rule("repeated_rating", self.repeated_rating, &mut to.repeated_rating);
        lay.rule("real_name", self.real_name, &mut to.real_name);
        lay.rule("private_allowed", self.private_allowed, &mut to.private_allowed);
        lay.rule("on_site_unit", self.on_site_unit, &mut to.on_site_unit);
        lay.rule("on_site_rated_on", self.on_site_rated_on, &mut to.on_site_rated_on);
        lay.rule("online_unit", self.online_unit, &mut to.online_unit);
        lay.rule("online_rated_on", self.online_rated_on, &mut to.online_rated_on);
        lay.option(
            "immediate_case_ratings",
            self.immediate_case_ratings,
            &mut to.immediate_case_ratings,
        );
        lay.option(
            "committed_case_ratings_min",
            self.committed_case_ratings_min,
            &mut to.committed_case_ratings_min,
        );
        lay.rule("every_stage_rateable", self.every_stage_rateable, &mut to.every_stage_rateable);
        lay.option("once_on_completion", self.once_on_completion, &mut to.once_on_completion);
        lay.option("package_rating", self.package_rating, &mut to.package_rating);
        lay.rule("batch_rated_once", self.batch_rated_once, &mut to.batch_rated_once);
        lay.limit("text_review", self.text_review, &mut to.text_review);
        lay.rule(
            "unreviewed_text_accepted",
            self.unreviewed_text_accepted,
            &mut to.unreviewed_text_accepted,
        );
        lay.rule("dispatch_by", self.dispatch_by, &mut to.dispatch_by);
        lay.limit("dispatch", self.dispatch, &mut to.dispatch);
        lay.limit("start_handling", self.start_handling, &mut to.start_handling);
        lay.rule("authority_verifies", self.authority_verifies, &mut to.authority_verifies);
        lay.rule(
            "authority_for_townships",
            self.authority_for_townships,
            &mut to.authority_for_townships,
        );
        lay.limit("first_contact", self.first_contact, &mut to.first_contact);
        lay.limit("fix_clear", self.fix_clear, &mut to.fix_clear);
        lay.limit("feed_back_clear", self.feed_back_clear, &mut to.feed_back_clear);
        lay.limit("fix_simple", self.fix_simple, &mut to.fix_simple);
        lay.limit("feed_back_simple", self.feed_back_simple, &mut to.feed_back_simple);
        lay.limit("fix_complex", self.fix_complex, &mut to.fix_complex);
        lay.option("fix_complex_min_days", self.fix_complex_min_days, &mut to.fix_complex_min_days);
        lay.limit("feed_back_complex", self.feed_back_complex, &mut to.feed_back_complex);
        lay.rule("complex_ledger", self.complex_ledger, &mut to.complex_ledger);
        lay.rule("complex_needs_reason", self.complex_needs_reason, &mut to.complex_needs_reason);
        lay.option("extension", self.extension, &mut to.extension);
        lay.rule("feedback_channels", self.feedback_channels, &mut to.feedback_channels);
        lay.rule(
            "result_reviewed_by_authority",
            self.result_reviewed_by_authority,
            &mut to.result_reviewed_by_authority,
        );
        lay.rule("exclusion", self.exclusion, &mut to.exclusion);
        lay.rule("follow_up", self.follow_up, &mut to.follow_up);
        lay.rule("follow_up_percent", self.follow_up_percent, &mut to.follow_up_percent);
        lay.option("rectified_percent", self.rectified_percent, &mut to.rectified_percent);
        lay.limit("follow_up_within", self.follow_up_within, &mut to.follow_up_within);
        lay.rule("follow_up_channels", self.follow_up_channels, &mut to.follow_up_channels);
        lay.option("satisfaction_sample", self.satisfaction_sample, &mut to.satisfaction_sample);
        lay.rule("appeal_from", self.appeal_from, &mut to.appeal_from);
        lay.limit("appeal", self.appeal, &mut to.appeal);
        lay.rule("appeal_to", self.appeal_to, &mut to.appeal_to);
        lay.limit("decide_appeal", self.decide_appeal, &mut to.decide_appeal);
        lay.rule("appeal_stops_clock", self.appeal_stops_clock, &mut to.appeal_stops_clock);
        lay.option("key_target", self.key_target, &mut to.key_target);
        lay.option("concentrated_problem", self.concentrated_problem, &mut to.concentrated_problem);
        lay.rule(
            "rater_data_to_third_party",
            self.rater_data_to_third_party,
            &mut to.rater_data_to_third_party,
        );
        lay.option(
            "retaliation_consequence",
            self.retaliation_consequence,
            &mut to.retaliation_consequence,
        );
        lay.option("surveys", self.surveys, &mut to.surveys);
        lay.option(
            "third_party_survey_every",
            self.third_party_survey_every,
            &mut to.third_party_survey_every,
        );
        lay.option(
            "supervisors_meet_every",
            self.supervisors_meet_every,
            &mut to.supervisors_meet_every,
        );
        lay.rule("bulletins", self.bulletins, &mut to.bulletins);
        lay.option("hotline", self.hotline, &mut to.hotline);
        lay.limit("hotline_dispatch", self.hotline_dispatch, &mut to.hotline_dispatch);
        if let Some(at) = lay.blank {
            return Err(source.error(at, "a value without its clause"));
        }
        let found = strictness::loosened(below, &to).or_else(|| strictness::senseless(&to));
        match found {
            Some((field, why)) => {
                let at = lay.offsets.get(field).copied().unwrap_or_default();
                Err(source.error(at, format!("{field}: {why}")))
            }
            None => Ok(to),
        }
    }
}

/// The region a layer is for: in the region of the layer that it refines, if that has one.
fn region(
    own: Option<Spanned<String>>,
    below: &Profile,
    source: Source<'_>,
) -> Result<Option<String>, SourceError> {
    let Some(text) = own else { return Ok(None) };
    let at = text.span().start;
    let code = RegionCode::parse(text.get_ref()).map_err(|why| source.error(at, why))?;
    let above = below.region_code.as_deref();
    let inside = |above: &str| {
        code.as_str() == above || code.ancestors().any(|ancestor| ancestor.as_str() == above)
    };
    match above {
        Some(above) if !inside(above) => {
            Err(source.error(at, format!("{code} does not lie in {above}, whose rules it refines")))
        }
        _ => Ok(Some(code.as_str().to_owned())),
    }
}

/// Puts a layer's own values over those below, with its name and document beside them, and keeps
/// where they stand.
struct Lay {
    layer: String,
    document: String,
    /// Where each value stands, by its field.
    offsets: BTreeMap<&'static str, usize>,
    /// Where a clause is blank.
    blank: Option<usize>,
}

impl Lay {
    fn own<T>(&mut self, field: &'static str, own: Own<T>) -> Ruled<T> {
        self.offsets.insert(field, own.value.span().start);
        if own.clause.get_ref().trim().is_empty() {
            self.blank = self.blank.or(Some(own.clause.span().start));
        }
        let clause = format!("{} {}", self.document, own.clause.get_ref());
        Ruled { value: own.value.into_inner(), clause, layer: self.layer.clone() }
    }

    fn rule<T>(&mut self, field: &'static str, own: Option<Own<T>>, to: &mut Ruled<T>) {
        if let Some(own) = own {
            *to = self.own(field, own);
        }
    }

    fn option<T>(&mut self, field: &'static str, own: Option<Own<T>>, to: &mut Option<Ruled<T>>) {
        if let Some(own) = own {
            *to = Some(self.own(field, own));
        }
    }

    fn limit(
        &mut self,
        act: &'static str,
        own: Option<Own<Limit>>,
        to: &mut Option<Ruled<DeadlineRule>>,
    ) {
        if let Some(own) = own {
            let Ruled { value: Limit { days, unit, event }, clause, layer } = self.own(act, own);
            let (act, event) = (act.to_owned(), event.name().to_owned());
            let value = DeadlineRule { act, event, days, unit, clause: clause.clone() };
            *to = Some(Ruled { value, clause, layer });
        }
    }
}
