//! One unit in one span of time, and what is wrong with it by itself.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::hours::{OpeningSpan, hours_violation};
use crate::{
    codes::{RegionCode, is_uscc},
    violation::{Violations, identifier, plain_text},
};

/// The longest name or address, in characters.
const MAX_CHARS: usize = 200;
/// The most supporting services of a hall.
const MAX_SERVICES: usize = 100;

/// The kind of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitKind {
    /// 行政区划: its identity is its code.
    Region,
    /// 政务服务机构.
    Agency,
    /// 政务服务大厅, 分厅.
    Hall,
    /// 窗口.
    Window,
    /// 窗口工作人员.
    Staff,
    /// 业务条线.
    Line,
    /// 政务服务平台.
    Platform,
    /// 自助服务终端, 评价器.
    Terminal,
}

/// What kind of agency, window, platform or terminal a unit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Nature {
    /// Agency: 政府部门.
    Department,
    /// Agency: 承担行政职能的党委部门.
    PartyOrgan,
    /// Agency: 法律法规授权的企事业单位.
    Authorized,
    /// Agency: 公共服务企业.
    PublicServiceEnterprise,
    /// Window: 部门窗口.
    Departmental,
    /// Window: 综合窗口.
    Comprehensive,
    /// Platform: 政务服务网.
    Portal,
    /// Platform: 移动端.
    App,
    /// Platform: 政务服务热线.
    Hotline,
    /// Platform: 自助服务端.
    SelfService,
    /// Platform: 业务系统.
    BusinessSystem,
    /// Terminal: 自助服务终端.
    Kiosk,
    /// Terminal: 评价器.
    Evaluator,
}

impl Nature {
    /// The kind of unit that can have it.
    #[must_use]
    pub fn kind(self) -> UnitKind {
        match self {
            Self::Department
            | Self::PartyOrgan
            | Self::Authorized
            | Self::PublicServiceEnterprise => UnitKind::Agency,
            Self::Departmental | Self::Comprehensive => UnitKind::Window,
            Self::Portal | Self::App | Self::Hotline | Self::SelfService | Self::BusinessSystem => {
                UnitKind::Platform
            }
            Self::Kiosk | Self::Evaluator => UnitKind::Terminal,
        }
    }
}

/// A supporting service of a hall and its price (C10).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SupportService {
    /// Name: 打印, 传真, 邮寄.
    pub name: String,
    /// Its price, with the unit: A4每页0.5元, 免费.
    pub fee: String,
    /// 收费依据.
    pub basis: String,
}

/// A unit as it is in one span of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Identity.
    pub id: String,
    /// Its kind.
    pub kind: UnitKind,
    /// Name.
    pub name: String,
    /// The region it belongs to and is rated in; a region's own is itself.
    pub region_code: String,
    /// Superior of the same kind.
    pub superior_id: Option<String>,
    /// Agency, of a window, a staff member, a platform.
    pub agency_id: Option<String>,
    /// Hall, of a window or a terminal.
    pub hall_id: Option<String>,
    /// Window, of a staff member or an evaluator.
    pub window_id: Option<String>,
    /// First day of this version; none for since ever.
    pub valid_from: Option<Date>,
    /// Last day; none for until further notice.
    pub valid_to: Option<Date>,
    /// Its successor, if it was merged when it ended.
    pub successor_id: Option<String>,
    /// The kind of agency, window, platform or terminal.
    pub nature: Option<Nature>,
    /// Unified social credit code, of an agency.
    pub uscc: Option<String>,
    /// 责任领导, of an agency.
    pub leader: String,
    /// 专职联络员, of an agency.
    pub contact: String,
    /// Address, of a hall.
    pub address: String,
    /// Supporting services, of a hall.
    pub support_services: Vec<SupportService>,
    /// 开放时间, of a hall; of a window or terminal where they differ from its hall's.
    pub opening_hours: Vec<OpeningSpan>,
    /// Whether it is the region's Authority.
    pub authority: bool,
}

impl Unit {
    /// A unit of which only identity, kind, name and region are known.
    #[must_use]
    pub fn new(id: &str, kind: UnitKind, name: &str, region_code: &str) -> Self {
        Self {
            id: id.to_owned(),
            kind,
            name: name.to_owned(),
            region_code: region_code.to_owned(),
            superior_id: None,
            agency_id: None,
            hall_id: None,
            window_id: None,
            valid_from: None,
            valid_to: None,
            successor_id: None,
            nature: None,
            uscc: None,
            leader: String::new(),
            contact: String::new(),
            address: String::new(),
            support_services: Vec::new(),
            opening_hours: Vec::new(),
            authority: false,
        }
    }

