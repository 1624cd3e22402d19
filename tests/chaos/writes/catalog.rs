//! The writes of the catalog.

use std::sync::Arc;

use e2e::citizens::signed;
use proto::catalog::v1::{
    AdvanceChangeRequest, BaseItem, Change, DraftChangeRequest, ImportHeader, ImportRequest,
    ItemType, TransferFormat, TransferKind, change, change_service_client::ChangeServiceClient,
    change_step, import_request::Part, transfer_service_client::TransferServiceClient,
};

use super::{Sent, Write, Writers, id};

impl Writers {
    pub(super) async fn of_the_catalog(&self) -> Vec<Write> {
        let number = || id().bytes().map(u64::from).fold(7, |n: u64, b| n * 31 % 9_999_991 + b);
        let code = || format!("00208{:07}", number() % 9_999_991);
        let draft = || DraftChangeRequest {
            request_id: id(),
            change: Some(Change {
                subject: Some(change::Subject::BaseItem(BaseItem {
                    base_code: code(),
                    name: "示例事项".to_owned(),
                    r#type: ItemType::PublicService.into(),
                    legal_basis: vec!["《示例条例》第一条".to_owned()],
                    ..BaseItem::default()
                })),
                ..Change::default()
            }),
        };
        let mut changes = ChangeServiceClient::new(self.channel.clone());
        let drafted = changes.draft_change(signed(draft(), &self.nation)).await.unwrap();
        let advance = AdvanceChangeRequest {
            request_id: id(),
            change_id: drafted.into_inner().change.unwrap().change_id,
            step: change_step::Step::Submit.into(),
            note: String::new(),
        };
        let header = ImportHeader {
            kind: TransferKind::BaseItems.into(),
            format: TransferFormat::Csv.into(),
            ..ImportHeader::default()
        };
        let file =
            format!("base_code,name,type,legal_basis\n{},示例事项,20,《示例条例》第一条\n", code());
        let part = |part| ImportRequest { part: Some(part) };
        let parts = vec![part(Part::Header(header)), part(Part::Chunk(file.into_bytes()))];
        let nation = self.nation.clone();
        let import = Arc::new(move |channel| -> Sent {
            let parts = signed(tokio_stream::iter(parts.clone()), &nation);
            Box::pin(async move {
                let mut catalog = TransferServiceClient::new(channel);
                let mut answers = catalog.import(parts).await?.into_inner();
                while answers.message().await?.is_some() {}
                Ok(())
            })
        });
        vec![
            call!(ChangeServiceClient.draft_change(draft()), &self.nation),
            call!(ChangeServiceClient.advance_change(advance), &self.nation),
            Write { rpc: "import", send: import },
        ]
    }
}
