//! Facts of running services, page by page, as a peer asks for them.

use platform::{
    auth::{PeerToken, Signer},
    clock::Clock,
    keys::{KeyError, Keys},
};
use proto::fact::v1::{Fact, ListFactsRequest, fact_service_client::FactServiceClient};
use tonic::{Code, Request, transport::Channel};

use crate::client::{ClientError, connect};

/// Who is asked, and in which order: what one producer's facts speak of, a later one has told
/// already, so that nothing is missing because it happened while the others were read.
const PRODUCERS: [&str; 3] = [ticketing::NAME, intake::NAME, catalog::NAME];
/// How many facts a page has.
const PAGE: u32 = 1_000;
/// The longest page, in bytes: what a server sends.
const MAX_PAGE: usize = 64 << 20;

/// Why facts cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum AskError<E> {
    /// A server cannot be asked, or refuses.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The deployment's keys cannot be read.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The key cannot sign.
    #[error("the deployment's signing key is not valid: {0}")]
    Signing(String),
    /// A producer is served at none of the addresses.
    #[error("none of {addresses} serves the facts of {producer}")]
    NotHere {
        /// The producer.
        producer: &'static str,
        /// The addresses.
        addresses: String,
    },
    /// A fact is missing in between.
    #[error("{producer} sent fact {found} after {after}: facts are missing in between")]
    Hole {
        /// The producer.
        producer: &'static str,
        /// The fact before.
        after: u64,
        /// The one that came.
        found: u64,
    },
    /// A fact cannot be kept.
    #[error(transparent)]
    Each(E),
}

/// A deployment's processes.
pub struct Peers {
    clients: Vec<FactServiceClient<Channel>>,
    addresses: String,
    token: PeerToken,
}

impl Peers {
    /// Connects to the addresses of a deployment whose keys these are.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn connect<E>(addresses: &[String], keys: &Keys) -> Result<Self, AskError<E>> {
        let signer = Signer::new(keys, Clock::System);
        let signer = signer.map_err(|error| AskError::Signing(error.to_string()))?;
        let mut clients = Vec::new();
        for address in addresses {
            let client = FactServiceClient::new(connect(address, None).await?);
            clients.push(client.max_decoding_message_size(MAX_PAGE));
        }
        let token = PeerToken::new(signer, "simulate");
        Ok(Self { clients, addresses: addresses.join(", "), token })
    }

    /// Takes every fact that there is now, of each producer in order.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn read<E>(
        mut self,
        mut each: impl FnMut(Fact) -> Result<(), E>,
    ) -> Result<(), AskError<E>> {
        for producer in PRODUCERS {
            let mut served = false;
            for client in &mut self.clients {
                served = Self::read_from(client, &self.token, producer, &mut each).await?;
                if served {
                    break;
                }
            }
            if !served {
                return Err(AskError::NotHere { producer, addresses: self.addresses });
            }
        }
        Ok(())
    }

    /// Takes a producer's facts from one process; false if it does not serve that producer.
    async fn read_from<E>(
        client: &mut FactServiceClient<Channel>,
        token: &PeerToken,
        producer: &'static str,
        each: &mut impl FnMut(Fact) -> Result<(), E>,
    ) -> Result<bool, AskError<E>> {
        let (mut after, mut head) = (0, u64::MAX);
        while after < head {
            let asked = ListFactsRequest { producer: producer.to_owned(), after, limit: PAGE };
            let mut request = Request::new(asked);
            token.put(request.metadata_mut());
            let page = match client.list_facts(request).await {
                Ok(page) => page.into_inner(),
                Err(status) if status.code() == Code::NotFound => return Ok(false),
                Err(status) => return Err(ClientError::from(status).into()),
            };
            // Those told from now on would never end.
            head = head.min(page.head);
            if page.facts.is_empty() {
                break;
            }
            for fact in page.facts {
                if fact.position != after + 1 {
                    return Err(AskError::Hole { producer, after, found: fact.position });
                }
                after = fact.position;
                each(fact).map_err(AskError::Each)?;
            }
        }
        Ok(true)
    }
}