    /// Whether this version holds on a day.
    #[must_use]
    pub fn is_valid_on(&self, day: Date) -> bool {
        self.valid_from.is_none_or(|from| from <= day) && self.valid_to.is_none_or(|to| day <= to)
    }

    /// Whether it has the same content as another, whatever the time.
    #[must_use]
    pub fn says_the_same(&self, other: &Self) -> bool {
        let timeless = |unit: &Self| Self {
            valid_from: None,
            valid_to: None,
            successor_id: None,
            ..unit.clone()
        };
        timeless(self) == timeless(other)
    }

    /// What is wrong with it, without looking at other units.
    #[must_use]
    pub fn violations(&self) -> Violations {
        let mut wrong = Violations::default();
        wrong.require(!self.id.is_empty(), "id", "is missing");
        wrong.take("id", identifier(&self.id));
        wrong.require(!self.name.trim().is_empty(), "name", "is missing");
        for (field, text) in [
            ("name", &self.name),
            ("leader", &self.leader),
            ("contact", &self.contact),
            ("address", &self.address),
        ] {
            wrong.take(field, plain_text(text, MAX_CHARS));
        }
        let backwards =
            matches!((self.valid_from, self.valid_to), (Some(from), Some(to)) if to < from);
        wrong.require(!backwards, "valid_to", "is before valid_from");
        let ends = self.successor_id.is_none() || self.valid_to.is_some();
        wrong.require(ends, "successor_id", "is given, but not when the unit ends (valid_to)");
        let itself = self.successor_id.as_deref() == Some(self.id.as_str());
        wrong.require(!itself, "successor_id", "is the unit itself");
        wrong.take("region_code", RegionCode::parse(&self.region_code));
        let nature = self.nature.is_none_or(|nature| nature.kind() == self.kind);
        wrong.require(nature, "nature", "is not of this kind of unit");
        self.check_kind(&mut wrong);
        wrong
    }

    /// The fields that a kind must have, and those it must not have.
    fn check_kind(&self, wrong: &mut Violations) {
        use UnitKind::{Agency, Hall, Platform, Region, Staff, Terminal, Window};
        let kind = self.kind;
        let evaluator = self.nature == Some(Nature::Evaluator);
        for (field, given, needed, allowed) in [
            (
                "agency_id",
                self.agency_id.is_some(),
                matches!(kind, Window | Staff),
                kind == Platform,
            ),
            ("hall_id", self.hall_id.is_some(), matches!(kind, Window | Terminal), false),
            ("window_id", self.window_id.is_some(), kind == Staff || evaluator, false),
            ("uscc", self.uscc.is_some(), kind == Agency, false),
            ("leader", !self.leader.is_empty(), kind == Agency, false),
            ("contact", !self.contact.is_empty(), kind == Agency, false),
            (
                "nature",
                self.nature.is_some(),
                matches!(kind, Agency | Window | Platform | Terminal),
                false,
            ),
            ("address", !self.address.is_empty(), kind == Hall, false),
            (
                "superior_id",
                self.superior_id.is_some(),
                false,
                !matches!(kind, Window | Staff | Terminal),
            ),
            ("support_services", !self.support_services.is_empty(), false, kind == Hall),
            (
                "opening_hours",
                !self.opening_hours.is_empty(),
                false,
                matches!(kind, Hall | Window | Terminal),
            ),
            ("authority", self.authority, false, kind == Agency),
        ] {
            wrong.require(given || !needed, field, "is missing");
            wrong.require(
                !given || needed || allowed,
                field,
                "does not belong to this kind of unit",
            );
        }
        if let Some(uscc) = &self.uscc {
            wrong.require(is_uscc(uscc), "uscc", "has no valid check character (GB 32100)");
        }
        let own = kind != Region || self.region_code == self.id;
        wrong.require(own, "id", "of a region is its code");
        wrong.take("opening_hours", hours_violation(&self.opening_hours));
        let many = self.support_services.len() > MAX_SERVICES;
        wrong.require(!many, "support_services", "are more than 100");
        for service in &self.support_services {
            let complete = [&service.name, &service.fee, &service.basis];
            let complete = complete.iter().all(|text| !text.trim().is_empty());
            wrong.require(complete, "support_services", "lack name, fee or basis");
            for text in [&service.name, &service.fee, &service.basis] {
                wrong.take("support_services", plain_text(text, MAX_CHARS));
            }
        }
    }
}
