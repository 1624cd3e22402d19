//! M20 as a drill: a terminal that is killed with SIGKILL again and again, over a network that is
//! cut again and again, and services that keep every request. The terminal is this very program,
//! run once more with its part of the drill.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    env, fs,
    io::{self, BufRead as _, BufReader, Write as _},
    net::SocketAddr,
    path::Path,
    pin::Pin,
    process::{Child, Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::Instant,
};

use proto::intake::v1::{SubmitRatingRequest, SubmitRatingResponse};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf, copy_bidirectional},
    net::{TcpListener, TcpStream},
    runtime::{Builder, Runtime},
};
use tonic::{
    Request, Response, Status,
    body::Body,
    codegen::{BoxFuture, Service, http},
    server::{Grpc, NamedService, UnaryService},
    transport::{Endpoint, Server, server::TcpIncoming},
};
use tonic_prost::ProstCodec;

use super::{tests::rating, *};
use crate::adapter::{spool::Limits, tonic::Gateway};

const RATINGS: usize = 10_000;
const SEED: u64 = 20_260_729;
/// What tells this program its part.
const PART: &str = "PINGYI_DRILL";
const NAME: &str = "outbox::drill::the_terminal_of_the_drill";

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

/// The services: every rating by its request id, whatever comes twice.
#[derive(Clone, Default)]
struct Intake(Arc<Kept>);

#[derive(Default)]
struct Kept {
    ratings: Mutex<BTreeMap<String, SubmitRatingRequest>>,
    requests: AtomicU64,
    /// Requests that came again with another content.
    changed: AtomicU64,
}

impl UnaryService<SubmitRatingRequest> for Intake {
    type Response = SubmitRatingResponse;
    type Future = BoxFuture<Response<SubmitRatingResponse>, Status>;

    fn call(&mut self, request: Request<SubmitRatingRequest>) -> Self::Future {
        let request = request.into_inner();
        self.0.requests.fetch_add(1, Ordering::SeqCst);
        let mut ratings = self.0.ratings.lock().unwrap();
        let first = ratings.entry(request.request_id.clone()).or_insert_with(|| request.clone());
        self.0.changed.fetch_add(u64::from(*first != request), Ordering::SeqCst);
        Box::pin(async { Ok(Response::new(SubmitRatingResponse::default())) })
    }
}

impl Service<http::Request<Body>> for Intake {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let intake = self.clone();
        Box::pin(async move { Ok(Grpc::new(ProstCodec::default()).unary(intake, request).await) })
    }
}

impl NamedService for Intake {
    const NAME: &'static str = "pingyi.intake.v1.RatingService";
}

/// Starts the services, and before them a network that breaks: each connection ends after some
/// bytes, in the middle of whatever they are, and some are not accepted at all.
async fn services(intake: Intake) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let behind = listener.local_addr().unwrap();
    let serving = Server::builder().add_service(intake);
    tokio::spawn(serving.serve_with_incoming(TcpIncoming::from(listener).with_nodelay(Some(true))));
    let network = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = network.local_addr().unwrap();
    tokio::spawn(async move {
        let mut dice = Dice(SEED);
        loop {
            let (mut terminal, _) = network.accept().await.unwrap();
            if dice.below(4) == 0 {
                continue;
            }
            let bytes = 2_000 + dice.below(60_000);
            tokio::spawn(async move {
                let services = TcpStream::connect(behind).await.unwrap();
                services.set_nodelay(true).unwrap();
                terminal.set_nodelay(true).unwrap();
                let mut services = Cut(services, bytes);
                let _ = copy_bidirectional(&mut terminal, &mut services).await;
            });
        }
    });
    address
}

/// A connection that ends after so many bytes, read and written together.
struct Cut(TcpStream, u64);

impl Cut {
    /// Counts what went through; an error once it was too much.
    fn count(&mut self, bytes: usize) -> io::Result<()> {
        self.1 = self.1.checked_sub(bytes as u64).ok_or(io::ErrorKind::ConnectionReset)?;
        Ok(())
    }
}

impl AsyncRead for Cut {
    fn poll_read(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.0).poll_read(task, buffer))?;
        let read = buffer.filled().len() - before;
        Poll::Ready(self.count(read))
    }
}

impl AsyncWrite for Cut {
    fn poll_write(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.0).poll_write(task, bytes))?;
        Poll::Ready(self.count(written).map(|()| written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(task)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(task)
    }
}

/// A run of the terminal, killed when it is dropped.
struct Terminal(Child);

