use platform::testing::{ON_THE_SPOT_ITEM, REGION};
use proto::{
    fact::v1::{MatterRaised, RatingSubmitted, fact::Body},
    publication::v1::PainKind,
    r#type::v1::{Level, ServiceAct},
};
use tonic::Code;

use super::*;
use crate::rpc::testing::{Fixture, anyone};

fn asked(region: &str, quarter: &str) -> ListPublicPainPointsRequest {
    ListPublicPainPointsRequest {
        region_code: region.to_owned(),
        quarter: quarter.to_owned(),
        ..ListPublicPainPointsRequest::default()
    }
}

async fn shown(fixture: &Fixture, region: &str) -> Vec<(PainKind, u64)> {
    let answer = run(&fixture.publication, anyone(), asked(region, "2025-Q4")).await.unwrap();
    answer.points.iter().map(|point| (point.kind(), point.count)).collect()
}

#[tokio::test]
async fn p09_p05_everybody_sees_cells_of_five_at_least_and_nothing_private() {
    let fixture = Fixture::new().await;
    let act = fixture.act();
    fixture.rate(&act, "2025-12-10", (4, 10)).await;
    let hidden = fixture.rating(&fixture.act(), Level::VeryDissatisfied, "2025-12-11T03:00:00Z");
    let hidden = RatingSubmitted { private: true, ..hidden };
    fixture.apply(Body::RatingSubmitted(hidden)).await;
    fixture.complain(ON_THE_SPOT_ITEM, "2025-12-10", 4).await;
    let complaint = fixture.complaint(ON_THE_SPOT_ITEM, "2025-12-10");
    fixture.apply(Body::MatterRaised(MatterRaised { private: true, ..complaint })).await;
    assert_eq!(shown(&fixture, REGION).await, [], "a fifth that is private makes no five");
    fixture.rate(&act, "2025-10-01", (1, 1)).await;
    let both = [(PainKind::Negative, 5), (PainKind::Reason, 5)];
    assert_eq!(shown(&fixture, REGION).await, both);
    fixture.complain(ON_THE_SPOT_ITEM, "2025-10-10", 1).await;
    assert_eq!(shown(&fixture, REGION).await.len(), 3);
}

#[tokio::test]
async fn p09_p05_everybody_sees_words_of_five_texts_at_least() {
    let fixture = Fixture::new().await;
    fixture.write(&fixture.act(), "2025-12-10", 4, &["材料", "窗口"]).await;
    fixture.write(&fixture.act(), "2025-10-10", 1, &["材料"]).await;
    let answer = run(&fixture.publication, anyone(), asked(REGION, "2025-Q4")).await.unwrap();
    let words = answer.points.iter().filter(|point| point.kind() == PainKind::Word);
    let words: Vec<_> = words.map(|point| (point.word.as_str(), point.count)).collect();
    assert_eq!(words, [("材料", 5)]);
}

#[tokio::test]
async fn p09_p05_no_two_public_answers_can_be_subtracted() {
    let fixture = Fixture::new().await;
    let village = ServiceAct { region_code: "652301001".to_owned(), ..fixture.act() };
    fixture.rate(&village, "2025-12-10", (5, 5)).await;
    fixture.rate(&fixture.act(), "2025-12-10", (6, 6)).await;
    let own = [(PainKind::Negative, 6), (PainKind::Reason, 6)];
    assert_eq!(shown(&fixture, REGION).await, own, "without the region below");
    let refused = async |quarter: &str| {
        let refused = run(&fixture.publication, anyone(), asked(REGION, quarter)).await;
        tonic::Status::from(refused.unwrap_err()).code()
    };
    for no_quarter in ["2025-12", "2025", "2025-Q5", ""] {
        assert_eq!(refused(no_quarter).await, Code::InvalidArgument, "{no_quarter}");
    }
    // It is 2 March 2026.
    assert_eq!(refused("2026-Q1").await, Code::FailedPrecondition);
}
