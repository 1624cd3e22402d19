//! A card reader by a program of its maker's: each maker has a library of their own, and a program
//! around it prints a line for each card, the name, a tab, and the number.

use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use tokio::sync::mpsc;

use crate::devices::card::{Card, ReadCards};

/// How long until a program that has ended is started again.
const AGAIN: Duration = Duration::from_secs(2);

/// A program that prints a line for each card.
#[derive(Debug)]
pub struct Program(mpsc::Receiver<Card>);

impl Program {
    /// A program by its name or path; it need not be there yet. It is listened to by a thread of its
    /// own.
    #[must_use]
    pub fn start(path: &Path) -> Self {
        let (read, cards) = mpsc::channel(1);
        let path = path.to_owned();
        thread::spawn(move || {
            while listen(&path, &read) {
                // It has ended, or is not there: a reader that was unplugged comes back.
                thread::sleep(AGAIN);
            }
        });
        Self(cards)
    }
}

/// Hands on each card until the program ends; whether somebody wants more of them.
fn listen(path: &PathBuf, read: &mpsc::Sender<Card>) -> bool {
    let mut program = Command::new(path);
    program.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let Ok(mut program) = program.spawn() else { return !read.is_closed() };
    for line in program.stdout.take().into_iter().flat_map(|out| BufReader::new(out).lines()) {
        let Ok(line) = line else { break };
        if let Some((name, number)) = line.split_once('\t') {
            let card = Card { name: name.trim().to_owned(), number: number.trim().to_owned() };
            if read.blocking_send(card).is_err() {
                break;
            }
        }
    }
    // It has ended by itself, or nobody wants it any more.
    let _ = program.kill().and_then(|()| program.wait());
    !read.is_closed()
}

impl ReadCards for Program {
    async fn next(&mut self) -> Option<Card> {
        self.0.recv().await
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _};

    use super::*;

    #[tokio::test]
    async fn a_line_of_the_program_is_a_card_and_a_program_that_ends_is_started_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("reader");
        let script = "#!/bin/sh\necho 'ready'\nprintf '示例·申请人\\t11010519491231002X\\n'\n";
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        let mut reader = Program::start(&path);
        for _ in 0..2 {
            let Card { name, number } = reader.next().await.unwrap();
            assert_eq!((name.as_str(), number.as_str()), ("示例·申请人", "11010519491231002X"));
        }
    }
}
