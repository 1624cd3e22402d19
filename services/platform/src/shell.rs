//! What the composition root gives to every service.

use crate::{
    auth::{Gate, Invitations, Signer, WindowCodes},
    bus::Bus,
    clock::Clock,
    crypto::Sealer,
    keys::{KeyError, Keys},
    people::BlindIndex,
    receipt::ReceiptSalts,
    request::Requests,
    stop::Stop,
    telemetry::metrics::Metrics,
};

/// Clock, bus, callers and keys of one process.
#[derive(Clone)]
pub struct Shell {
    /// The clock.
    pub clock: Clock,
    /// The bus.
    pub bus: Bus,
    /// Admits callers.
    pub gate: Gate,
    /// Signs tokens for peers; for others only where the key for it lies here, too.
    pub signer: Signer,
    /// Makes and opens invitations.
    pub invitations: Invitations,
    /// Makes and opens receipts of reports.
    pub receipts: Invitations,
    /// Makes and reads window codes.
    pub window_codes: WindowCodes,
    /// Recognises repeated requests.
    pub requests: Requests,
    /// Seals persons' data and free text.
    pub sealer: Sealer,
    /// Finds persons' rows.
    pub blind: BlindIndex,
    /// Makes the salts of receipts.
    pub salts: ReceiptSalts,
    /// What is measured.
    pub metrics: Metrics,
    /// Signalled when the process ends.
    pub stop: Stop,
}

impl Shell {
    /// Puts a process's shell together.
    ///
    /// # Errors
    /// If a token key is malformed.
    pub fn new(keys: &Keys, clock: Clock, bus: Bus) -> Result<Self, KeyError> {
        let wrong = |path: &str, reason| KeyError::Content { path: path.to_owned(), reason };
        Ok(Self {
            gate: Gate::new(keys, clock.clone())
                .map_err(|_| wrong("verifying.pem or peer.pem", "is no Ed25519 key"))?,
            signer: Signer::new(keys, clock.clone())
                .map_err(|_| wrong("signing.pem or peer.pem", "is no Ed25519 private key"))?,
            invitations: Invitations::new(keys),
            receipts: Invitations::receipts(keys),
            window_codes: WindowCodes::new(keys),
            requests: Requests::new(keys),
            sealer: Sealer::new(&keys.sealing),
            blind: BlindIndex::new(keys),
            salts: ReceiptSalts::new(keys),
            metrics: Metrics::default(),
            stop: Stop::default(),
            clock,
            bus,
        })
    }
}
