//! The write of a citizen's own report of retaliation, obstruction or a leak.

use std::sync::Arc;

use e2e::citizens::signed;
use proto::{
    intake::v1::{SubmitReportRequest, report_service_client::ReportServiceClient},
    r#type::v1::RestrictedKind,
};

use super::{AGENCY, Sent, Write, Writers, id, somebodys_number};

impl Writers {
    pub(super) fn of_reports(&self) -> Vec<Write> {
        let report = SubmitReportRequest {
            request_id: id(),
            kind: RestrictedKind::Retaliation.into(),
            accused_unit_id: AGENCY.to_owned(),
            text: "示例：评价后被责问".to_owned(),
            ..SubmitReportRequest::default()
        };
        // Somebody else each time: one citizen reports only so often a day.
        vec![call!(ReportServiceClient.submit_report(report), &self.citizen(&somebodys_number()))]
    }
}
