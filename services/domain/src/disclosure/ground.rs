//! On what ground something is not shown to everybody (依法不得公开, P05).

use crate::profile::{Profile, SYSTEM_LAYER};

/// The law that forbids to publish what tells of a person's private life.
const PRIVACY: &str = "《中华人民共和国政府信息公开条例》第十五条";
/// The law that has everything reviewed before it is published.
const REVIEW: &str = "《中华人民共和国政府信息公开条例》第十七条";

/// A ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// The rater chose so (选择不公开).
    RatersChoice,
    /// It tells of a person's private life (个人隐私).
    PersonalPrivacy,
    /// Nobody reviewed it before, since the policy has no review of it (未经公开审查).
    NotReviewed,
}

impl Ground {
    /// Document and clause: of the rater's choice the policy's own, if a document of it lets them choose;
    /// of everything else the law's, which asks whoever is concerned.
    #[must_use]
    pub fn clause(self, profile: Option<&Profile>) -> String {
        let allowed = profile.map(|profile| &profile.private_allowed);
        match (self, allowed.filter(|rule| rule.value && rule.layer != SYSTEM_LAYER)) {
            (Self::RatersChoice, Some(rule)) => rule.clause.clone(),
            (Self::RatersChoice, None) | (Self::PersonalPrivacy, _) => PRIVACY.to_owned(),
            (Self::NotReviewed, _) => REVIEW.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    #[test]
    fn p05_a_choice_has_the_clause_of_the_document_that_gives_it_and_all_else_the_laws() {
        let source = |text| Source { file: "profile", text };
        let nation = source(include_str!("../../profiles/state-council-2019.toml"));
        let county = source(include_str!("../../profiles/county-2020.toml"));
        let guangxi = source(include_str!("../../profiles/guangxi-2019.toml"));
        let county = Profile::parse(&[nation, county]).unwrap();
        let guangxi = Profile::parse(&[guangxi]).unwrap();
        let of = |ground: Ground, profile| ground.clause(profile);
        assert!(of(Ground::RatersChoice, Some(&county)).contains("评价分为"));
        assert_eq!(of(Ground::RatersChoice, Some(&guangxi)), PRIVACY, "its document is silent");
        assert_eq!(of(Ground::RatersChoice, None), PRIVACY);
        assert_eq!(of(Ground::PersonalPrivacy, Some(&county)), PRIVACY);
        assert_eq!(of(Ground::NotReviewed, Some(&county)), REVIEW);
    }
}
