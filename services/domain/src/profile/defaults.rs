//! The system's own defaults, for what no document rules: each is said at its field.

use super::{
    ExclusionDuty, ExclusionGround, ExclusionRule, FollowUpBy, FollowUpRule, FollowUpWhom, List,
    Party, Percent, Period, Profile, RatedObject, RatingUnit, Reach, RealName, RepeatedRating,
    Ruled, SYSTEM_LAYER, Stage, ThirdParty,
};
use crate::level::LabelSet;

impl Profile {
    /// A profile in which every document is silent.
    pub(super) fn system() -> Self {
        fn ruled<T>(value: T) -> Ruled<T> {
            Ruled { value, clause: "系统默认".to_owned(), layer: SYSTEM_LAYER.to_owned() }
        }
        let follow_up =
            FollowUpRule { whom: FollowUpWhom::RealNameNegative, by: FollowUpBy::HandlingAgency };
        let exclusion = ExclusionRule {
            grounds: List::of([ExclusionGround::Mistaken, ExclusionGround::Malicious]),
            by: Party::Authority,
            duties: List::of([ExclusionDuty::Verified]),
        };
        Self {
            id: SYSTEM_LAYER.to_owned(),
            version: 1,
            region_code: None,
            document: String::new(),
            in_force_from: None,
            in_force_until: None,
            trial: false,
            label_set: ruled(LabelSet::Satisfaction),
            scores: None,
            rated_directly: ruled(List::of([
                RatedObject::Staff,
                RatedObject::Agency,
                RatedObject::Platform,
            ])),
            mean_scores: None,
            rated_content: None,
            questionnaire: None,
            tag_list: None,
            rating_window: None,
            default_rating: None,
            default_rating_counts: ruled(false),
            evaluator_opens_on: ruled(List::of([Stage::Completion])),
            kiosk_opens_on: ruled(List::of([Stage::Completion])),
            staff_prompt: ruled(false),
            sms_invitation: ruled(false),
            sms_reminder: None,
            negative_needs_reason: ruled(false),
            repeated_rating: ruled(RepeatedRating::LatestCounts),
            real_name: ruled(RealName::Encouraged),
            private_allowed: ruled(true),
            on_site_unit: ruled(RatingUnit::Service),
            on_site_rated_on: ruled(List::of([Stage::Completion])),
            online_unit: ruled(RatingUnit::Matter),
            online_rated_on: ruled(List::of([Stage::Completion])),
            immediate_case_ratings: None,
            committed_case_ratings_min: None,
            every_stage_rateable: ruled(false),
            once_on_completion: None,
            package_rating: None,
            batch_rated_once: ruled(false),
            text_review: None,
            unreviewed_text_accepted: ruled(false),
            dispatch_by: ruled(FollowUpBy::HandlingAgency),
            dispatch: None,
            start_handling: None,
            authority_verifies: ruled(false),
            authority_for_townships: ruled(false),
            first_contact: None,
            fix_clear: None,
            feed_back_clear: None,
            fix_simple: None,
            feed_back_simple: None,
            fix_complex: None,
            fix_complex_min_days: None,
            feed_back_complex: None,
            complex_ledger: ruled(true),
            complex_needs_reason: ruled(false),
            extension: None,
            feedback_channels: ruled(List::of([Reach::Suitable])),
            result_reviewed_by_authority: ruled(false),
            exclusion: ruled(exclusion),
            follow_up: ruled(follow_up),
            follow_up_percent: ruled(Percent::ALL),
            rectified_percent: None,
            follow_up_within: None,
            follow_up_channels: ruled(List::of([Reach::Suitable])),
            satisfaction_sample: None,
            appeal_from: ruled(List::of([Party::RatedParty])),
            appeal: None,
            appeal_to: ruled(Party::Authority),
            decide_appeal: None,
            appeal_stops_clock: ruled(false),
            key_target: None,
            concentrated_problem: None,
            rater_data_to_third_party: ruled(ThirdParty::WithPermission),
            retaliation_consequence: None,
            surveys: None,
            third_party_survey_every: None,
            supervisors_meet_every: None,
            bulletins: ruled(List::of([Period::Periodic])),
            hotline: None,
            hotline_dispatch: None,
        }
    }
}
