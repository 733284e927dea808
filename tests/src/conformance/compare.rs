//! Two values compared field by field.

use std::{collections::BTreeSet, fmt};

use serde_json::Value;

/// One field in which the two sides differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// In which case or probe.
    pub case: String,
    /// In which of its exchanges, for people.
    pub exchange: String,
    /// Where: `call.response.body.0.opts`.
    pub field: String,
    /// What our SDK's side has.
    pub rust: Option<Value>,
    /// What the TypeScript SDK's side has.
    pub typescript: Option<Value>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |value: &Option<Value>| {
            value.as_ref().map_or("nothing".to_owned(), |value| {
                value.to_string().chars().take(300).collect()
            })
        };
        let Self {
            case,
            exchange,
            field,
            ..
        } = self;
        let (rust, typescript) = (shown(&self.rust), shown(&self.typescript));
        write!(
            f,
            "{case}, {exchange}: {field}\n      rust        {rust}\n      typescript  {typescript}"
        )
    }
}

/// Every field in which the values differ, as its path and both values.
pub fn fields(
    path: &str,
    rust: Option<&Value>,
    typescript: Option<&Value>,
    found: &mut Vec<(String, Option<Value>, Option<Value>)>,
) {
    match (rust, typescript) {
        (Some(Value::Object(rust)), Some(Value::Object(typescript))) => {
            let names: BTreeSet<&String> = rust.keys().chain(typescript.keys()).collect();
            for name in names {
                let path = format!("{path}.{}", name.replace('.', "·"));
                fields(&path, rust.get(name), typescript.get(name), found);
            }
        }
        (Some(Value::Array(rust)), Some(Value::Array(typescript))) => {
            for i in 0..rust.len().max(typescript.len()) {
                fields(
                    &format!("{path}.{i}"),
                    rust.get(i),
                    typescript.get(i),
                    found,
                );
            }
        }
        (rust, typescript) if rust == typescript => {}
        (rust, typescript) => found.push((path.to_owned(), rust.cloned(), typescript.cloned())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_differs_is_told_and_where() {
        let rust = json!({ "a": [1, { "b": 2 }], "c": null });
        let typescript = json!({ "a": [1, { "b": 3 }, 4], "d": null });
        let mut found = Vec::new();
        fields("x", Some(&rust), Some(&typescript), &mut found);
        let paths: Vec<&str> = found.iter().map(|(path, ..)| path.as_str()).collect();
        assert_eq!(paths, ["x.a.1.b", "x.a.2", "x.c", "x.d"]);
    }
}
