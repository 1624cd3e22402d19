//! Against printers that this file plays: right, mute, deaf, without paper, and gone.

use std::{
    io::{Read as _, Write as _},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread,
};

use encoding_rs::GB18030;
use tokio::{net::TcpListener, time::Instant};

use super::*;

const HALL: &str = "示例政务服务中心";
const READY: u8 = 0b0001_0010;
const OFF_LINE: u8 = READY | 0b1000;
const PAPER_OUT: u8 = READY | 0b0110_0000;

/// How a played printer answers.
#[derive(Clone, Copy)]
struct Answers {
    state: u8,
    paper: u8,
    /// What it says when a slip is printed; none: it has stopped.
    done: Option<u8>,
}

const RIGHT: Answers = Answers { state: READY, paper: READY, done: Some(0) };

fn slip() -> Slip {
    Slip {
        title: "评价凭条".into(),
        rows: vec![("评价凭证码".into(), "K7QM-2XHD".into())],
        code: "https://example.gov.cn/my#K7QM-2XHD".into(),
        note: "请保管好。".into(),
    }
}

/// What it does with the bytes it gets: answers what it is asked, and keeps all.
struct Played {
    answers: Answers,
    got: Vec<u8>,
}

impl Played {
    fn take(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut said = Vec::new();
        for byte in bytes {
            self.got.push(*byte);
            let asked = |what: &[u8]| self.got.ends_with(what);
            if asked(&[0x10, 0x04, 1]) {
                // Something nobody asked for, first.
                said.extend([0xff, self.answers.state]);
            } else if asked(&[0x10, 0x04, 4]) {
                said.push(self.answers.paper);
            } else if asked(&WHEN_DONE) {
                said.extend(self.answers.done);
            }
        }
        said
    }
}

async fn on_the_network(answers: Answers) -> (EscPos, Arc<Mutex<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("tcp://{}", listener.local_addr().unwrap());
    let got = Arc::<Mutex<Vec<u8>>>::default();
    let kept = Arc::clone(&got);
    tokio::spawn(async move {
        let (mut link, _) = listener.accept().await.unwrap();
        let mut played = Played { answers, got: Vec::new() };
        let mut buffer = [0; 64];
        while let Ok(length @ 1..) = link.read(&mut buffer).await {
            let said = played.take(&buffer[..length]);
            kept.lock().unwrap().clone_from(&played.got);
            link.write_all(&said).await.unwrap();
        }
    });
    (EscPos::new(address.parse().unwrap()), got)
}

fn has(got: &[u8], what: &[u8]) -> bool {
    got.windows(what.len()).any(|window| window == what)
}

#[tokio::test]
async fn a_slip_goes_out_in_gb_18030_with_its_code_and_is_said_to_be_printed_when_it_is() {
    let (mut printer, got) = on_the_network(RIGHT).await;
    assert_eq!(printer.print(HALL, &slip()).await, Outcome::Printed);
    let got = got.lock().unwrap().clone();
    for words in [HALL, "评价凭条", "评价凭证码", "K7QM-2XHD", "请保管好。"] {
        let (bytes, ..) = GB18030.encode(words);
        assert!(has(&got, &bytes), "{words}");
    }
    // Model 2, and the address as it is.
    assert!(has(&got, &[0x1d, b'(', b'k', 4, 0, 49, 65, 50, 0]));
    assert!(has(&got, b"https://example.gov.cn/my#K7QM-2XHD"));
    assert!(has(&got, &[0x1b, b'@', 0x1c, b'&']), "begins anew, with hanzi");
    assert!(has(&got, &[0x1d, b'V', b'A', 1]), "and is cut off");
    assert!(got.ends_with(&WHEN_DONE));
}

#[tokio::test]
async fn a_printer_without_paper_or_off_line_is_given_nothing() {
    for (answers, outcome) in [
        (Answers { state: OFF_LINE, paper: PAPER_OUT, ..RIGHT }, Outcome::NoPaper),
        (Answers { state: OFF_LINE, ..RIGHT }, Outcome::Away),
    ] {
        let (mut printer, got) = on_the_network(answers).await;
        assert_eq!(printer.print(HALL, &slip()).await, outcome);
        assert_eq!(*got.lock().unwrap(), HOW_ARE_YOU);
    }
}

