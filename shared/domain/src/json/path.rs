//! Where a value sits in a document, written as a JSON Pointer (RFC 6901).

use std::fmt;

/// A place on the way down a document; lives on the stack and costs nothing until it is shown.
#[derive(Clone, Copy, Debug)]
pub struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Root,
    Key(&'a str),
    Index(usize),
}

impl<'a> Path<'a> {
    /// The whole document.
    pub const ROOT: Path<'static> = Path {
        parent: None,
        step: Step::Root,
    };

    /// The member `name` of the object here.
    #[must_use]
    pub const fn key(&'a self, name: &'a str) -> Self {
        Path {
            parent: Some(self),
            step: Step::Key(name),
        }
    }

    /// The element at `index` of the array here.
    #[must_use]
    pub const fn index(&'a self, index: usize) -> Self {
        Path {
            parent: Some(self),
            step: Step::Index(index),
        }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match self.step {
            Step::Root => Ok(()),
            Step::Key(name) => write!(f, "/{}", escape(name)),
            Step::Index(index) => write!(f, "/{index}"),
        }
    }
}

/// A key as a reference token: `~` and `/` escaped.
pub(super) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
