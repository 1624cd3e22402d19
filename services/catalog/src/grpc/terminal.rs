//! Terminals as a fleet (终端管理).

use proto::catalog::v1::{
    GetTerminalConfigurationRequest, GetTerminalConfigurationResponse, GetTerminalRequest,
    GetTerminalResponse, HeartbeatRequest, HeartbeatResponse, InviteTerminalRequest,
    InviteTerminalResponse, ListTerminalsRequest, ListTerminalsResponse, RegisterTerminalRequest,
    RegisterTerminalResponse, RenewTerminalCertificateRequest, RenewTerminalCertificateResponse,
    RevokeTerminalRequest, RevokeTerminalResponse, UpdateTerminalConfigurationRequest,
    UpdateTerminalConfigurationResponse, terminal_service_server::TerminalService,
};
use tonic::{Request, Response, Status};

use crate::{
    rpc::terminal::{
        get_terminal, get_terminal_configuration, heartbeat, invite_terminal, list_terminals,
        register_terminal, renew_terminal_certificate, revoke_terminal,
        update_terminal_configuration,
    },
    state::Catalog,
};

#[tonic::async_trait]
impl TerminalService for Catalog {
    async fn invite_terminal(
        &self,
        request: Request<InviteTerminalRequest>,
    ) -> Result<Response<InviteTerminalResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(invite_terminal::run(self, caller, request).await?))
    }

    async fn register_terminal(
        &self,
        request: Request<RegisterTerminalRequest>,
    ) -> Result<Response<RegisterTerminalResponse>, Status> {
        let network = request.remote_addr().map(|address| address.ip());
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(register_terminal::run(self, caller, network, request).await?))
    }

    async fn renew_terminal_certificate(
        &self,
        request: Request<RenewTerminalCertificateRequest>,
    ) -> Result<Response<RenewTerminalCertificateResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(renew_terminal_certificate::run(self, caller, request).await?))
    }

    async fn heartbeat(
        &self,
        request: Request<HeartbeatRequest>,
    ) -> Result<Response<HeartbeatResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(heartbeat::run(self, caller, request).await?))
    }

    async fn get_terminal_configuration(
        &self,
        request: Request<GetTerminalConfigurationRequest>,
    ) -> Result<Response<GetTerminalConfigurationResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(get_terminal_configuration::run(self, caller, request).await?))
    }

    async fn update_terminal_configuration(
        &self,
        request: Request<UpdateTerminalConfigurationRequest>,
    ) -> Result<Response<UpdateTerminalConfigurationResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(update_terminal_configuration::run(self, caller, request).await?))
    }

    async fn revoke_terminal(
        &self,
        request: Request<RevokeTerminalRequest>,
    ) -> Result<Response<RevokeTerminalResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(revoke_terminal::run(self, caller, request).await?))
    }

    async fn list_terminals(
        &self,
        request: Request<ListTerminalsRequest>,
    ) -> Result<Response<ListTerminalsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(list_terminals::run(self, caller, request).await?))
    }

    async fn get_terminal(
        &self,
        request: Request<GetTerminalRequest>,
    ) -> Result<Response<GetTerminalResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(get_terminal::run(self, caller, request).await?))
    }
}
