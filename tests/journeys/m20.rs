//! M20 end to end: what a terminal spooled is delivered to the real services, over mutual TLS, through
//! a network that is cut, a terminal and services that are killed with SIGKILL: each rating once. The
//! terminal is this very program, run once more with its part.

use std::{
    env,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use e2e::{citizens::ON_THE_SPOT, cut::Cut, until};
use pingyi::{demo::tokens::REGION, roles::Role};
use platform::database::Location;
use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, Statement};
use tokio::task::JoinSet;
use visit::{
    adapter::{
        fleet::identity::Identity,
        line::Line,
        spool::{Limits, Spool},
        tonic::Gateway,
    },
    content::{Application, RatingToSend},
    controller::Controller,
    ports::{Failure, Services as _},
};

use crate::{terminals::Services, trace::id};

/// As many as fit a debug build's minute; 10,000 are `outbox::drill` of the terminal's own crate.
const RATINGS: usize = 1_000;
/// How many applications at once.
const AT_ONCE: usize = 16;
/// How often the terminal is killed at least.
const KILLS: u32 = 4;
/// What tells this program its part: folder, authority, port.
const PART: &str = "PINGYI_TERMINAL";
const NAME: &str = "m20::the_terminal";

/// Numbers that look random and are the same in every run (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// The terminal's part; without one it has nothing to do.
#[tokio::test]
async fn the_terminal() {
    let Some(part) = env::var_os(PART) else { return };
    let part = part.into_string().unwrap();
    let [folder, ca, port] = part.split('|').collect::<Vec<_>>()[..] else { panic!("{part}") };
    let folder = Path::new(folder);
    let spool = Spool::open(folder, Limits::default()).await.unwrap();
    let identity = Identity::open(folder).unwrap();
    let line = Line::encrypted(&format!("https://127.0.0.1:{port}"), Path::new(ca), identity);
    let kiosk = Controller::spooling(Gateway::over(line.unwrap(), None, REGION), spool);
    let mut outbox = kiosk.outbox();
    // Of its first look nothing is known yet.
    outbox.changed().await.unwrap();
    let state = outbox.wait_for(|state| state.held.waiting == 0).await.unwrap().clone();
    assert_eq!(state.held.aside, 0, "{state:?}");
}

/// A run of the terminal, killed when it is dropped.
struct Terminal(Child);

impl Terminal {
    fn start(folder: &Path, ca: &Path, port: u16) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", NAME, "--nocapture", "--test-threads=1"]);
        command.env(PART, format!("{}|{}|{port}", folder.display(), ca.display()));
        Self(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Nothing to kill if it has ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Intake's store as seen from a SQL prompt.
async fn store(location: &Location) -> DatabaseConnection {
    let mut options = match location {
        Location::Postgres(url) => {
            let mut options = ConnectOptions::new(url);
            options.set_schema_search_path(Role::Intake.name());
            options
        }
        Location::Sqlite(folder) => {
            let file = folder.join(format!("{}.sqlite", Role::Intake));
            ConnectOptions::new(format!("sqlite://{}?mode=ro", file.display()))
        }
    };
    options.max_connections(1).min_connections(0).sqlx_logging(false);
    Database::connect(options).await.unwrap()
}

async fn number(store: &DatabaseConnection, sql: &str) -> usize {
    let statement = Statement::from_string(store.get_database_backend(), sql.to_owned());
    let row = store.query_one_raw(statement).await.unwrap().unwrap();
    usize::try_from(row.try_get_by_index::<i64>(0).unwrap()).unwrap()
}

/// Someone applies at the terminal, and is invited to rate.
async fn invited(gateway: Gateway) -> String {
    let entry = |(field, value): (&str, &str)| (field.to_owned(), value.to_owned());
    let application = Application {
        request_id: id(),
        item_code: ON_THE_SPOT.to_owned(),
        entries: [
            ("applicant_name", "示例办事人"),
            ("applicant_phone", "13800000000"),
            ("applicant_id", "11010519491231002X"),
            ("insurance_kind", "全部险种"),
        ]
        .map(entry)
        .to_vec(),
        language: String::new(),
    };
    loop {
        match gateway.submit(application.clone()).await {
            Ok(case) => return case.invitation.unwrap(),
            // Intake may not know the catalogue yet.
            Err(Failure::Away) => tokio::time::sleep(Duration::from_millis(50)).await,
            Err(failure) => panic!("{failure:?}"),
        }
    }
}

fn rating(token: String, number: usize) -> RatingToSend {
    let levels = domain::level::Level::ALL;
    RatingToSend {
        request_id: id(),
        token,
        level: levels[number % levels.len()],
        tag_codes: Vec::new(),
        tag_list_version: String::new(),
        words: String::new(),
        answers: Vec::new(),
        private: false,
        touched_at: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn m20_what_a_terminal_spooled_is_on_the_server_once_through_cuts_and_kills_over_mutual_tls()
{
    let mut services = Services::start().await;
    let folder = tempfile::tempdir().unwrap();
    let ca = services.place.folder().join("certificates/ca.crt");
    let (gateway, office, _) = services.device(folder.path(), services.port());
    office.register(&services.invite().await).await.unwrap();

    // Everybody applied while there was a network, and rates while there is none.
    let (mut applying, mut tokens) = (JoinSet::new(), Vec::new());
    for _ in 0..RATINGS {
        if applying.len() == AT_ONCE {
            tokens.push(applying.join_next().await.unwrap().unwrap());
        }
        applying.spawn(invited(gateway.clone()));
    }
    tokens.extend(applying.join_all().await);
    let spool = Spool::open(folder.path(), Limits::default()).await.unwrap();
    for (n, token) in tokens.into_iter().enumerate() {
        spool.keep(&rating(token, n), visit::adapter::clock::now()).await.unwrap();
    }
    drop(spool);

    let net = Cut::to(services.port()).await;
    let store = store(&services.place.location).await;
    let kept = async || number(&store, "SELECT count(*) FROM rating").await;
    assert_eq!(kept().await, 0);
    let mut dice = Dice(20_260_729);
    let (mut killed, mut ended) = (0, false);
    while !ended {
        let mut terminal = Terminal::start(folder.path(), &ca, net.port());
        let share = RATINGS / usize::try_from(KILLS + 1).unwrap();
        let least = (kept().await + share).min(RATINGS);
        until("ratings arrive through a network that is cut", async || {
            ended = terminal.0.try_wait().unwrap().is_some_and(|status| {
                assert!(status.success(), "{status}");
                true
            });
            if dice.below(150) == 0 {
                // Answers are lost first: what was kept is sent again.
                net.lose_answers();
                tokio::time::sleep(Duration::from_millis(1 + dice.below(40))).await;
                net.cut();
                // Seen by every connection before it is mended.
                tokio::time::sleep(Duration::from_millis(20)).await;
                net.mend();
            }
            ended || killed < KILLS && kept().await >= least
        })
        .await;
        if !ended {
            terminal.0.kill().unwrap();
            killed += 1;
        }
        if killed == 2 && !ended {
            services.kill();
            services.go_on().await;
        }
    }
    assert!(killed >= KILLS, "killed only {killed} times");
    assert_eq!(kept().await, RATINGS, "each once");
    let acts = "SELECT count(DISTINCT act_id) FROM rating";
    assert_eq!(number(&store, acts).await, RATINGS);
    let spool = Spool::open(folder.path(), Limits::default()).await.unwrap();
    let held = spool.held(0).await.unwrap();
    assert_eq!((held.waiting, held.aside), (0, 0));
}
