//! A network between a process and a server that can fail: cut, mute, or losing answers only.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{ReadHalf, WriteHalf},
    },
    sync::watch,
    task::{JoinHandle, JoinSet},
};

/// What the network does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// It carries everything.
    Whole,
    /// It resets every connection, and each new one at once.
    Cut,
    /// It carries nothing and tells nobody: as if the other machine had lost its power.
    Dark,
    /// What is asked arrives, what is answered does not.
    Deaf,
}

/// How much was asked: pieces of bytes towards the server. A client that waits for each answer sends
/// one at a time.
#[derive(Default)]
struct Asks {
    number: u64,
    /// At which of them the network becomes another.
    turn: Option<(u64, Line)>,
}

/// What all connections have in common.
#[derive(Clone)]
struct Shared {
    line: watch::Sender<Line>,
    asks: Arc<Mutex<Asks>>,
}

impl Shared {
    fn asks(&self) -> std::sync::MutexGuard<'_, Asks> {
        self.asks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something is asked: it may be what the network fails at.
    fn asked(&self) {
        let mut asks = self.asks();
        asks.number += 1;
        let number = asks.number;
        if let Some((_, line)) = asks.turn.take_if(|(at, _)| *at <= number) {
            self.line.send_replace(line);
        }
    }
}

/// A network to one server; whole at first, gone when dropped.
pub struct Cut {
    port: u16,
    shared: Shared,
    carrying: JoinHandle<()>,
}

impl Cut {
    /// A network to the server at this port of this machine.
    ///
    /// # Panics
    /// If there is no free port.
    pub async fn to(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let line = watch::Sender::new(Line::Whole);
        let shared = Shared { line, asks: Arc::default() };
        let server = ([127, 0, 0, 1], server).into();
        let carrying = tokio::spawn(carry_all(listener, server, shared.clone()));
        Self { port, shared, carrying }
    }

    /// Where it is entered.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// How much was asked so far.
    #[must_use]
    pub fn asks(&self) -> u64 {
        self.shared.asks().number
    }

    /// After so much more was asked, it becomes `line`: what is asked then is the first that does not
    /// arrive, or the first that is not answered.
    pub fn turn_after(&self, asks: u64, line: Line) {
        let mut shared = self.shared.asks();
        shared.turn = Some((shared.number + asks + 1, line));
    }

    /// What it does now.
    #[must_use]
    pub fn line(&self) -> Line {
        *self.shared.line.borrow()
    }

    /// Resets every connection, and each new one, until mended.
    pub fn cut(&self) {
        self.shared.line.send_replace(Line::Cut);
    }

    /// Carries nothing more, and says so to nobody, until mended; what was sent meanwhile arrives
    /// then.
    pub fn go_dark(&self) {
        self.shared.line.send_replace(Line::Dark);
    }

    /// Loses every answer from now on, while what is asked still arrives. To be cut afterwards: a
    /// connection that has lost some answers is of no use.
    pub fn lose_answers(&self) {
        self.shared.line.send_replace(Line::Deaf);
    }

    /// Carries everything again, and will not fail by itself any more.
    pub fn mend(&self) {
        self.shared.asks().turn = None;
        self.shared.line.send_replace(Line::Whole);
    }
}

impl Drop for Cut {
    fn drop(&mut self) {
        self.carrying.abort();
    }
}

