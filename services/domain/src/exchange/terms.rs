//! The terms of the national interface that this system has no other name for. A term is a name: its number
//! differs from dialect to dialect, and the same number means opposite things in two of them.

use serde::Deserialize;

use crate::rating::RaterKind;

/// Who was served (userProp, 申请人类型).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplicantKind {
    /// 自然人.
    NaturalPerson,
    /// 企业法人.
    Enterprise,
    /// 事业法人.
    Institution,
    /// 社会组织法人.
    SocialOrganization,
    /// 非法人企业.
    UnincorporatedEnterprise,
    /// 行政机关.
    AdministrativeOrgan,
    /// 其他组织.
    OtherOrganization,
}

impl ApplicantKind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::NaturalPerson,
        Self::Enterprise,
        Self::Institution,
        Self::SocialOrganization,
        Self::UnincorporatedEnterprise,
        Self::AdministrativeOrgan,
        Self::OtherOrganization,
    ];

    /// Which of them someone can be of whom only the coarser kind is known.
    #[must_use]
    pub fn of(kind: RaterKind) -> &'static [Self] {
        match kind {
            RaterKind::NaturalPerson => &[Self::NaturalPerson],
            RaterKind::LegalPerson => &[
                Self::Enterprise,
                Self::Institution,
                Self::SocialOrganization,
                Self::AdministrativeOrgan,
            ],
            RaterKind::OtherOrganization => {
                &[Self::UnincorporatedEnterprise, Self::OtherOrganization]
            }
        }
    }
}

/// A certificate by which somebody is known (userPageType, 证件类型).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CertificateKind {
    /// 居民身份证.
    IdentityCard,
    /// 统一社会信用代码.
    CreditCode,
}

impl CertificateKind {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::IdentityCard, Self::CreditCode];
}

/// Where a case stands (proStatus, 办件状态).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseStatus {
    /// 待受理.
    Pending,
    /// 已受理.
    Accepted,
    /// 已办结.
    Completed,
}

impl CaseStatus {
    /// All of them, in order.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Accepted, Self::Completed];
}

/// Whether what a rater wrote was reviewed (appStatus, 审核状态). What silence accepts counts as agreed to
/// (视为同意): its review is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewStatus {
    /// 无需审核.
    NotNeeded,
    /// 已审核.
    Reviewed,
    /// 未审核.
    NotReviewed,
}

impl ReviewStatus {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::NotNeeded, Self::Reviewed, Self::NotReviewed];
}

/// Where a case is handled (proChannel, 办理渠道).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Medium {
    /// 线上.
    Online,
    /// 线下.
    Offline,
}

impl Medium {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Online, Self::Offline];
}

/// What is to become of a record there (flag).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// 新增.
    Insert,
    /// 更新.
    Update,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Insert, Self::Update];
}
