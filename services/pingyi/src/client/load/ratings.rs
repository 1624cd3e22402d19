//! Ratings as people give them: levels, tags, words and answers mixed, made once and sent many
//! times under other request ids.

use std::{num::NonZeroUsize, sync::Arc, time::Instant};

use platform::clock::Clock;
use proto::{
    catalog::v1::{Item, QuestionKind},
    intake::v1::{
        Answer, FormEntry, ResolveInvitationRequest, ResolveInvitationResponse,
        SubmitApplicationRequest, SubmitApplicationResponse, SubmitRatingRequest,
        SubmitRatingResponse, case_service_client::CaseServiceClient,
        rating_service_client::RatingServiceClient,
    },
    r#type::v1::{Channel as RatingChannel, Level},
};
use tonic::{Status, transport::Channel};

use super::{
    LoadError,
    journal::{AcknowledgedRating, Journal, SentRating},
    tally::{Tally, Unacknowledged},
    target::{Patience, Target, filled_in, side_by_side},
};
use crate::client::ClientError;

/// How often each level is given, of [`FORMS`] ratings: one in ten is negative.
const LEVELS: [(Level, usize, &str); 5] = [
    (Level::VerySatisfied, 27, "（压测示例）办理很快，态度很好。"),
    (Level::Satisfied, 14, "（压测示例）总体顺利。"),
    (Level::BasicallySatisfied, 5, "（压测示例）等候时间略长，其他尚可。"),
    (Level::Dissatisfied, 3, "（压测示例）材料要求说得不清楚，跑了两趟。"),
    (Level::VeryDissatisfied, 2, "（压测示例）窗口无人，等了一个上午。"),
];
/// Ratings that differ.
pub(super) const FORMS: usize = 51;
/// Invitations that are made at a time.
const AT_A_TIME: NonZeroUsize = NonZeroUsize::MIN.saturating_add(15);

/// Ratings as they can be given for an item: of every level, one to three tags and words of
/// several lengths, and every third answers its questions.
pub(super) fn forms(shown: &ResolveInvitationResponse) -> Vec<SubmitRatingRequest> {
    let levels = LEVELS.iter().flat_map(|entry| std::iter::repeat_n(entry, entry.1));
    let form = |(n, (level, _, words)): (usize, &(Level, usize, &str))| {
        let choice = shown.levels.iter().find(|choice| choice.level() == *level);
        let tags = choice.map(|choice| choice.tags.as_slice()).unwrap_or_default();
        let tag_codes: Vec<String> = tags
            .iter()
            .cycle()
            .skip(n)
            .take(tags.len().min(1 + n % 3))
            .map(|t| t.code.clone())
            .collect();
        let answers = shown.questionnaire.iter().map(|question| Answer {
            question_id: question.question_id.clone(),
            value: match question.kind() {
                QuestionKind::YesNo if n % 2 == 0 => "no".to_owned(),
                QuestionKind::YesNo => "yes".to_owned(),
                QuestionKind::Unspecified | QuestionKind::Text => "示例建议".to_owned(),
            },
        });
        SubmitRatingRequest {
            level: (*level).into(),
            tag_list_version: match tag_codes.is_empty() {
                true => String::new(),
                false => shown.tag_list_version.clone(),
            },
            tag_codes,
            text: words.repeat(1 + n * n % 7),
            answers: if n % 3 == 0 { answers.collect() } else { Vec::new() },
            channel: RatingChannel::Kiosk.into(),
            ..SubmitRatingRequest::default()
        }
    };
    levels.enumerate().map(form).collect()
}

