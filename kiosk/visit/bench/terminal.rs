//! M27, and what the spool of M20 costs, on one line each: `cargo bench -p visit`.

use std::{
    fs,
    io::Write as _,
    time::{Duration, Instant},
};

use domain::level::Level;
use tokio::runtime::Builder;
use visit::{
    adapter::spool::{Limits, Spool},
    content::RatingToSend,
    pinyin::{
        LETTERS, Purpose,
        board::{Board, Room},
    },
};

/// What is typed, letter by letter.
const TYPED: [&str; 12] = [
    "gongzuorenyuantaidufeichanghao",
    "paiduishijiantaichangxiwangzengjiachuangkou",
    "meiyouyicixinggaozhixuyaodecailiao",
    "xinjiangweiwuerzizhiquchangjihuizuzizhizhou",
    "budongchandengjizhongxin",
    "wangxiaoming",
    "zhsh",
    "gzry",
    "xianxianxianxianxian",
    "yiyiyiyiyiyiyiyi",
    "shishishishishishishishishishishi",
    "zzzzzzzzzzzzzzzz",
];
/// What a screen of 1080 pixels shows of it.
const ROOM: Room = Room { bar: 12.9, row: 21.8, rows: 4, gap: 0.3 };
const ROUNDS: usize = 20;
const RATINGS: usize = 2_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let before = resident()?;
    let mut keys: Vec<Duration> = Vec::new();
    for _ in 0..ROUNDS {
        for typed in TYPED {
            let mut board = Board::new(|_| true);
            for letter in typed.split_inclusive(|_: char| true).take(LETTERS) {
                let started = Instant::now();
                board.press(letter, Purpose::Text);
                std::hint::black_box(board.rows(ROOM));
                keys.push(started.elapsed());
            }
        }
    }
    keys.sort();
    let at = |share: usize| keys[keys.len() * share / 1000];
    let mut out = std::io::stdout();
    writeln!(
        out,
        "M27 key → candidates: p50 {:?}, p99 {:?}, p99.9 {:?} of {} keys; memory {} KiB",
        at(500),
        at(990),
        at(999),
        keys.len(),
        resident()?.saturating_sub(before)
    )?;
    Builder::new_current_thread().enable_all().build()?.block_on(spool(&mut out))
}

async fn spool(out: &mut std::io::Stdout) -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let spool = Spool::open(folder.path(), Limits::default()).await?;
    let mut kept = Vec::new();
    let started = Instant::now();
    for number in 0..RATINGS {
        let one = Instant::now();
        spool.keep(&rating(number), 1).await?;
        kept.push(one.elapsed());
    }
    let keeping = started.elapsed();
    kept.sort();
    let started = Instant::now();
    loop {
        let waiting = spool.waiting(0, 16, 1).await?;
        let ids: Vec<_> = waiting.into_iter().map(|waiting| waiting.rating.request_id).collect();
        if ids.is_empty() {
            break;
        }
        spool.acknowledged(&ids).await?;
    }
    let bytes: u64 = fs::read_dir(folder.path())?
        .map(|file| file.and_then(|file| file.metadata()).map(|data| data.len()))
        .sum::<Result<u64, _>>()?;
    writeln!(
        out,
        "M20 spool: {RATINGS} kept in {keeping:?}, each p50 {:?}, p99 {:?}; read and removed in {:?}; \
         {bytes} bytes",
        kept[RATINGS / 2],
        kept[RATINGS * 99 / 100],
        started.elapsed()
    )?;
    Ok(())
}

fn rating(number: usize) -> RatingToSend {
    RatingToSend {
        request_id: format!("0197a3c4-0000-4000-8000-{number:012}"),
        token: "a".repeat(43),
        level: Level::VeryDissatisfied,
        tag_codes: vec!["0101".into(), "0102".into()],
        tag_list_version: "national-2020-05".into(),
        words: String::new(),
        answers: Vec::new(),
        private: false,
        touched_at: Some(1),
    }
}

/// KiB of memory that the process has now.
fn resident() -> Result<u64, Box<dyn std::error::Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
