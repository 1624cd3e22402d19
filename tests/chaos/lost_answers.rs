//! The network loses PostgreSQL's answers, also the answer to COMMIT: the store, not a guess, then
//! shows whether the write happened.

use std::{collections::BTreeMap, time::Duration};

use e2e::citizens::rating;
use pingyi::roles::Role;
use platform::clock::Clock;
use proto::r#type::v1::Level;
use tokio::task::JoinSet;
use tonic::{Code, Status};

use crate::{
    crowd::Acked,
    dice::Dice,
    findings::Findings,
    recount::recount,
    town::{Town, concerns},
};

const ROUNDS: usize = 12;
const CALLS: usize = 8;
const PATIENCE: Duration = Duration::from_secs(30);

fn wrong(told: &Status) -> String {
    format!("a caller is told {:?}: {}", told.code(), told.message())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_answer_was_lost_is_one_rating() {
    if !concerns("postgres") {
        return;
    }
    let mut findings = Findings::default();
    let mut town = Town::of(&[&["all"]]).await;
    let stores = town.stores().await;
    let mut dice = Dice::of(7);
    let citizens = town.citizens(0, Duration::from_secs(20));
    let (mut acked, mut cases) = (Vec::new(), BTreeMap::new());
    let (mut truthful, mut unsure, mut unheard) = (0, 0, 0);
    for _ in 0..ROUNDS {
        let mut tokens = Vec::new();
        for _ in 0..CALLS {
            tokens.push(citizens.invitation().await);
        }
        let mut ratings = JoinSet::new();
        for token in tokens {
            let (citizens, request) = (citizens.clone(), rating(&token, Level::VeryDissatisfied));
            let after = Duration::from_micros(dice.between(0, 20_000));
            ratings.spawn(async move {
                tokio::time::sleep(after).await;
                let answer = citizens.rate(request.clone()).await;
                (request, answer.map(|receipt| receipt.rating_id))
            });
        }
        let mut applications = JoinSet::new();
        for _ in 0..CALLS / 2 {
            let (citizens, request_id) = (citizens.clone(), Clock::System.new_id().to_string());
            let after = Duration::from_micros(dice.between(0, 20_000));
            applications.spawn(async move {
                tokio::time::sleep(after).await;
                let answer = citizens.apply_as(request_id.clone()).await;
                (request_id, answer.map(|case| case.case_id))
            });
        }
        tokio::time::sleep(Duration::from_micros(dice.between(0, 15_000))).await;
        town.networks[0].database.lose_answers();
        tokio::time::sleep(Duration::from_millis(dice.between(50, 400))).await;
        town.networks[0].database.cut();
        tokio::time::sleep(Duration::from_millis(dice.between(0, 300))).await;
        town.networks[0].database.mend();
        let answers = ratings.join_all().await;
        // Rows beyond the answers were written, and their answer was lost.
        let heard = acked.len() + answers.iter().filter(|(_, answer)| answer.is_ok()).count();
        let kept = stores.number(Role::Intake, "SELECT count(*) FROM rating").await.unwrap();
        unheard += kept - i64::try_from(heard).unwrap();
        for (request, answer) in answers {
            let id = citizens.rate_until_acknowledged(request).await;
            match answer {
                Ok(first) => {
                    truthful += 1;
                    findings.check(first == id, || format!("{first} was acknowledged, then {id}"));
                }
                Err(status) => {
                    unsure += 1;
                    let known = [Code::Unavailable, Code::ResourceExhausted];
                    findings.check(known.contains(&status.code()), || wrong(&status));
                }
            }
            acked.push(Acked { id, level: 5 });
        }
        while let Some(ended) = applications.join_next().await {
            let (request_id, answer) = ended.unwrap();
            let again = loop {
                match citizens.apply_as(request_id.clone()).await {
                    Ok(case) => break case.case_id,
                    Err(status) => assert_eq!(status.code(), Code::Unavailable, "{status:?}"),
                }
            };
            match answer {
                Ok(first) => findings.check(first == again, || format!("{first}, then {again}")),
                Err(status) => {
                    findings.check(status.code() == Code::Unavailable, || wrong(&status));
                }
            }
            cases.insert(request_id, again);
        }
    }
    eprintln!(
        "{truthful} acknowledged at once, {unsure} when asked again, {unheard} of them written"
    );
    findings.check(unheard > 0, || "no commit's answer was lost".to_owned());
    let kept = stores.number(Role::Intake, "SELECT count(*) FROM case_file").await.unwrap();
    // One for each rating, one for each application, and those that waited for the catalog.
    let asked = acked.len() + cases.len() + 1;
    findings.check(kept == i64::try_from(asked).unwrap(), || format!("{asked} asked, {kept} kept"));
    town.check_health(&mut findings).await;
    recount(&stores, &acked, PATIENCE, &mut findings).await;
    findings.verdict(|| town.evidence());
}
