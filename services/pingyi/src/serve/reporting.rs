//! The ways to the platforms that publication reports to.

use publication::{
    Publication,
    config::{National, Upstream},
};
use tonic::transport::Channel;

use super::{Process, RunError, to_peer};
use crate::{
    roles::Role,
    settings::{Reporting, Telling},
};

/// The services whose facts go up.
const REPORTED: [Role; 2] = [Role::Intake, Role::Ticketing];

/// To whom publication reports.
#[derive(Clone, Default)]
pub struct Reports {
    /// An upper platform of the same make.
    pub upper: Option<Reporting>,
    /// A platform of the national interface.
    pub national: Option<Telling>,
}

impl Process {
    /// Publication with the platforms that it reports to, and the jobs that do it.
    pub(super) fn reporting(
        &mut self,
        publication: Publication,
        reports: Reports,
    ) -> Result<Publication, RunError> {
        let Reports { upper, national } = reports;
        let publication = publication.with_region(upper.as_ref().map(|to| to.region.clone()));
        let publication = match upper.map(|to| self.upstream(to)).transpose()?.flatten() {
            None => publication,
            Some(upstream) => {
                let publication = publication.with_upstream(upstream);
                self.job(publication::jobs::push_upward::run(publication.clone()));
                publication
            }
        };
        let Some(to) = national else { return Ok(publication) };
        let national = self.national(to)?;
        publication::jobs::push_national::check(&national).map_err(RunError::National)?;
        let publication = publication.with_national(national);
        self.job(publication::jobs::push_national::run(publication.clone()));
        Ok(publication)
    }

    /// Where publication reports to, and whence its own facts come; none if it reports to nobody.
    fn upstream(&self, reporting: Reporting) -> Result<Option<Upstream>, RunError> {
        let Reporting { to, region } = reporting;
        let Some((address, token_file)) = to else { return Ok(None) };
        let wrong = |reason| RunError::Upstream { address: address.clone(), reason };
        let channel = self.clients.channel(&address, to_peer).map_err(wrong)?;
        let producers = self.producers()?;
        Ok(Some(Upstream { address, channel, token_file, region, producers }))
    }

    fn national(&self, telling: Telling) -> Result<National, RunError> {
        let Telling { url, address, ca, dialect, mark, word, key, region } = telling;
        let producers = self.producers()?;
        Ok(National { url, address, ca, dialect, mark, word, key, region, producers })
    }

    /// Where the services answer whose facts go up.
    fn producers(&self) -> Result<Vec<(&'static str, Channel)>, RunError> {
        let producer = |role: Role| {
            let peer = self.peers.iter().find(|(peer, _)| *peer == role);
            let (_, peer) = peer.ok_or(RunError::NoPeer { role })?;
            Ok::<_, RunError>((role.name(), peer.clone()))
        };
        REPORTED.into_iter().map(producer).collect()
    }
}
