//! Contract packs: the declarations that a template is checked against, loaded from a folder.

/// A loaded contract pack.
#[derive(Debug)]
pub struct Pack {
    /// The pack's name, e.g. `default`.
    pub name: String,
}
