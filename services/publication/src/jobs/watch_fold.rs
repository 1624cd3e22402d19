//! Tells operators as long as the figures are those of an earlier version.

use std::time::Duration;

use platform::trouble::Kind;
use sea_orm::DbErr;

use crate::{state::Publication, store::statistics::fold};

/// How often it looks.
const LOOK: Duration = Duration::from_secs(10);

/// Keeps looking until the process stops.
pub async fn run(publication: Publication) {
    while !publication.shell.stop.is_stopped() {
        // A store that cannot be read is told of by whoever follows others' facts.
        let _ = round(&publication).await;
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = publication.shell.stop.stopped() => {}
        }
    }
}

async fn round(publication: &Publication) -> Result<(), DbErr> {
    let troubles = publication.store.troubles();
    if fold::is_outdated(publication.store.read()).await? {
        let cause = "an earlier version made the figures: run `pingyi rebuild publication`";
        troubles.meet(Kind::Outdated, cause);
    } else {
        troubles.end(Kind::Outdated);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use sea_orm::ConnectionTrait as _;

    use super::*;
    use crate::rpc::testing::Fixture;

    #[tokio::test]
    async fn p03_figures_of_an_earlier_version_are_a_trouble_until_they_are_rebuilt() {
        let fixture = Fixture::new().await;
        let publication = &fixture.publication;
        let told = async || {
            round(publication).await.unwrap();
            publication.store.troubles().now()
        };
        assert_eq!(told().await.len(), 0, "nothing is folded yet");
        fixture.invite(&fixture.act()).await;
        assert_eq!(told().await.len(), 0);
        let earlier = "UPDATE fold SET version = version - 1";
        publication.store.write().execute_unprepared(earlier).await.unwrap();
        let troubles = told().await;
        assert!(troubles[0].kind.to_do().contains("pingyi rebuild publication"), "{troubles:?}");
        let rebuilt = "UPDATE fold SET version = version + 1";
        publication.store.write().execute_unprepared(rebuilt).await.unwrap();
        assert_eq!(told().await.len(), 0);
    }
}
