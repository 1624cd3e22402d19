use domain::level::Level;

use super::*;

const DAY: i64 = 24 * 3600 * 1_000_000;
const NOW: i64 = 20_000 * DAY;

fn rating(request_id: &str) -> RatingToSend {
    RatingToSend {
        request_id: request_id.into(),
        token: "the-token-of-an-invitation".into(),
        level: Level::VeryDissatisfied,
        tag_codes: vec!["01".into()],
        tag_list_version: "2021".into(),
        words: "等得太久".into(),
        answers: vec![("q1".into(), "no".into())],
        private: true,
        touched_at: Some(NOW),
    }
}

async fn open(folder: &Path) -> Spool {
    Spool::open(folder, Limits { rows: 3, age: Duration::from_secs(30 * 24 * 3600) }).await.unwrap()
}

async fn ids(spool: &Spool) -> Vec<String> {
    let waiting = spool.waiting(0, 10, NOW).await.unwrap();
    waiting.into_iter().map(|waiting| waiting.rating.request_id).collect()
}

#[tokio::test]
async fn m20_what_was_kept_is_read_back_by_the_next_process_and_by_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let spool = open(folder.path()).await;
    spool.keep(&rating("a"), NOW).await.unwrap();
    spool.keep(&rating("b"), NOW).await.unwrap();
    // The same request again, with another content: the first one stands.
    let other = RatingToSend { level: Level::Satisfied, ..rating("a") };
    spool.keep(&other, NOW).await.unwrap();
    drop(spool);
    let spool = open(folder.path()).await;
    let waiting = spool.waiting(0, 10, NOW).await.unwrap();
    let ratings: Vec<_> = waiting.iter().map(|waiting| waiting.rating.clone()).collect();
    assert_eq!(ratings, [rating("a"), rating("b")]);
    let behind = spool.waiting(waiting[0].position, 10, NOW).await.unwrap();
    assert_eq!(behind, waiting[1..]);
    for file in fs::read_dir(folder.path()).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(9).any(|part| part == b"the-token"), "a token lies there unsealed");
    }
    spool.acknowledged(&["a".to_owned(), "b".to_owned()]).await.unwrap();
    assert_eq!(spool.held(NOW).await.unwrap(), Held::default());
}

#[tokio::test]
async fn m20_one_process_at_a_time_has_the_spool() {
    let folder = tempfile::tempdir().unwrap();
    let spool = open(folder.path()).await;
    spool.keep(&rating("a"), NOW).await.unwrap();
    let second = Spool::open(folder.path(), Limits::default()).await;
    assert!(matches!(second, Err(OpenError::InUse(_))), "two would send everything twice");
    spool.keep(&rating("b"), NOW).await.unwrap();
    drop(spool);
    assert_eq!(ids(&open(folder.path()).await).await, ["a", "b"]);
}

#[tokio::test]
async fn m20_a_full_spool_refuses_and_drops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let spool = open(folder.path()).await;
    for id in ["a", "b", "c"] {
        spool.keep(&rating(id), NOW).await.unwrap();
    }
    spool.set_aside("b", "已过评价期", NOW).await.unwrap();
    let refused = spool.keep(&rating("d"), NOW).await.unwrap_err();
    assert_eq!(refused, NotKept::Full(3), "what was set aside is held, too");
    assert!(refused.words().contains("3件") && refused.words().contains("还没有保存"));
    assert_eq!(spool.keep(&rating("a"), NOW).await, Ok(()), "that one is kept");
    assert_eq!(ids(&spool).await, ["a", "c"]);
    spool.acknowledged(&["a".to_owned()]).await.unwrap();
    assert_eq!(spool.keep(&rating("d"), NOW).await, Ok(()), "there is room again");
}

#[tokio::test]
async fn m20_who_was_not_reached_for_a_month_promises_nothing_more() {
    let folder = tempfile::tempdir().unwrap();
    let spool = open(folder.path()).await;
    spool.keep(&rating("a"), NOW).await.unwrap();
    assert_eq!(spool.keep(&rating("b"), NOW + 30 * DAY).await, Ok(()));
    let refused = spool.keep(&rating("c"), NOW + 31 * DAY).await.unwrap_err();
    assert_eq!(refused, NotKept::CutOff(31));
    assert!(refused.words().contains("31天"));
    // The old ones are still delivered, and then it takes ratings again.
    assert_eq!(ids(&spool).await, ["a", "b"]);
    spool.acknowledged(&["a".to_owned()]).await.unwrap();
    assert_eq!(spool.keep(&rating("c"), NOW + 31 * DAY).await, Ok(()));
}

#[tokio::test]
async fn m20_a_clock_that_jumps_changes_neither_order_nor_content() {
    let folder = tempfile::tempdir().unwrap();
    let spool = open(folder.path()).await;
    spool.keep(&rating("a"), NOW).await.unwrap();
    // The battery of the clock was empty: 1970.
    spool.keep(&rating("b"), 5).await.unwrap();
    assert_eq!(spool.held(5).await.unwrap().oldest, Duration::ZERO);
    spool.keep(&rating("c"), NOW + DAY).await.unwrap();
    assert_eq!(ids(&spool).await, ["a", "b", "c"], "in the order they were given in");
    assert_eq!(spool.held(NOW + DAY).await.unwrap().oldest, Duration::from_secs(24 * 3600));
}

