//! The writes of appeals and exclusions.

use std::sync::Arc;

use e2e::citizens::signed;
use proto::{
    ticketing::v1::{
        DecideAppealRequest, LodgeAppealRequest, ReinstateRatingRequest, ReviewAppealRequest,
        WithdrawAppealRequest, appeal_service_client::AppealServiceClient,
    },
    r#type::v1::{ExclusionDuty, ExclusionGround},
};

use super::{Sent, Write, Writers, id};

impl Writers {
    /// An appeal against a bad rating that has its ticket and no other appeal.
    async fn lodging(&self) -> LodgeAppealRequest {
        let rating_id = self.rated().await;
        self.ticket_of(&rating_id).await;
        LodgeAppealRequest {
            request_id: id(),
            rating_id,
            staff_id: "652301-s04".to_owned(),
            statement: "示例：评价人点错了等级".to_owned(),
            document_ids: Vec::new(),
        }
    }

    async fn lodged(&self) -> String {
        let request = signed(self.lodging().await, &self.handler);
        let lodged = AppealServiceClient::new(self.channel.clone()).lodge_appeal(request).await;
        lodged.unwrap().into_inner().appeal.unwrap().appeal_id
    }

    fn verification(appeal_id: &str) -> ReviewAppealRequest {
        ReviewAppealRequest {
            request_id: id(),
            appeal_id: appeal_id.to_owned(),
            duty: ExclusionDuty::Verified.into(),
            note: "示例：与评价人核对属实".to_owned(),
            ..ReviewAppealRequest::default()
        }
    }

    /// The decision about an appeal that is verified.
    async fn decision(&self) -> DecideAppealRequest {
        let appeal_id = self.lodged().await;
        let verification = Self::verification(&appeal_id);
        self.do_now(call!(AppealServiceClient.review_appeal(verification), &self.colleague)).await;
        DecideAppealRequest {
            request_id: id(),
            appeal_id,
            ground: ExclusionGround::Mistaken.into(),
            reason: "示例：监控显示为误触".to_owned(),
            document_number: String::new(),
        }
    }

    pub(super) async fn of_appeals(&self) -> Vec<Write> {
        let lodging = self.lodging().await;
        let verification = Self::verification(&self.lodged().await);
        let withdrawal = WithdrawAppealRequest { request_id: id(), appeal_id: self.lodged().await };
        let decision = self.decision().await;
        let request = signed(self.decision().await, &self.colleague);
        let decided = AppealServiceClient::new(self.channel.clone()).decide_appeal(request).await;
        let reinstatement = ReinstateRatingRequest {
            request_id: id(),
            exclusion_id: decided.unwrap().into_inner().exclusion.unwrap().exclusion_id,
            reason: "示例：复查为真实差评".to_owned(),
        };
        vec![
            call!(AppealServiceClient.lodge_appeal(lodging), &self.handler),
            call!(AppealServiceClient.review_appeal(verification), &self.colleague),
            call!(AppealServiceClient.decide_appeal(decision), &self.colleague),
            call!(AppealServiceClient.withdraw_appeal(withdrawal), &self.handler),
            call!(AppealServiceClient.reinstate_rating(reinstatement), &self.authority),
        ]
    }
}
