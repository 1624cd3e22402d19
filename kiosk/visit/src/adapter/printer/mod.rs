//! A receipt printer that speaks ESC/POS, on the network (port 9100) or as a device file. It is asked
//! before and after each slip, so that nothing is said to be printed that is not.

mod bytes;
#[cfg(test)]
mod tests;

use std::{fs::File, io, path::PathBuf, str::FromStr, time::Duration};

use rustix::fs::{Mode, OFlags};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, join},
    net::{TcpStream, unix::pipe},
    time::timeout,
};

use crate::devices::{
    printer::{Outcome, Print},
    slip::Slip,
};

/// How long a printer may take to be reached, and to say how it is.
const ANSWER: Duration = Duration::from_millis(1_500);
/// How long a slip may take to be printed.
const SLIP: Duration = Duration::from_secs(6);

/// Whether it is on line, and whether it has paper; answered at once, whatever else it does.
const HOW_ARE_YOU: [u8; 6] = [0x10, 0x04, 1, 0x10, 0x04, 4];
/// Whether it has paper, answered when everything before is printed.
const WHEN_DONE: [u8; 3] = [0x1d, b'r', 1];
/// Forgets what it has not printed yet.
const FORGET: [u8; 10] = [0x10, 0x14, 8, 1, 3, 20, 1, 6, 2, 8];

/// Where a printer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// `tcp://HOST:PORT`.
    Network(String),
    /// A device file: `/dev/usb/lp0`.
    Device(PathBuf),
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.starts_with('/') {
            return Ok(Self::Device(text.into()));
        }
        let place = text.strip_prefix("tcp://").and_then(|place| place.rsplit_once(':'));
        match place {
            Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => {
                Ok(Self::Network(format!("{host}:{port}")))
            }
            _ => Err("is neither tcp://HOST:PORT nor a device file like /dev/usb/lp0".to_owned()),
        }
    }
}

/// A printer that speaks ESC/POS.
#[derive(Clone, Debug)]
pub struct EscPos {
    address: Address,
}

impl EscPos {
    /// The printer at an address; it need not be there yet.
    #[must_use]
    pub fn new(address: Address) -> Self {
        Self { address }
    }
}

impl Print for EscPos {
    async fn print(&mut self, hall: &str, slip: &Slip) -> Outcome {
        let Ok(job) = bytes::of(hall, slip) else { return Outcome::Away };
        let outcome = match &self.address {
            Address::Network(place) => match timeout(ANSWER, TcpStream::connect(place)).await {
                Ok(Ok(link)) => talk(link, &job).await,
                Ok(Err(error)) => Err(error),
                Err(late) => Err(late.into()),
            },
            Address::Device(path) => match open(path) {
                Ok((reads, writes)) => talk(join(reads, writes), &job).await,
                Err(error) => Err(error),
            },
        };
        outcome.unwrap_or(Outcome::Away)
    }
}

/// Opens a device file, which never keeps anyone waiting: a printer without paper takes no bytes. Any
/// file that can be waited for will do, so it is no pipe as a rule.
fn open(path: &PathBuf) -> io::Result<(pipe::Receiver, pipe::Sender)> {
    let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    let reads = pipe::Receiver::from_file_unchecked(file.try_clone()?)?;
    Ok((reads, pipe::Sender::from_file_unchecked(file)?))
}

/// Has one slip printed.
async fn talk(mut link: impl AsyncRead + AsyncWrite + Unpin, job: &[u8]) -> io::Result<Outcome> {
    if let Some(trouble) = trouble(&mut link).await? {
        return Ok(trouble);
    }
    match timeout(SLIP, print(&mut link, job)).await {
        Ok(done) => done,
        // It has stopped in the middle. What is left would come out for somebody else.
        Err(_) => {
            let trouble = trouble(&mut link).await;
            timeout(ANSWER, link.write_all(&FORGET)).await??;
            Ok(trouble?.unwrap_or(Outcome::Away))
        }
    }
}

async fn print(
    link: &mut (impl AsyncRead + AsyncWrite + Unpin),
    job: &[u8],
) -> io::Result<Outcome> {
    link.write_all(job).await?;
    link.write_all(&WHEN_DONE).await?;
    link.flush().await?;
    let status = answer(link, |byte| byte & 0b1001_0000 == 0).await?;
    Ok(if status & 0b1100 == 0 { Outcome::Printed } else { Outcome::NoPaper })
}

/// What keeps a printer from printing; nothing if it can.
async fn trouble(link: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> io::Result<Option<Outcome>> {
    timeout(ANSWER, async {
        link.write_all(&HOW_ARE_YOU).await?;
        link.flush().await?;
        let at_once = |byte: u8| byte & 0b1001_0011 == 0b0001_0010;
        let (state, paper) = (answer(link, at_once).await?, answer(link, at_once).await?);
        // Without paper it is off line, too.
        Ok(if paper & 0b0110_0000 != 0 {
            Some(Outcome::NoPaper)
        } else if state & 0b1000 != 0 {
            Some(Outcome::Away)
        } else {
            None
        })
    })
    .await?
}

/// The next byte of an answer that has this form; what else a printer says is passed over.
async fn answer(link: &mut (impl AsyncRead + Unpin), is: impl Fn(u8) -> bool) -> io::Result<u8> {
    loop {
        let byte = link.read_u8().await?;
        if is(byte) {
            return Ok(byte);
        }
    }
}
