//! Writes the CustomResourceDefinitions into a folder, `crds` by default.

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let folder = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("crds"), PathBuf::from);
    match write(&folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("The definitions could not be written into {}: {error}.", folder.display());
            ExitCode::FAILURE
        }
    }
}

fn write(folder: &std::path::Path) -> Result<(), Box<dyn std::error::Error>> {
    for (name, text) in delivery_api::manifest::files()? {
        std::fs::write(folder.join(name), text)?;
    }
    Ok(())
}
