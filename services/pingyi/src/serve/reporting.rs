//! The way to the upper platform.

use publication::config::Upstream;

use super::{Process, RunError, to_peer};
use crate::{roles::Role, settings::Reporting};

/// The services whose facts go up.
const REPORTED: [Role; 2] = [Role::Intake, Role::Ticketing];

impl Process {
    /// Where publication reports to, and whence its own facts come; none if it reports to nobody.
    pub(super) fn upstream(&self, reporting: Reporting) -> Result<Option<Upstream>, RunError> {
        let Reporting { to, region } = reporting;
        let Some((address, token_file)) = to else { return Ok(None) };
        let wrong = |reason| RunError::Upstream { address: address.clone(), reason };
        let channel = self.clients.channel(&address, to_peer).map_err(wrong)?;
        let producer = |role: Role| {
            let peer = self.peers.iter().find(|(peer, _)| *peer == role);
            let (_, peer) = peer.ok_or(RunError::NoPeer { role })?;
            Ok::<_, RunError>((role.name(), peer.clone()))
        };
        let producers = REPORTED.into_iter().map(producer).collect::<Result<_, _>>()?;
        Ok(Some(Upstream { address, channel, token_file, region, producers }))
    }
}
