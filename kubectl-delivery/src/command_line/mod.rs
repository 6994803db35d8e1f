//! The command line: arguments and help, completion, and the process around a command.
//!
//! What a command does is left to its folder. May import every other folder.

mod help;
mod script;
mod version;
mod arguments;
mod completion;
mod run;

pub use run::main;
