use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use tokio::time::Instant;

use super::*;

type Stream = VecDeque<Result<Option<Matter>, Lost>>;

/// A window whose streams were written down before; after the last one nobody is reached.
#[derive(Clone, Default)]
struct Written {
    streams: Arc<Mutex<VecDeque<Result<Stream, Lost>>>>,
    asked: Arc<Mutex<Vec<Instant>>>,
    place: Option<Place>,
}

impl Window for Written {
    type Shown =
        tokio_stream::Iter<std::collections::vec_deque::IntoIter<Result<Option<Matter>, Lost>>>;

    async fn watch(&self) -> Result<Self::Shown, Lost> {
        self.asked.lock().unwrap().push(Instant::now());
        let next = self.streams.lock().unwrap().pop_front();
        next.unwrap_or(Err(Lost::Away)).map(tokio_stream::iter)
    }

    async fn place(&self) -> Option<Place> {
        self.place.clone()
    }
}

fn matter() -> Option<Matter> {
    let (token, item_name) = ("t".to_owned(), "示例事项".to_owned());
    Some(Matter { token, item_name, stage: Stage::Completion, served_at: 0 })
}

/// What is heard of a window, and how long was waited before each time it was asked again.
async fn heard(streams: Vec<Result<Stream, Lost>>, times: usize) -> (Vec<News>, Vec<Duration>) {
    let window = Written { streams: Arc::new(Mutex::new(streams.into())), ..Written::default() };
    let (sender, mut receiver) = mpsc::channel(1);
    let following = tokio::spawn(follow(window.clone(), sender));
    let mut news = Vec::new();
    while window.asked.lock().unwrap().len() < times {
        match receiver.recv().await {
            Some(Event::Window(one)) => news.push(one),
            other => panic!("{other:?}"),
        }
        tokio::task::yield_now().await;
    }
    // Whoever watches ends with whoever listens.
    drop(receiver);
    following.await.unwrap();
    let asked = window.asked.lock().unwrap().clone();
    (news, asked.windows(2).map(|two| two[1] - two[0]).collect())
}

#[tokio::test(start_paused = true)]
async fn i19_a_window_is_watched_again_by_itself_ever_more_rarely_while_nobody_answers() {
    let first = Ok([Ok(None), Ok(matter())].into());
    let (news, waited) = heard(vec![first], 8).await;
    let lost = News::Lost(Lost::Away);
    assert_eq!(news[..3], [News::Shows(None), News::Shows(matter()), lost.clone()]);
    assert!(news[3..].iter().all(|one| *one == lost), "{news:?}");
    for (n, pause) in waited.iter().enumerate() {
        let planned = PAUSES.1.min(PAUSES.0 * (1 << n));
        let (least, most) = (planned.mul_f32(0.75), planned.mul_f32(1.26));
        assert!((least..=most).contains(pause), "pause {n}: {pause:?}");
    }
    assert!(waited.iter().any(|pause| pause.subsec_millis() > 0), "not all at the same moment");
}

#[tokio::test(start_paused = true)]
async fn i19_a_stream_that_says_something_makes_the_pauses_short_again() {
    let refused = || Err(Lost::NotAdmitted);
    let said = Ok([Ok(None), Err(Lost::NoWindow)].into());
    let (news, waited) = heard(vec![refused(), refused(), refused(), said], 5).await;
    let refused = News::Lost(Lost::NotAdmitted);
    let end = [News::Shows(None), News::Lost(Lost::NoWindow)];
    assert_eq!(news[..5], [vec![refused; 3], end.to_vec()].concat());
    assert!(waited[2] > PAUSES.0 * 2 && waited[3] < PAUSES.0 * 2, "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn i19_two_devices_with_one_identity_do_not_fight_for_the_window() {
    let taken = || Ok([Ok(matter()), Err(Lost::Elsewhere)].into());
    let (news, waited) = heard(vec![taken(), taken()], 3).await;
    assert!(news.contains(&News::Lost(Lost::Elsewhere)));
    assert!(waited[..2].iter().all(|pause| *pause > PAUSES.1), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn i19_where_it_stands_is_asked_whenever_it_falls_asleep() {
    let place = Place { window: "3号窗口".into(), code: "w".into() };
    let asleep = || Ok([Ok(None), Ok(matter()), Ok(None)].into());
    let streams = Arc::new(Mutex::new([asleep(), Err(Lost::Away)].into()));
    let window = Written { streams, place: Some(place.clone()), ..Written::default() };
    let (sender, mut receiver) = mpsc::channel(16);
    let following = tokio::spawn(follow(window, sender));
    sleep(PAUSES.0 / 2).await;
    let heard: Vec<_> = std::iter::from_fn(|| receiver.try_recv().ok()).collect();
    let stands = Event::Window(News::Stands(place));
    assert_eq!(heard.iter().filter(|event| **event == stands).count(), 2, "{heard:?}");
    assert_eq!(heard.len(), 6, "and delays nothing: {heard:?}");
    following.abort();
}
