//! The writes of restricted matters, and of transfers of misconduct.

use std::sync::Arc;

use e2e::citizens::signed;
use proto::{
    ticketing::v1::{
        AdvanceRestrictedMatterRequest, FindingText, OpenRestrictedMatterRequest, ReportedBy,
        RestrictedStep, TransferMisconductRequest, TransferRecord,
        restricted_service_client::RestrictedServiceClient, restricted_step::Act,
    },
    r#type::v1::RestrictedKind,
};

use super::{AGENCY, Sent, Write, Writers, id, today};

impl Writers {
    fn retaliation() -> OpenRestrictedMatterRequest {
        OpenRestrictedMatterRequest {
            request_id: id(),
            kind: RestrictedKind::Retaliation.into(),
            accused_unit_id: AGENCY.to_owned(),
            reported_by: ReportedBy::Letter.into(),
            report: "示例：评价后被责问".to_owned(),
            ..OpenRestrictedMatterRequest::default()
        }
    }

    pub(super) async fn of_restricted_matters(&self) -> Vec<Write> {
        let request = signed(Self::retaliation(), &self.authority);
        let mut restricted = RestrictedServiceClient::new(self.channel.clone());
        let opened = restricted.open_restricted_matter(request).await.unwrap().into_inner();
        let act = Act::Investigation(FindingText { text: "示例：已调查".to_owned() });
        let investigate = AdvanceRestrictedMatterRequest {
            request_id: id(),
            matter_id: opened.matter_id,
            step: Some(RestrictedStep { act: Some(act), ..RestrictedStep::default() }),
        };
        let transfer = TransferMisconductRequest {
            request_id: id(),
            ticket_id: self.ticket_of(&self.rated().await).await,
            transfer: Some(TransferRecord {
                body: "示例监察机关".to_owned(),
                document_number: id(),
                on: today().to_string(),
            }),
            reason: "示例：涉嫌违纪".to_owned(),
        };
        vec![
            call!(
                RestrictedServiceClient.open_restricted_matter(Self::retaliation()),
                &self.authority
            ),
            call!(RestrictedServiceClient.advance_restricted_matter(investigate), &self.authority),
            call!(RestrictedServiceClient.transfer_misconduct(transfer), &self.handler),
        ]
    }
}
