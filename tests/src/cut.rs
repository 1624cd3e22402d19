//! A network between a process and a server that can fail: cut, mute, or losing answers only.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{ReadHalf, WriteHalf},
    },
    sync::watch,
    task::{JoinHandle, JoinSet},
};

/// What the network does now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    /// It carries everything.
    Whole,
    /// It resets every connection, and each new one at once.
    Cut,
    /// It carries nothing and tells nobody: as if the other machine had lost its power.
    Dark,
    /// What is asked arrives, what is answered does not.
    Deaf,
}

/// A network to one server; whole at first, gone when dropped.
pub struct Cut {
    port: u16,
    line: watch::Sender<Line>,
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
        let (line, seen) = watch::channel(Line::Whole);
        let carrying = tokio::spawn(carry_all(listener, ([127, 0, 0, 1], server).into(), seen));
        Self { port, line, carrying }
    }

    /// Where it is entered.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Resets every connection, and each new one, until mended.
    pub fn cut(&self) {
        self.line.send_replace(Line::Cut);
    }

    /// Carries nothing more, and says so to nobody, until mended; what was sent meanwhile arrives
    /// then.
    pub fn go_dark(&self) {
        self.line.send_replace(Line::Dark);
    }

    /// Loses every answer from now on, while what is asked still arrives. To be cut afterwards: a
    /// connection that has lost some answers is of no use.
    pub fn lose_answers(&self) {
        self.line.send_replace(Line::Deaf);
    }

    /// Carries everything again.
    pub fn mend(&self) {
        self.line.send_replace(Line::Whole);
    }
}

impl Drop for Cut {
    fn drop(&mut self) {
        self.carrying.abort();
    }
}

async fn carry_all(listener: TcpListener, server: SocketAddr, line: watch::Receiver<Line>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((client, _)) = accepted {
                    connections.spawn(carry(client, server, line.clone()));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// One connection, until one side ends it or it is cut.
async fn carry(mut client: TcpStream, server: SocketAddr, mut line: watch::Receiver<Line>) {
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
                pump(from_client, to_server, line.clone(), false),
                pump(from_server, to_client, line.clone(), true),
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
    mut line: watch::Receiver<Line>,
    answers: bool,
) -> bool {
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
        // It may have gone dark in between: then this arrives once it is light again.
        let now = wait_for_light(&mut line).await;
        if answers && now == Line::Deaf {
            continue;
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
        let patience = Duration::from_millis(200);
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
    }
}
