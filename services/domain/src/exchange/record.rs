//! What is told, in one form for all dialects: what facts say, and no more.

use jiff::Timestamp;

use super::terms::{CaseStatus, Medium, ReviewStatus};
use crate::{
    case::Stage,
    channel::Channel,
    item::{CaseKind, ItemType, Limit},
    level::Level,
};

/// One service of a case (办件服务).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// 办件编号.
    pub project_number: String,
    /// The item's code, 31 or 33 characters.
    pub item_code: String,
    /// What the catalogue says.
    pub known: Known,
    /// Region, GB/T 2260.
    pub region_code: String,
    /// The handling agency.
    pub agency_id: String,
    /// Where the case stands after this service.
    pub status: CaseStatus,
    /// When the case was accepted.
    pub accepted_at: Option<Timestamp>,
    /// When it was completed.
    pub completed_at: Option<Timestamp>,
    /// When the service was given.
    pub served_at: Timestamp,
    /// The stage it was given at.
    pub stage: Stage,
    /// Which service of the case it is, from 1 (服务次数); the platform's own number where it numbers them.
    pub number: u32,
    /// Where it was given, if that is known.
    pub medium: Option<Medium>,
}

/// What the catalogue says about a service's item and agency; none for what it does not know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// The item's name.
    pub item_name: Option<String>,
    /// Its type.
    pub item_type: Option<ItemType>,
    /// What kind of case it makes.
    pub case_kind: Option<CaseKind>,
    /// The limit that the agency promises.
    pub promised: Option<Limit>,
    /// The limit of the law.
    pub statutory: Option<Limit>,
    /// The agency's name.
    pub agency_name: Option<String>,
    /// Its unified social credit code.
    pub agency_uscc: Option<String>,
}

/// A rating (评价).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rating {
    /// The level.
    pub level: Level,
    /// How it came in; none for one that the system made (默认评价).
    pub channel: Option<Channel>,
    /// The reason tags.
    pub tags: Vec<String>,
    /// When it was given.
    pub at: Timestamp,
    /// Which of the service's ratings it is, from 1 (评价次数).
    pub number: u32,
    /// Whether what its rater wrote is to be reviewed (审核状态); none if that is not known.
    pub review: Option<ReviewStatus>,
}

/// What changed about a rating since (整改、审核、是否有效); what is none stays as it was told before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Correction {
    /// What became of it, in words (整改反馈).
    pub rectification: Option<String>,
    /// Whether what its rater wrote was reviewed.
    pub review: Option<ReviewStatus>,
    /// Whether it counts (是否有效评价).
    pub counts: Option<bool>,
}

/// One record of the interface.
#[derive(Clone, Copy, Debug)]
pub enum Record<'a> {
    /// A service of a case, told before its ratings.
    Case(&'a Service),
    /// A rating of it.
    Rating(&'a Service, &'a Rating),
    /// A correction of a rating.
    Correction(&'a Service, &'a Rating, &'a Correction),
}

impl<'a> Record<'a> {
    /// The service that it is about.
    #[must_use]
    pub fn service(self) -> &'a Service {
        match self {
            Self::Case(service) | Self::Rating(service, _) | Self::Correction(service, _, _) => {
                service
            }
        }
    }

    /// The rating that it is about.
    #[must_use]
    pub fn rating(self) -> Option<&'a Rating> {
        match self {
            Self::Case(_) => None,
            Self::Rating(_, rating) | Self::Correction(_, rating, _) => Some(rating),
        }
    }
}
