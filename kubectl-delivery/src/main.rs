//! `kubectl-delivery`; see the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    delivery_kubectl::main()
}