#[tokio::test]
async fn paper_that_ends_with_the_slip_is_no_slip() {
    let (mut printer, _) = on_the_network(Answers { done: Some(0b1100), ..RIGHT }).await;
    assert_eq!(printer.print(HALL, &slip()).await, Outcome::NoPaper);
}

#[tokio::test]
async fn a_printer_that_stops_in_the_middle_forgets_the_slip() {
    let (mut printer, got) = on_the_network(Answers { done: None, ..RIGHT }).await;
    assert_eq!(printer.print(HALL, &slip()).await, Outcome::Away);
    while !got.lock().unwrap().ends_with(&FORGET) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_mute_printer_a_half_open_one_and_none_at_all_are_told_in_time() {
    let began = Instant::now();
    // Takes connections, and never says a word.
    let mute = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("tcp://{}", mute.local_addr().unwrap()).parse().unwrap();
    assert_eq!(EscPos::new(address).print("", &slip()).await, Outcome::Away);
    // Ends as soon as it is spoken to.
    let ends = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("tcp://{}", ends.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move {
        let (mut link, _) = ends.accept().await.unwrap();
        link.read_u8().await.unwrap();
    });
    assert_eq!(EscPos::new(address).print("", &slip()).await, Outcome::Away);
    // Nobody listens there any more.
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let address = format!("tcp://{gone}").parse().unwrap();
    assert_eq!(EscPos::new(address).print("", &slip()).await, Outcome::Away);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lp0");
    assert_eq!(EscPos::new(Address::Device(file.clone())).print("", &slip()).await, Outcome::Away);
    std::fs::write(&file, "").unwrap();
    assert_eq!(EscPos::new(Address::Device(file)).print("", &slip()).await, Outcome::Away);
    assert!(began.elapsed() < crate::devices::printer::LONGEST);
}

/// A terminal of the system that passes bytes as they are; its other end is this program's.
fn device_file() -> (Child, PathBuf) {
    let mut device = Command::new("script")
        .args(["-q", "-f", "-c", "stty raw -echo; tty; exec sleep 100", "/dev/null"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("script, of the Debian package bsdutils");
    let (mut path, mut byte) = (Vec::new(), [0]);
    let out = device.stdout.as_mut().unwrap();
    while path.last() != Some(&b'\n') {
        out.read_exact(&mut byte).unwrap();
        path.push(byte[0]);
    }
    let path = String::from_utf8(path).unwrap();
    (device, path.trim().into())
}

#[tokio::test]
async fn a_device_file_is_a_printer_too() {
    let (mut device, path) = device_file();
    let (mut out, mut back) = (device.stdout.take().unwrap(), device.stdin.take().unwrap());
    let got = Arc::<Mutex<Vec<u8>>>::default();
    let kept = Arc::clone(&got);
    thread::spawn(move || {
        let mut played = Played { answers: RIGHT, got: Vec::new() };
        let mut buffer = [0; 64];
        while let Ok(length @ 1..) = out.read(&mut buffer) {
            let said = played.take(&buffer[..length]);
            kept.lock().unwrap().clone_from(&played.got);
            back.write_all(&said).unwrap();
            back.flush().unwrap();
        }
    });
    let mut printer = EscPos::new(Address::Device(path));
    assert_eq!(printer.print(HALL, &slip()).await, Outcome::Printed);
    let (title, ..) = GB18030.encode("评价凭条");
    assert!(has(&got.lock().unwrap(), &title));
    device.kill().unwrap();
    device.wait().unwrap();
}

#[test]
fn a_printer_stands_on_the_network_or_in_a_file() {
    let at = |text: &str| text.parse::<Address>();
    assert_eq!(at("tcp://10.0.0.9:9100"), Ok(Address::Network("10.0.0.9:9100".into())));
    assert_eq!(at("/dev/usb/lp0"), Ok(Address::Device("/dev/usb/lp0".into())));
    for refused in ["", "lp0", "tcp://10.0.0.9", "tcp://:9100", "tcp://a:b", "http://a:9100"] {
        assert!(at(refused).is_err(), "{refused}");
    }
}
