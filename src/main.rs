//! The scorec program; everything is in the library.

fn main() -> std::process::ExitCode {
    scorec::cli::run::run()
}