#[tokio::test]
async fn m20_a_full_disk_is_said_and_nothing_of_before_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool::open(folder.path(), Limits::default()).await.unwrap();
    let pages = "PRAGMA page_count";
    let pages: i64 =
        sqlx::query_scalar(pages).fetch_one(&mut *spool.connection.lock().await).await.unwrap();
    // No more pages: SQLite then says what it says on a full disk.
    let limit = format!("PRAGMA max_page_count = {pages}");
    let limit = sqlx::raw_sql(sqlx::AssertSqlSafe(limit));
    limit.execute(&mut *spool.connection.lock().await).await.unwrap();
    let mut kept = 0;
    let refused = loop {
        match spool.keep(&rating(&format!("r{kept}")), NOW).await {
            Ok(()) => kept += 1,
            Err(refused) => break refused,
        }
    };
    assert!(matches!(&refused, NotKept::Disk(why) if why.contains("full")), "{refused}");
    assert!(refused.words().contains("存不下") && refused.words().contains("还没有保存"));
    assert_eq!(spool.held(NOW).await.unwrap().waiting, kept);
    drop(spool);
    let spool = Spool::open(folder.path(), Limits::default()).await.unwrap();
    assert_eq!(spool.held(NOW).await.unwrap().waiting, kept);
    assert_eq!(spool.keep(&rating("after"), NOW).await, Ok(()), "and there is room again");
}

#[tokio::test]
async fn m20_what_the_services_refuse_waits_for_staff_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let spool = open(folder.path()).await;
    for id in ["a", "b", "c"] {
        spool.keep(&rating(id), NOW).await.unwrap();
    }
    spool.set_aside("a", "已过评价期", NOW).await.unwrap();
    spool.set_aside("c", "已过评价期", NOW).await.unwrap();
    assert_eq!(ids(&spool).await, ["b"], "the others go on");
    let held = spool.held(NOW).await.unwrap();
    assert_eq!((held.waiting, held.aside), (1, 2));
    drop(spool);
    let spool = open(folder.path()).await;
    assert_eq!(spool.reasons().await.unwrap(), [("已过评价期".to_owned(), 2)]);
    assert_eq!(spool.try_again().await, Ok(2));
    assert_eq!(ids(&spool).await, ["a", "b", "c"]);
    spool.set_aside("b", &"长".repeat(1000), NOW).await.unwrap();
    assert_eq!(spool.reasons().await.unwrap()[0].0.chars().count(), REASON_CHARS);
    assert_eq!(spool.clear_aside().await, Ok(1));
    assert_eq!(ids(&spool).await, ["a", "c"]);
    assert_eq!(spool.held(NOW).await.unwrap().aside, 0);
}

#[tokio::test]
async fn m20_what_does_not_open_is_set_aside_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let spool = open(folder.path()).await;
    spool.keep(&rating("a"), NOW).await.unwrap();
    drop(spool);
    fs::remove_file(folder.path().join("spool.key")).unwrap();
    let spool = open(folder.path()).await;
    spool.keep(&rating("b"), NOW).await.unwrap();
    assert_eq!(ids(&spool).await, ["b"], "the one behind it is delivered");
    assert_eq!(spool.held(NOW).await.unwrap().aside, 1);
    assert_eq!(spool.reasons().await.unwrap(), [(UNREADABLE.to_owned(), 1)]);
}

#[tokio::test]
async fn m20_a_damaged_store_is_put_beside_and_the_terminal_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    for damaged in 1..=2_u64 {
        fs::write(folder.path().join(FILE), b"this is no database at all, not one bit").unwrap();
        let spool = open(folder.path()).await;
        spool.keep(&rating("a"), NOW).await.unwrap();
        assert_eq!(spool.held(NOW).await.unwrap().damaged, damaged);
        // Nothing of it is written any more when the file is written over.
        spool.connection.into_inner().close().await.unwrap();
        let kept = folder.path().join(format!("spool.sqlite.damaged-{damaged}"));
        assert!(fs::read(kept).unwrap().starts_with(b"this is no"));
        let spool = open(folder.path()).await;
        assert_eq!(ids(&spool).await, ["a"], "a whole one is left alone");
    }
}

#[tokio::test]
async fn i04_m20_a_level_that_is_held_waits_for_nobody_until_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let spool = open(folder.path()).await;
    for id in ["a", "b", "c"] {
        spool.hold(&rating(id), NOW).await.unwrap();
    }
    let more = RatingToSend { words: "还有一句".into(), ..rating("a") };
    spool.hold(&more, NOW + 1).await.unwrap();
    assert!(ids(&spool).await.is_empty(), "their raters may say more");
    spool.withdraw("b").await.unwrap();
    spool.keep(&rating("c"), NOW).await.unwrap();
    spool.acknowledged(&["c".to_owned()]).await.unwrap();
    drop(spool);
    // The one is gone, the other was taken back, the third was sent: the first is what is left.
    let spool = open(folder.path()).await;
    let waiting = spool.waiting(0, 10, NOW).await.unwrap();
    assert_eq!(waiting.iter().map(|one| &one.rating).collect::<Vec<_>>(), [&more]);
    for file in fs::read_dir(folder.path()).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        let words = "还有一句".as_bytes();
        assert!(!bytes.windows(words.len()).any(|part| part == words), "words lie there unsealed");
    }
}
