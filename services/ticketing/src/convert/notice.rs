//! Notices and whom they are for.

use platform::{auth::Officer, clock::instant, convert::to_wire, status::Failure};
use prost::Message as _;
use proto::ticketing::v1 as wire;

use crate::entity::notice;

/// Whom a notice is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Addressee {
    /// A handling agency.
    Agency(String),
    /// The Authority of a region.
    Authority(String),
}

impl Addressee {
    /// What an officer reads.
    pub(crate) fn of(officer: &Officer) -> Self {
        match officer.agency() {
            Some(agency) => Self::Agency(agency.to_owned()),
            None => Self::Authority(officer.region().to_owned()),
        }
    }

    /// Its columns: the agency and the region, of which one is empty.
    pub(crate) fn columns(&self) -> (String, String) {
        match self {
            Self::Agency(agency) => (agency.clone(), String::new()),
            Self::Authority(region) => (String::new(), region.clone()),
        }
    }
}

/// A notice as officers see it.
pub(crate) fn notice_to_wire(row: &notice::Model) -> Result<wire::Notice, Failure> {
    let content = wire::Notice::decode(row.content.as_slice());
    let content = content.map_err(|error| Failure::Internal(error.to_string()))?;
    Ok(wire::Notice {
        number: row.number.unsigned_abs(),
        kind: row.kind.into(),
        agency_id: row.agency_id.clone(),
        region_code: row.region_code.clone(),
        made_at: Some(to_wire(instant(row.made_at))),
        ..content
    })
}
