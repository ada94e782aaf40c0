//! Entry point of the binary: arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    vigie::cli::run(std::env::args_os())
}
