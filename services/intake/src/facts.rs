//! The facts this service tells, and the ones it follows: the catalog's.

use domain::{deadline::Deadline, rating::ServiceAct};
use platform::{
    convert::act_to_wire,
    facts::consume::{ApplyError, Consumer},
    reference::{CATALOG, Reference},
};
use proto::{
    fact::v1::{CaseCompleted, CaseSubmitted, Fact, RatingInvited, RatingSubmitted, fact::Body},
    r#type::v1 as wire,
};
use sea_orm::DatabaseTransaction;

use crate::{
    entity::{case_file, rating},
    store::submit::tag_codes,
};

/// Applies others' facts here.
pub struct Facts {
    pub(crate) reference: Reference,
}

impl Consumer for Facts {
    fn producers(&self) -> &'static [&'static str] {
        &[CATALOG]
    }

    async fn apply(&self, txn: &DatabaseTransaction, fact: &Fact) -> Result<(), ApplyError> {
        Reference::apply(txn, fact).await
    }

    async fn applied(&self, _: &str) {
        if let Err(error) = self.reference.refresh().await {
            tracing::warn!(error = %error, "reference data not refreshed");
        }
    }
}

pub(crate) fn case_submitted(case: &case_file::Model) -> Body {
    Body::CaseSubmitted(CaseSubmitted {
        case_id: case.id.to_string(),
        project_number: case.project_number.clone(),
        region_code: case.region_code.clone(),
        agency_id: case.agency_id.clone(),
        item_code: case.item_code.clone(),
    })
}

pub(crate) fn case_completed(case: &case_file::Model) -> Body {
    Body::CaseCompleted(CaseCompleted {
        case_id: case.id.to_string(),
        agency_id: case.agency_id.clone(),
        late: case.late_reason.is_some(),
    })
}

pub(crate) fn rating_invited(act: &ServiceAct, window: Option<&Deadline>) -> Body {
    Body::RatingInvited(RatingInvited {
        act: Some(act_to_wire(act)),
        closes_on: window.map(|window| window.due_on.to_string()).unwrap_or_default(),
    })
}

pub(crate) fn rating_submitted(
    row: &rating::Model,
    act: wire::ServiceAct,
    real_name: bool,
) -> Body {
    let received_at = platform::clock::instant(row.received_at);
    Body::RatingSubmitted(RatingSubmitted {
        rating_id: row.id.to_string(),
        act: Some(act),
        level: wire::Level::try_from(i32::from(row.level)).unwrap_or_default().into(),
        tag_codes: tag_codes(row),
        tag_list_version: row.tag_list_version.clone(),
        has_text: row.has_text,
        channel: wire::Channel::try_from(i32::from(row.channel)).unwrap_or_default().into(),
        origin: wire::Origin::try_from(i32::from(row.origin)).unwrap_or_default().into(),
        private: row.private,
        real_name,
        received_at: Some(platform::convert::to_wire(received_at)),
        batch_id: row.batch_id.map(|id| id.to_string()).unwrap_or_default(),
    })
}
