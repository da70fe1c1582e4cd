//! The program: a window, or commands for the terminal.

fn main() -> std::process::ExitCode {
    sealscope::cli::main()
}
