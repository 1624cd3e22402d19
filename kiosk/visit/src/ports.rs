//! What a visit needs from outside.

use std::future::Future;

use crate::content::{
    Application, Case, Choices, ItemCard, RatingToSend, Receipt, opinion::Feedback,
    receipt::LookedUp,
};

/// Why a request failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The services refuse, in words for people; a retry changes nothing.
    Refused {
        /// Why, in Chinese.
        words: String,
        /// What is wrong with which field, if that is why.
        fields: Vec<(String, String)>,
    },
    /// The services cannot be reached, or are too busy: a retry may help.
    Away,
    /// The services do not admit this terminal: it has no valid token, or is out of use.
    NotAdmitted,
}

/// The government services as a terminal reaches them.
pub trait Services: Clone + Send + Sync + 'static {
    /// The items this terminal offers.
    fn items(&self) -> impl Future<Output = Result<Vec<ItemCard>, Failure>> + Send;

    /// Submits an application.
    fn submit(
        &self,
        application: Application,
    ) -> impl Future<Output = Result<Case, Failure>> + Send;

    /// Waits until a case is completed, however long, through restarts and outages; returns the
    /// token of its invitation to rate.
    fn completed(&self, case_id: String) -> impl Future<Output = Result<String, Failure>> + Send;

    /// The subject of an invitation and the choices.
    fn choices(&self, token: String) -> impl Future<Output = Result<Choices, Failure>> + Send;

    /// Submits a rating; `Ok` means that it is durable, `Refused` that it never will be.
    fn rate(&self, rating: RatingToSend) -> impl Future<Output = Result<Receipt, Failure>> + Send;

    /// Until when a negative rating is answered here that was received at this time, in
    /// microseconds since 1970.
    fn feedback(&self, received_at: i64) -> impl Future<Output = Result<Feedback, Failure>> + Send;

    /// What became of the rating with this receipt code.
    fn look_up(
        &self,
        receipt_code: String,
    ) -> impl Future<Output = Result<LookedUp, Failure>> + Send;
}