async fn carry_all(listener: TcpListener, server: SocketAddr, shared: Shared) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((client, _)) = accepted {
                    connections.spawn(carry(client, server, shared.clone()));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// One connection, until one side ends it or it is cut.
async fn carry(mut client: TcpStream, server: SocketAddr, shared: Shared) {
    let mut line = shared.line.subscribe();
    if wait_for_light(&mut line).await == Line::Cut {
        return reset(&client);
    }
    let Ok(mut server) = TcpStream::connect(server).await else { return reset(&client) };
    // As the processes themselves would have it: a delay of ours would be measured as theirs.
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let whole = {
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        let both = async {
            tokio::join!(
                pump(from_client, to_server, &shared, false),
                pump(from_server, to_client, &shared, true),
            )
        };
        let mut seen = line.clone();
        let cut = seen.wait_for(|line| *line == Line::Cut);
        tokio::select! {
            (asked, answered) = both => asked && answered,
            _ = cut => false,
        }
    };
    if !whole {
        reset(&client);
        reset(&server);
    }
}

/// Carries one direction until its end; false if it broke.
async fn pump(
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    shared: &Shared,
    answers: bool,
) -> bool {
    let mut line = shared.line.subscribe();
    let mut bytes = vec![0; 64 << 10];
    loop {
        wait_for_light(&mut line).await;
        let read = tokio::select! {
            read = from.read(&mut bytes) => read,
            changed = line.changed() => match changed {
                Ok(()) => continue,
                Err(_) => return false,
            },
        };
        let read = match read {
            Ok(0) => {
                // An end is a word too, which the dark swallows.
                wait_for_light(&mut line).await;
                return to.shutdown().await.is_ok();
            }
            Ok(read) => read,
            Err(_) => return false,
        };
        if !answers {
            shared.asked();
        }
        // It may have gone dark in between: then this arrives once it is light again.
        match wait_for_light(&mut line).await {
            Line::Cut => return false,
            Line::Deaf if answers => continue,
            _ => {}
        }
        if to.write_all(&bytes[..read]).await.is_err() {
            return false;
        }
    }
}

/// Waits until the line is not dark; what it is then.
async fn wait_for_light(line: &mut watch::Receiver<Line>) -> Line {
    match line.wait_for(|line| *line != Line::Dark).await {
        Ok(line) => *line,
        Err(_) => Line::Cut,
    }
}

/// Makes the end of a connection a reset instead of an orderly end.
fn reset(connection: &TcpStream) {
    // If it is broken already, that is as good.
    let _ = connection.set_zero_linger();
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// A server that answers each byte with the next one.
    async fn server() -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                tokio::spawn(async move {
                    while let Ok(byte) = client.read_u8().await {
                        if client.write_u8(byte + 1).await.is_err() {
                            break;
                        }
                    }
                });
            }
        });
        port
    }

    async fn answered(client: &mut TcpStream) -> Option<u8> {
        let patience = crate::stretched(Duration::from_millis(200));
        tokio::time::timeout(patience, client.read_u8()).await.ok().and_then(Result::ok)
    }

    #[tokio::test]
    async fn a_network_carries_goes_dark_loses_answers_and_is_cut() {
        let cut = Cut::to(server().await).await;
        let mut client = TcpStream::connect(("127.0.0.1", cut.port())).await.unwrap();
        client.write_u8(1).await.unwrap();
        assert_eq!(answered(&mut client).await, Some(2));
        cut.go_dark();
        client.write_u8(3).await.unwrap();
        assert_eq!(answered(&mut client).await, None);
        cut.mend();
        assert_eq!(answered(&mut client).await, Some(4), "late");
        cut.lose_answers();
        client.write_u8(5).await.unwrap();
        assert_eq!(answered(&mut client).await, None);
        cut.mend();
        client.write_u8(7).await.unwrap();
        assert_eq!(answered(&mut client).await, Some(8), "what was answered before is lost");
        cut.cut();
        let end = client.read_u8().await.unwrap_err();
        assert_eq!(end.kind(), std::io::ErrorKind::ConnectionReset);
        cut.mend();
        let mut client = TcpStream::connect(("127.0.0.1", cut.port())).await.unwrap();
        client.write_u8(9).await.unwrap();
        assert_eq!(answered(&mut client).await, Some(10));
        let asks = cut.asks();
        cut.turn_after(1, Line::Deaf);
        client.write_u8(11).await.unwrap();
        assert_eq!((answered(&mut client).await, cut.line()), (Some(12), Line::Whole));
        client.write_u8(13).await.unwrap();
        assert_eq!((answered(&mut client).await, cut.line()), (None, Line::Deaf));
        assert_eq!(cut.asks(), asks + 2);
    }
}
