//! The contracts of Pingyi 评议, compiled from `proto/pingyi/**`: messages, clients, servers and the
//! descriptor set. The proto files are the manual; only one thing is added here: a way to reach
//! each text of a message.

#![allow(clippy::doc_markdown, clippy::doc_lazy_continuation)]
// Of a choice of which one branch alone holds texts.
#![allow(clippy::single_match)]

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

/// What installations tell their upper platform.
pub mod exchange {
    /// Version 1.
    pub mod v1 {
        tonic::include_proto!("pingyi.exchange.v1");
    }
}

/// A message whose texts can be come at one by one, those of the messages in it too.
///
/// ```
/// use proto::{Texts as _, intake::v1::{Answer, SubmitRatingRequest}};
/// let answers = vec![Answer { value: "b".to_owned(), ..Answer::default() }];
/// let mut rating = SubmitRatingRequest { text: "a".to_owned(), answers, ..Default::default() };
/// rating.each_text(&mut |text| text.make_ascii_uppercase());
/// assert_eq!((rating.text.as_str(), rating.answers[0].value.as_str()), ("A", "B"));
/// ```
pub trait Texts {
    /// Gives every text to `visit`.
    fn each_text(&mut self, visit: &mut dyn FnMut(&mut String));
}

include!(concat!(env!("OUT_DIR"), "/texts.rs"));

/// The encoded `FileDescriptorSet` of every contract, for reflection.
pub const DESCRIPTORS: &[u8] = tonic::include_file_descriptor_set!("descriptors");
