//! Whether a value is plain JSON, and where it is not.

use rquickjs::{Ctx, Object, Value, object::Filter};

/// Deepest nesting of an item that is looked at; real ones stay under 20.
const MAX_DEPTH: usize = 64;
/// Most values in one item; real ones stay under 3,000.
const MAX_VALUES: usize = 100_000;

/// Why a value is not plain JSON.
#[derive(Debug)]
pub(crate) enum NotPlain {
    /// JSON Pointer and what stands there.
    At(String, String),
    /// There is more than any item holds.
    TooLarge,
    /// Reading it threw; the exception is pending.
    Threw,
}

impl From<rquickjs::Error> for NotPlain {
    fn from(_: rquickjs::Error) -> Self {
        Self::Threw
    }
}

/// Looks at every value inside `value`.
pub(crate) fn check<'js>(ctx: &Ctx<'js>, value: &Value<'js>) -> Result<(), NotPlain> {
    let plain: Object<'js> = Object::new(ctx.clone())?;
    let prototype = plain.get_prototype();
    let mut walk = Walk {
        prototype,
        path: Vec::new(),
        left: MAX_VALUES,
    };
    walk.value(value)
}

struct Walk<'js> {
    prototype: Option<Object<'js>>,
    path: Vec<String>,
    left: usize,
}

impl<'js> Walk<'js> {
    fn here(&self, what: impl Into<String>) -> NotPlain {
        let mut pointer = String::new();
        for step in &self.path {
            pointer.push('/');
            pointer.push_str(&step.replace('~', "~0").replace('/', "~1"));
        }
        NotPlain::At(pointer, what.into())
    }

    fn value(&mut self, value: &Value<'js>) -> Result<(), NotPlain> {
        self.left = self.left.checked_sub(1).ok_or(NotPlain::TooLarge)?;
        if value.is_null() || value.is_bool() || value.is_int() {
            return Ok(());
        }
        if let Some(number) = value.as_number() {
            return if number.is_finite() {
                Ok(())
            } else {
                Err(self.here(number_name(number)))
            };
        }
        if let Some(text) = value.as_string() {
            let whole = text.to_string().is_ok();
            return if whole {
                Ok(())
            } else {
                Err(self.here("a string with half a character"))
            };
        }
        if value.is_function() {
            return Err(self.here("a function"));
        }
        if self.path.len() >= MAX_DEPTH {
            return Err(self.here("a value that is nested too deeply, or holds itself"));
        }
        if let Some(array) = value.as_array() {
            for at in 0..array.len() {
                self.path.push(at.to_string());
                self.value(&array.get(at)?)?;
                self.path.pop();
            }
            return Ok(());
        }
        let Some(object) = value.as_object() else {
            let name = match value.type_name() {
                "big_int" => "a bigint",
                "undefined" | "uninitialized" => "undefined",
                name => name,
            };
            return Err(self.here(name));
        };
        let prototype = object.get_prototype();
        if prototype.is_some() && prototype != self.prototype {
            return Err(self.here("an object that is not plain"));
        }
        for key in object.own_keys::<String>(Filter::new().string().enum_only()) {
            let key = key?;
            self.path.push(key.clone());
            self.value(&object.get(key)?)?;
            self.path.pop();
        }
        Ok(())
    }
}

fn number_name(number: f64) -> &'static str {
    if number.is_nan() {
        "NaN"
    } else {
        "an infinite number"
    }
}
