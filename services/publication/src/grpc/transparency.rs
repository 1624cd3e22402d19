//! The public log (透明日志).

use proto::publication::v1::{
    AddCosignatureRequest, AddCosignatureResponse, GetConsistencyProofRequest,
    GetConsistencyProofResponse, GetInclusionProofRequest, GetInclusionProofResponse,
    GetTreeHeadRequest, GetTreeHeadResponse, ListLogBreaksRequest, ListLogBreaksResponse,
    ListTreeHeadsRequest, ListTreeHeadsResponse, transparency_service_server::TransparencyService,
};
use tonic::{Request, Response, Status};

use crate::{
    rpc::transparency::{
        add_cosignature, get_consistency_proof, get_inclusion_proof, get_tree_head,
        list_log_breaks, list_tree_heads,
    },
    state::Publication,
};

#[tonic::async_trait]
impl TransparencyService for Publication {
    async fn get_tree_head(
        &self,
        request: Request<GetTreeHeadRequest>,
    ) -> Result<Response<GetTreeHeadResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(get_tree_head::run(self, caller, request).await?))
    }

    async fn list_tree_heads(
        &self,
        request: Request<ListTreeHeadsRequest>,
    ) -> Result<Response<ListTreeHeadsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(list_tree_heads::run(self, caller, request).await?))
    }

    async fn list_log_breaks(
        &self,
        request: Request<ListLogBreaksRequest>,
    ) -> Result<Response<ListLogBreaksResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(list_log_breaks::run(self, caller, request).await?))
    }

    async fn get_inclusion_proof(
        &self,
        request: Request<GetInclusionProofRequest>,
    ) -> Result<Response<GetInclusionProofResponse>, Status> {
        let network = request.remote_addr().map(|address| address.ip());
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(get_inclusion_proof::run(self, caller, network, request).await?))
    }

    async fn get_consistency_proof(
        &self,
        request: Request<GetConsistencyProofRequest>,
    ) -> Result<Response<GetConsistencyProofResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(get_consistency_proof::run(self, caller, request).await?))
    }

    async fn add_cosignature(
        &self,
        request: Request<AddCosignatureRequest>,
    ) -> Result<Response<AddCosignatureResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(add_cosignature::run(self, caller, request).await?))
    }
}
