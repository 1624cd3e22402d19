//! Documents.

use platform::{convert::to_wire, documents::Known};
use proto::ticketing::v1::Document;
use uuid::Uuid;

/// A document as officers see it.
pub(crate) fn document_to_wire(known: Known, ticket_id: Uuid) -> Document {
    Document {
        document_id: known.id.to_string(),
        ticket_id: ticket_id.to_string(),
        name: known.name,
        media_type: known.media_type,
        size: known.size,
        sha256: known.sha256,
        uploaded_at: Some(to_wire(known.uploaded_at)),
        uploaded_by: known.uploaded_by,
        erased: known.erased,
    }
}
