//! What the tests of pain points share: ratings and complaints in numbers.

use platform::{
    auth::{Caller, Officer},
    convert::to_wire,
    testing::{REGION, principal},
};
use proto::{
    fact::v1::{MatterRaised, RatingSubmitted, RatingWordsRead, fact::Body},
    r#type::v1::{Level, MatterKind, ServiceAct},
};

use crate::rpc::testing::Fixture;

pub(crate) fn authority(region: &str) -> Officer {
    principal("authority", Caller::Authority { region: region.to_owned() })
}

pub(crate) fn handler(agency: &str) -> Officer {
    let (region, agency) = (REGION.to_owned(), agency.to_owned());
    principal("handler", Caller::Handler { region, agency })
}

/// What intake tells of a rating's text.
pub(crate) fn words_of(rating: &RatingSubmitted, words: &[&str]) -> RatingWordsRead {
    RatingWordsRead {
        rating_id: rating.rating_id.clone(),
        act_id: rating.act.as_ref().unwrap().act_id.clone(),
        words: words.iter().map(|word| (*word).to_owned()).collect(),
    }
}

impl Fixture {
    /// An act of an item.
    pub(crate) fn act_of(&self, item_code: &str) -> ServiceAct {
        ServiceAct { item_code: item_code.to_owned(), ..self.act() }
    }

    /// Ratings of as many acts like one on a day, of which the first ones are poor, for a reason.
    pub(crate) async fn rate(&self, like: &ServiceAct, day: &str, (poor, all): (usize, usize)) {
        let ratings = (0..all).map(|n| {
            let ids = self.act();
            let act = ServiceAct { act_id: ids.act_id, case_id: ids.case_id, ..like.clone() };
            let (level, tag) = match n < poor {
                true => (Level::VeryDissatisfied, "109"),
                false => (Level::Satisfied, "415"),
            };
            let rating = self.rating(&act, level, &format!("{day}T03:00:00Z"));
            let tag_codes = vec![tag.to_owned()];
            Body::RatingSubmitted(RatingSubmitted { tag_codes, ..rating })
        });
        self.apply_together(ratings.collect()).await.unwrap();
    }

    /// Ratings as [`rate`](Self::rate) makes them, all of them poor and with a published text of these words.
    pub(crate) async fn write(&self, like: &ServiceAct, day: &str, times: usize, words: &[&str]) {
        for _ in 0..times {
            let ids = self.act();
            let act = ServiceAct { act_id: ids.act_id, case_id: ids.case_id, ..like.clone() };
            let rating = self.rating(&act, Level::VeryDissatisfied, &format!("{day}T03:00:00Z"));
            let read = words_of(&rating, words);
            let bodies = vec![Body::RatingSubmitted(rating), Body::RatingWordsRead(read)];
            self.apply_together(bodies).await.unwrap();
        }
    }

    /// A complaint about an item.
    pub(crate) fn complaint(&self, item_code: &str, day: &str) -> MatterRaised {
        MatterRaised {
            matter_id: self.publication.shell.clock.new_id().to_string(),
            kind: MatterKind::Complaint.into(),
            source: "hotline_12345".to_owned(),
            region_code: REGION.to_owned(),
            agency_id: self.act().agency_id,
            item_code: item_code.to_owned(),
            received_at: Some(to_wire(format!("{day}T03:00:00Z").parse().unwrap())),
            ..MatterRaised::default()
        }
    }

    pub(crate) async fn complain(&self, item_code: &str, day: &str, times: usize) {
        let complaints = (0..times).map(|_| Body::MatterRaised(self.complaint(item_code, day)));
        self.apply_together(complaints.collect()).await.unwrap();
    }
}
