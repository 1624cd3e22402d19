//! The units that a terminal is installed by.

use std::{collections::BTreeSet, fs, process::Command};

use crate::read;

const UNITS: [&str; 2] = ["pingyi-kiosk.service", "pingyi-kiosk-x11.service"];

fn unit(name: &str) -> String {
    read(&format!("deploy/kiosk/{name}"))
}

#[test]
fn systemd_understands_every_line_of_the_terminals_units() {
    let folder = tempfile::tempdir().unwrap();
    let paths = UNITS.map(|name| {
        // What starts it is on the terminal, and not here.
        let line = |line: &str| match line.strip_prefix("ExecStart=") {
            Some(command) => {
                let (_, arguments) = command.split_once(' ').unwrap();
                format!("ExecStart=/bin/true {arguments}\n")
            }
            None => format!("{line}\n"),
        };
        let path = folder.path().join(name);
        fs::write(&path, unit(name).lines().map(line).collect::<String>()).unwrap();
        path
    });
    let asked = Command::new("systemd-analyze").args(["verify", "--man=no"]).args(paths).output();
    let asked = asked.expect("systemd-analyze, of the Debian package systemd");
    let said = String::from_utf8_lossy(&asked.stderr);
    // Whatever this machine's own units are.
    let ours: Vec<&str> = said.lines().filter(|line| line.contains("pingyi-kiosk")).collect();
    assert!(asked.status.success() && ours.is_empty(), "{said}");
}

#[test]
fn a_terminal_is_locked_and_watched_the_same_under_either_unit() {
    let lines = |name: &str| -> BTreeSet<String> {
        let differs = ["#", "Description=", "Conflicts=", "Environment=", "ExecStart="];
        let unit = unit(name);
        let lines = unit.lines().filter(|line| !differs.iter().any(|key| line.starts_with(key)));
        lines.map(str::to_owned).collect()
    };
    let [wayland, x11] = UNITS.map(lines);
    assert_eq!(wayland, x11);
    for line in ["User=kiosk", "Type=notify", "NotifyAccess=all", "Restart=always"] {
        assert!(wayland.contains(line), "{line}");
    }
    for key in ["WatchdogSec=", "StartLimitBurst=", "StateDirectory="] {
        assert!(wayland.iter().any(|line| line.starts_with(key)), "{key}");
    }
    // They would hide the screen, the fingers, or the session's sockets.
    for key in ["PrivateDevices=", "ProtectClock=", "ProtectHome=", "DeviceAllow="] {
        assert!(!wayland.iter().any(|line| line.starts_with(key)), "{key}");
    }
    for name in UNITS {
        let unit = unit(name);
        let start = unit.lines().find(|line| line.starts_with("ExecStart=")).unwrap();
        assert!(start.contains("pingyi-kiosk --alone "), "{start}");
        assert!(start.contains(" $KIOSK_OPTIONS"), "{start}");
    }
}
