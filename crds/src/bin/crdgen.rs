//! Writes the CustomResourceDefinitions and their reference page into a checkout: the current folder, unless another is named.

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let checkout = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("."), PathBuf::from);
    match write(&checkout) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!(
                "The definitions could not be written into {}: {error}. Run this in the root of the repository.",
                checkout.display()
            );
            ExitCode::FAILURE
        }
    }
}

fn write(checkout: &std::path::Path) -> Result<(), Box<dyn std::error::Error>> {
    for (name, text) in delivery_api::manifest::files()? {
        std::fs::write(checkout.join("crds").join(name), text)?;
    }
    Ok(std::fs::write(checkout.join(delivery_api::reference::PATH), delivery_api::reference::page())?)
}
