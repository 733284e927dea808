//! What the compiler asks of a file system, answered from the pack and the template alone.
//!
//! An *empty* answer would make it look at the real disk, so every answer says something.

use serde_json::{Value, json};

use crate::{
    contract::TEMPLATE_PATH,
    engine::{Program, compiler::Broken},
};

/// All that the compiler can ask; what is not listed here it would do on the real disk.
pub const NAMES: &str = "readFile,fileExists,directoryExists,getAccessibleEntries,realpath";

/// The JSON answer to the callback `name` with the JSON argument `argument`.
///
/// # Errors
/// [`Broken::Protocol`] for a callback or argument that is not known.
pub fn answer(name: &[u8], argument: &[u8], program: &Program) -> Result<String, Broken> {
    let path: String = serde_json::from_slice(argument)
        .map_err(|error| Broken::Protocol(format!("a callback's argument: {error}")))?;
    let files = program.pack.files();
    let text = || {
        if path == TEMPLATE_PATH {
            Some(program.source.as_ref())
        } else {
            files.read(&path)
        }
    };
    let value: Value = match name {
        b"readFile" => json!({ "content": text() }),
        b"fileExists" => json!(text().is_some()),
        b"directoryExists" => json!(files.is_folder(&path)),
        // The project names its files, so nothing ever needs to be found by listing.
        b"getAccessibleEntries" => json!({ "files": [], "directories": [] }),
        b"realpath" => json!(path),
        other => {
            let name = String::from_utf8_lossy(other);
            return Err(Broken::Protocol(format!("the unknown callback {name}")));
        }
    };
    Ok(value.to_string())
}