impl Terminal {
    fn start(part: &str, folder: &Path, more: &str) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", NAME, "--nocapture", "--test-threads=1"]);
        command.env(PART, format!("{part}|{}|{more}", folder.display()));
        Self(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // SIGKILL; nothing to kill if it has ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn id(number: usize) -> String {
    format!("rating-{number:05}")
}

/// The terminal's part; without one it has nothing to do.
#[test]
fn the_terminal_of_the_drill() {
    let Some(part) = env::var_os(PART) else { return };
    let part = part.into_string().unwrap();
    let [part, folder, more] = part.split('|').collect::<Vec<_>>()[..] else { panic!("{part}") };
    runtime().block_on(async {
        let spool = Spool::open(Path::new(folder), Limits::default()).await.unwrap();
        if part == "keep" {
            let mut out = std::io::stdout();
            for number in more.parse().unwrap()..RATINGS {
                spool.keep(&rating(&id(number)), now()).await.unwrap();
                // From here on its rater has been thanked.
                writeln!(out, "\nkept {number}").unwrap();
            }
            return;
        }
        let channel = Endpoint::from_shared(more.to_owned()).unwrap().connect_lazy();
        let services = Gateway::new(channel, "token", "652301").unwrap();
        let pauses = (Duration::from_millis(1), Duration::from_millis(20));
        let outbox = Outbox::spooling(services, spool, pauses);
        let spool = outbox.shared.spool.as_ref().unwrap();
        let mut state = outbox.state();
        while spool.held(now()).await.unwrap().waiting > 0 {
            state.changed().await.unwrap();
        }
        assert_eq!(spool.held(now()).await.unwrap().aside, 0);
    });
}

/// Spools everything, killed every few hundred ratings; returns how often.
fn keep(folder: &Path, dice: &mut Dice) -> u32 {
    let (mut next, mut killed) = (0, 0);
    while next < RATINGS {
        let mut terminal = Terminal::start("keep", folder, &next.to_string());
        let mut until = next + usize::try_from(dice.below(900)).unwrap();
        let lines = BufReader::new(terminal.0.stdout.take().unwrap()).lines();
        for line in lines.map_while(Result::ok) {
            if let Some(number) = line.strip_prefix("kept ") {
                next = number.parse::<usize>().unwrap() + 1;
            }
            if next > until {
                // What it says until it is dead was kept as well, and is heard.
                until = RATINGS;
                killed += 1;
                terminal.0.kill().unwrap();
            }
        }
    }
    killed
}

/// Delivers everything, killed every few hundred requests; returns how often.
async fn deliver(folder: &Path, to: SocketAddr, intake: &Kept, dice: &mut Dice) -> u32 {
    for killed in 0.. {
        let until = intake.requests.load(Ordering::SeqCst) + 200 + dice.below(2_500);
        let mut terminal = Terminal::start("deliver", folder, &format!("http://{to}"));
        while intake.requests.load(Ordering::SeqCst) < until {
            if let Some(ended) = terminal.0.try_wait().unwrap() {
                assert!(ended.success(), "{ended}");
                return killed;
            }
            sleep(Duration::from_millis(1)).await;
        }
    }
    unreachable!("an endless range")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn m20_ten_thousand_ratings_arrive_once_each_through_kills_and_cuts() {
    let mut dice = Dice(SEED);
    let folder = tempfile::tempdir().unwrap();
    let first = folder.path().join("0");
    let started = Instant::now();
    let killed = keep(&first, &mut dice);
    let kept = started.elapsed();
    let size: u64 =
        fs::read_dir(&first).unwrap().map(|f| f.unwrap().metadata().unwrap().len()).sum();
    assert!(killed >= 10, "killed only {killed} times");
    let intake = Intake::default();
    let address = services(intake.clone()).await;
    let started = Instant::now();
    // The same spool three times over, as if it had come back from a copy.
    for round in 1..=3 {
        let copy = folder.path().join(round.to_string());
        fs::create_dir(&copy).unwrap();
        for file in fs::read_dir(&first).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), copy.join(file.file_name())).unwrap();
        }
        let killed = deliver(&copy, address, &intake.0, &mut dice).await;
        assert!(killed >= 2, "killed only {killed} times");
        let ratings = intake.0.ratings.lock().unwrap();
        assert!(ratings.keys().cloned().eq((0..RATINGS).map(id)), "{} ratings", ratings.len());
    }
    let requests = intake.0.requests.load(Ordering::SeqCst);
    assert!(requests >= 3 * 10_000, "only {requests} requests");
    assert_eq!(intake.0.changed.load(Ordering::SeqCst), 0, "the same request had another content");
    let mut out = std::io::stdout();
    writeln!(
        out,
        "M20: kept in {kept:?}, {size} bytes; {requests} requests in {:?}",
        started.elapsed()
    )
    .unwrap();
}