/// Applies for an item at a terminal.
pub(super) async fn apply(
    target: &Target,
    channel: Channel,
    item: &Item,
) -> Result<SubmitApplicationResponse, Status> {
    let entry = |field: &proto::catalog::v1::FormField| FormEntry {
        field_id: field.field_id.clone(),
        value: filled_in(field),
    };
    let request = SubmitApplicationRequest {
        request_id: Clock::System.new_id().to_string(),
        item_code: item.code.clone(),
        entries: item.form.iter().filter(|field| field.required).map(entry).collect(),
        ..SubmitApplicationRequest::default()
    };
    let answer = CaseServiceClient::new(channel).submit_application(target.signed(request)).await;
    answer.map(tonic::Response::into_inner)
}

/// The invitation of a case that was settled on the spot.
pub(super) fn invitation(answer: SubmitApplicationResponse) -> Option<Arc<str>> {
    Some(answer.case?.invitation?.token.into())
}

/// Raters of one deployment, and what became of their ratings.
pub(super) struct Raters {
    /// The deployment, asked by a terminal.
    pub(super) target: Target,
    /// The item whose cases are rated.
    pub(super) item: Item,
    /// Ratings, without token and request id.
    pub(super) forms: Vec<SubmitRatingRequest>,
    /// What became of `SubmitRating`.
    pub(super) submitted: Tally,
    /// What is looked for afterwards.
    pub(super) journal: Journal,
}

impl Raters {
    /// Raters, and this many invitations for them.
    pub(super) async fn prepare(
        target: Target,
        region: &str,
        acts: NonZeroUsize,
    ) -> Result<(Self, Vec<Arc<str>>), LoadError> {
        let item = target.settled_on_the_spot(region).await?.swap_remove(0);
        let (patience, shared) = (Arc::new(Patience::default()), Arc::new(item.clone()));
        let made = side_by_side(0..acts.get(), AT_A_TIME, |n| {
            let (target, item) = (target.clone(), Arc::clone(&shared));
            let (patience, channel) = (Arc::clone(&patience), target.channel(n));
            async move { patience.ask(|| apply(&target, channel.clone(), &item)).await }
        });
        let mut tokens = Vec::with_capacity(acts.get());
        for answer in made.await {
            let token = invitation(answer.map_err(ClientError::from)?);
            tokens.push(token.ok_or_else(|| LoadError::NoInvitation(item.code.clone()))?);
        }
        let first = tokens.first().ok_or_else(|| LoadError::NoInvitation(item.code.clone()))?;
        let request = ResolveInvitationRequest { token: first.to_string() };
        let shown = RatingServiceClient::new(target.channel(0))
            .resolve_invitation(target.signed(request))
            .await
            .map_err(ClientError::from)?;
        let forms = forms(shown.get_ref());
        let (submitted, journal) = (Tally::new("SubmitRating")?, Journal::new());
        Ok((Self { target, item, forms, submitted, journal }, tokens))
    }

    /// The request of a rating, the same whenever it is made.
    pub(super) fn request(&self, asked: &SentRating) -> SubmitRatingRequest {
        SubmitRatingRequest {
            request_id: asked.request_id.clone(),
            token: asked.token.to_string(),
            ..self.forms[asked.form].clone()
        }
    }

    /// Rates once; latency counts from `since`.
    pub(super) async fn rate(
        &self,
        caller: usize,
        token: &Arc<str>,
        number: usize,
        since: Instant,
    ) -> Result<SubmitRatingResponse, Unacknowledged> {
        let request_id = Clock::System.new_id().to_string();
        let asked = SentRating { request_id, token: Arc::clone(token), form: number % FORMS };
        let request = self.target.signed(self.request(&asked));
        let mut client = RatingServiceClient::new(self.target.channel(caller));
        let answer = client.submit_rating(request).await.map(tonic::Response::into_inner);
        let answer = self.submitted.count(since, answer);
        match &answer {
            Ok(receipt) => {
                let receipt = receipt.clone();
                self.journal.acknowledged(AcknowledgedRating { asked, receipt });
            }
            Err(why) if why.perhaps => self.journal.perhaps(asked),
            Err(_) => {}
        }
        answer
    }
}
