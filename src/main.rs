//! The program: a window, or commands for the terminal.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
