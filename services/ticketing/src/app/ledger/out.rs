//! What is given out of a ledger, and to whom.

use proto::ticketing::v1::ExportLedgerResponse;
use tokio::sync::mpsc::Sender;
use tonic::Status;

use crate::error::Error;

/// How many bytes are sent at once.
pub(super) const CHUNK: usize = 128 << 10;

/// Rows of the two sheets.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) tickets: Vec<Vec<String>>,
    pub(super) steps: Vec<Vec<String>>,
}

/// Where the pieces of the file go.
pub(crate) type Chunks = Sender<Result<ExportLedgerResponse, Status>>;

/// What was given out so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Given {
    pub(crate) tickets: u64,
    pub(crate) steps: u64,
}

/// Why an export ends before its end.
pub(crate) enum Stop {
    /// The caller has gone.
    Gone,
    /// It failed.
    Failed(Error),
}

impl<E: Into<Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// What is sent, with the counts.
pub(super) struct Out<'a> {
    chunks: &'a Chunks,
    given: &'a mut Given,
}

impl<'a> Out<'a> {
    pub(super) fn new(chunks: &'a Chunks, given: &'a mut Given) -> Self {
        Self { chunks, given }
    }

    pub(super) fn given(&mut self) -> &mut Given {
        self.given
    }

    /// Sends bytes in pieces, or how far it is if there are none.
    pub(super) async fn send(&self, bytes: Vec<u8>) -> Result<(), Stop> {
        if bytes.is_empty() {
            return self.piece(bytes).await;
        }
        for piece in bytes.chunks(CHUNK) {
            self.piece(piece.to_vec()).await?;
        }
        Ok(())
    }

    async fn piece(&self, chunk: Vec<u8>) -> Result<(), Stop> {
        let Given { tickets, steps } = *self.given;
        let piece = ExportLedgerResponse { chunk, tickets, steps };
        self.chunks.send(Ok(piece)).await.map_err(|_| Stop::Gone)
    }
}
