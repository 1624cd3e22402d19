//! The one binary.

fn main() -> std::process::ExitCode {
    pingyi::run()
}
