//! What the tests of restricted matters share.

use platform::testing::{AGENCY, REGION};
use proto::{
    ticketing::v1::{
        AdvanceRestrictedMatterRequest, FindingText, OpenRestrictedMatterRequest, ReportedBy,
        RestrictedMatter, RestrictedStep, TransferMisconductRequest, TransferRecord,
        restricted_step::Act,
    },
    r#type::v1::RestrictedKind,
};

use super::{advance_restricted_matter, open_restricted_matter};
use crate::{
    error::Error,
    rpc::{
        focus::testing::the_authority,
        testing::{Fixture, request_id},
    },
};

/// What only a look may show.
pub(crate) const REPORT: &str = "示例：评价后窗口人员上门责问";
/// Who reported it.
pub(crate) const REPORTER: &str = "示例举报人";

/// A report about the agency.
pub(crate) fn report() -> OpenRestrictedMatterRequest {
    OpenRestrictedMatterRequest {
        request_id: request_id(),
        kind: RestrictedKind::Retaliation.into(),
        accused_unit_id: AGENCY.to_owned(),
        accused_staff_id: String::new(),
        reported_by: ReportedBy::Letter.into(),
        report: REPORT.to_owned(),
        reporter: REPORTER.to_owned(),
    }
}

pub(crate) fn advance(id: &str, act: Act) -> AdvanceRestrictedMatterRequest {
    let step = Some(RestrictedStep { act: Some(act), ..RestrictedStep::default() });
    AdvanceRestrictedMatterRequest { request_id: request_id(), matter_id: id.to_owned(), step }
}

pub(crate) fn text() -> FindingText {
    FindingText { text: "示例说明".to_owned() }
}

pub(crate) fn record() -> TransferRecord {
    TransferRecord {
        body: "示例监察机关".to_owned(),
        document_number: "示例〔2026〕3号".to_owned(),
        on: "2026-03-02".to_owned(),
    }
}

pub(crate) fn misconduct(ticket_id: &str) -> TransferMisconductRequest {
    TransferMisconductRequest {
        request_id: request_id(),
        ticket_id: ticket_id.to_owned(),
        transfer: Some(record()),
        reason: "示例：涉嫌收受财物".to_owned(),
    }
}

impl Fixture {
    /// Opens a matter about the agency.
    pub(crate) async fn restricted(&self) -> String {
        let opened =
            open_restricted_matter::run(&self.ticketing, the_authority(REGION), report()).await;
        opened.unwrap().matter_id
    }

    /// Takes a step as the Authority.
    pub(crate) async fn restricted_step(
        &self,
        id: &str,
        act: Act,
    ) -> Result<RestrictedMatter, Error> {
        let (caller, request) = (the_authority(REGION), advance(id, act));
        let stepped = advance_restricted_matter::run(&self.ticketing, caller, request).await?;
        Ok(stepped.matter.unwrap())
    }
}
