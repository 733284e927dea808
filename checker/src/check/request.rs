//! What a request may ask.

use itemsmith_domain::check::CheckRequest;

use super::CheckFailure;

/// Seeds of one request. Each costs about 0.2 ms twice, and the service's own come on top.
pub const MAX_SEEDS: usize = 256;
/// Widget types of one request: all that exist.
pub const MAX_WIDGETS: usize = 97;
/// Length of a widget type's name in bytes; the longest known one has 31.
const MAX_NAME: usize = 64;

/// Refuses what could not be judged.
pub fn validate(request: &CheckRequest) -> Result<(), CheckFailure> {
    let invalid = |pointer, detail: String| Err(CheckFailure::Invalid { pointer, detail });
    if request.seeds.len() > MAX_SEEDS {
        return invalid("/seeds", format!("at most {MAX_SEEDS} seeds in one check"));
    }
    if request.allowed_widgets.len() > MAX_WIDGETS {
        return invalid(
            "/allowedWidgets",
            format!("at most {MAX_WIDGETS} widget types"),
        );
    }
    if request
        .allowed_widgets
        .iter()
        .any(|name| name.is_empty() || name.len() > MAX_NAME)
    {
        return invalid(
            "/allowedWidgets",
            format!("a name has 1 to {MAX_NAME} bytes"),
        );
    }
    match &request.source_item {
        Some(item) if !item.get().trim_start().starts_with('{') => {
            invalid("/sourceItem", "the source item is a JSON object".to_owned())
        }
        _ => Ok(()),
    }
}
