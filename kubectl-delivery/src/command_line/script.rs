//! The command `completion`: prints a shell's completion script.

use clap_complete::{generate, shells};

use crate::base::Error;
use crate::base::output::write_stdout;

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Shell {
    /// The Bourne again shell.
    Bash,
    /// The Z shell.
    Zsh,
    /// The friendly interactive shell.
    Fish,
}

/// Prints the script for a command.
pub(crate) fn print(shell: Shell, command: &mut clap::Command) -> Result<(), Error> {
    const PROGRAM: &str = "kubectl-delivery";
    let mut script = Vec::new();
    match shell {
        Shell::Bash => generate(shells::Bash, command, PROGRAM, &mut script),
        Shell::Zsh => generate(shells::Zsh, command, PROGRAM, &mut script),
        Shell::Fish => generate(shells::Fish, command, PROGRAM, &mut script),
    }
    write_stdout(&String::from_utf8_lossy(&script))
}
