//! A walk through an item that knows where it is and keeps what is wrong.

use super::{ItemIssue, facts::Facts, identifier::Grammar, rule};
use crate::json::Json;

/// Issues kept at most. A broken generator repeats one fault in every element; a person or a
/// prompt needs far fewer, and memory must not follow the generator.
const MAX_ISSUES: usize = 500;

/// Where the walk is, and what it has found so far.
pub(super) struct Walk<'a> {
    steps: Vec<Step<'a>>,
    issues: Vec<ItemIssue>,
    /// What the cross references are checked against once the walk is over.
    pub facts: Facts<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

impl<'a> Walk<'a> {
    pub fn new() -> Self {
        Self {
            steps: Vec::new(),
            issues: Vec::new(),
            facts: Facts::default(),
        }
    }

    pub fn finish(self) -> Vec<ItemIssue> {
        self.issues
    }

    /// JSON Pointer to where the walk is.
    pub fn pointer(&self) -> String {
        let mut pointer = String::new();
        for step in &self.steps {
            pointer.push('/');
            match step {
                Step::Key(key) => pointer.push_str(&key.replace('~', "~0").replace('/', "~1")),
                Step::Index(index) => pointer.push_str(&index.to_string()),
            }
        }
        pointer
    }

    /// Keeps an issue at this place.
    pub fn report(&mut self, rule: &'static str, message: impl Into<String>) {
        let pointer = self.pointer();
        self.report_at(pointer, rule, message);
    }

    /// Keeps an issue at another place.
    pub fn report_at(&mut self, pointer: String, rule: &'static str, message: impl Into<String>) {
        if self.issues.len() < MAX_ISSUES {
            self.issues.push(ItemIssue {
                rule,
                pointer,
                message: message.into(),
            });
        }
    }

    /// Does something one key further down.
    pub fn key<R>(&mut self, key: &'a str, visit: impl FnOnce(&mut Self) -> R) -> R {
        self.steps.push(Step::Key(key));
        let result = visit(self);
        self.steps.pop();
        result
    }

    /// Does something one element further down.
    pub fn index<R>(&mut self, index: usize, visit: impl FnOnce(&mut Self) -> R) -> R {
        self.steps.push(Step::Index(index));
        let result = visit(self);
        self.steps.pop();
        result
    }

    /// An object with exactly these fields; reports every one that is missing or unknown.
    pub fn object(&mut self, value: &'a Json, fields: &[&'static str]) -> bool {
        let Some(members) = value.as_object() else {
            return self.wrong("an object", value);
        };
        for (key, _) in members {
            if !fields.contains(&key.as_str()) {
                let known = fields.join(", ");
                self.key(key, |walk| {
                    walk.report(
                        rule::UNKNOWN_KEY,
                        format!("unknown field; known are {known}"),
                    );
                });
            }
        }
        for field in fields {
            if value.get(field).is_none() {
                self.report(rule::MISSING_KEY, format!("the field {field:?} is missing"));
            }
        }
        true
    }

    /// Visits a field that is there; a missing one was reported by [`Walk::object`].
    pub fn field<R>(
        &mut self,
        object: &'a Json,
        name: &'static str,
        visit: impl FnOnce(&mut Self, &'a Json) -> R,
    ) -> Option<R> {
        let value = object.get(name)?;
        Some(self.key(name, |walk| visit(walk, value)))
    }

    /// Visits every element of an array that must have at least `least`.
    pub fn array(
        &mut self,
        value: &'a Json,
        least: usize,
        mut visit: impl FnMut(&mut Self, &'a Json),
    ) -> bool {
        let Some(values) = value.as_array() else {
            return self.wrong("an array", value);
        };
        if values.len() < least {
            let found = values.len();
            self.report(
                rule::TOO_FEW,
                format!("at least {least} due, {found} found"),
            );
        }
        for (index, value) in values.iter().enumerate() {
            self.index(index, |walk| visit(walk, value));
        }
        true
    }

    /// Visits every member of a map.
    pub fn map(&mut self, value: &'a Json, mut visit: impl FnMut(&mut Self, &'a str, &'a Json)) {
        match value.as_object() {
            None => {
                self.wrong("an object", value);
            }
            Some(members) => {
                for (key, value) in members {
                    self.key(key, |walk| visit(walk, key, value));
                }
            }
        }
    }

    /// A string.
    pub fn text(&mut self, value: &'a Json) -> Option<&'a str> {
        if value.as_str().is_none() {
            self.wrong("a string", value);
        }
        value.as_str()
    }

    /// A string that is not empty.
    pub fn filled(&mut self, value: &'a Json) {
        if self.text(value).is_some_and(|text| text.trim().is_empty()) {
            self.report(rule::TOO_FEW, "this text must not be empty");
        }
    }

    /// One of a few words.
    pub fn word(&mut self, value: &'a Json, words: &[&str]) -> Option<&'a str> {
        let text = self.text(value)?;
        if words.contains(&text) {
            return Some(text);
        }
        let known = words.join(", ");
        self.report(
            rule::UNKNOWN_WORD,
            format!("{text:?} is not one of {known}"),
        );
        None
    }

    /// A whole number of at least `least`.
    pub fn integer(&mut self, value: &'a Json, least: i64) -> Option<i64> {
        match value.as_integer() {
            Some(number) if number >= least => Some(number),
            Some(number) => {
                self.report(
                    rule::OUT_OF_RANGE,
                    format!("at least {least} due, {number} found"),
                );
                None
            }
            None => {
                self.wrong("a whole number", value);
                None
            }
        }
    }

    /// A boolean.
    pub fn boolean(&mut self, value: &'a Json) -> Option<bool> {
        if value.as_bool().is_none() {
            self.wrong("a boolean", value);
        }
        value.as_bool()
    }

    /// `true` and nothing else.
    pub fn always_true(&mut self, value: &'a Json) {
        if self.boolean(value) == Some(false) {
            self.report(
                rule::OUT_OF_RANGE,
                "must be true: the player shuffles the choices",
            );
        }
    }

    /// An identifier of a grammar.
    pub fn identifier(&mut self, value: &'a Json, grammar: Grammar) -> Option<&'a str> {
        let text = self.text(value)?;
        self.name(text, grammar);
        Some(text)
    }

    /// A key that is an identifier of a grammar.
    pub fn name(&mut self, text: &str, grammar: Grammar) {
        if !grammar.accepts(text) {
            let what = grammar.describe();
            self.report(rule::IDENTIFIER, format!("{text:?} is not {what}"));
        }
    }

    /// Reports a value of the wrong kind; answers false.
    pub fn wrong(&mut self, due: &str, found: &Json) -> bool {
        self.report(
            rule::WRONG_TYPE,
            format!("{due} is due, {} found", found.kind()),
        );
        false
    }
}
