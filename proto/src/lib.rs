//! The wire contracts of Pingyi 评议, compiled from `proto/pingyi/**`: messages, clients, servers
//! and the descriptor set. The proto files are the manual; nothing is added here.

#![allow(clippy::doc_markdown, clippy::doc_lazy_continuation)]

/// Shared value types: level, channel, service act, deadline, ticket state.
pub mod r#type {
    /// Version 1.
    pub mod v1 {
        tonic::include_proto!("pingyi.r#type.v1");
    }
}

/// Facts and the service that lists them.
pub mod fact {
    /// Version 1.
    pub mod v1 {
        tonic::include_proto!("pingyi.fact.v1");
    }
}

/// Items, profiles, calendars.
pub mod catalog {
    /// Version 1.
    pub mod v1 {
        tonic::include_proto!("pingyi.catalog.v1");
    }
}

/// Cases, invitations, ratings.
pub mod intake {
    /// Version 1.
    pub mod v1 {
        tonic::include_proto!("pingyi.intake.v1");
    }
}

/// Tickets.
pub mod ticketing {
    /// Version 1.
    pub mod v1 {
        tonic::include_proto!("pingyi.ticketing.v1");
    }
}

/// Figures and outcomes.
pub mod publication {
    /// Version 1.
    pub mod v1 {
        tonic::include_proto!("pingyi.publication.v1");
    }
}

/// The encoded `FileDescriptorSet` of every contract, for reflection.
pub const DESCRIPTORS: &[u8] = tonic::include_file_descriptor_set!("descriptors");
