//! Answers: rows of text, read by column name.

use std::str::FromStr;

use itemsmith_domain::{Digest, Seed};
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// What one statement gave: its rows in text form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// The columns' names, in order.
    pub columns: Vec<String>,
    /// The rows; `None` is SQL's null.
    pub rows: Vec<Vec<Option<String>>>,
}

/// Code and schema disagree about a column.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the database's answer does not fit: {problem} ({column})")]
pub struct DecodeError {
    /// The column.
    pub column: &'static str,
    /// What was wrong with it; never the value.
    pub problem: &'static str,
}

impl Answer {
    /// The only row.
    ///
    /// # Errors
    /// When there is not exactly one.
    pub fn one(mut self) -> Result<Row, DecodeError> {
        if self.rows.len() != 1 {
            return Err(DecodeError {
                column: "*",
                problem: "expected exactly one row",
            });
        }
        Ok(Row {
            columns: self.columns,
            values: self.rows.remove(0),
        })
    }

    /// Every row, decoded.
    ///
    /// # Errors
    /// The first row's that does not decode.
    pub fn each<T>(
        self,
        mut decode: impl FnMut(&mut Row) -> Result<T, DecodeError>,
    ) -> Result<Vec<T>, DecodeError> {
        let Self { columns, rows } = self;
        let mut out = Vec::with_capacity(rows.len());
        let mut row = Row {
            columns,
            values: Vec::new(),
        };
        for values in rows {
            row.values = values;
            out.push(decode(&mut row)?);
        }
        Ok(out)
    }
}

/// One row; reading a column takes its value out.
#[derive(Debug, Clone)]
pub struct Row {
    columns: Vec<String>,
    values: Vec<Option<String>>,
}

impl Row {
    fn slot(&mut self, column: &'static str) -> Result<&mut Option<String>, DecodeError> {
        let missing = DecodeError {
            column,
            problem: "no such column",
        };
        let index = self
            .columns
            .iter()
            .position(|c| c == column)
            .ok_or(missing.clone())?;
        self.values.get_mut(index).ok_or(missing)
    }

    /// Whether the column holds null.
    ///
    /// # Errors
    /// When there is no such column.
    pub fn is_null(&mut self, column: &'static str) -> Result<bool, DecodeError> {
        self.slot(column).map(|value| value.is_none())
    }

    /// The column's text, or `None` for null.
    ///
    /// # Errors
    /// When there is no such column.
    pub fn optional(&mut self, column: &'static str) -> Result<Option<String>, DecodeError> {
        self.slot(column).map(Option::take)
    }

    /// The column's text.
    ///
    /// # Errors
    /// When it is missing or null.
    pub fn text(&mut self, column: &'static str) -> Result<String, DecodeError> {
        self.optional(column)?.ok_or(DecodeError {
            column,
            problem: "unexpected null",
        })
    }

    /// A value parsed from the column's text, or `None` for null.
    ///
    /// # Errors
    /// When it is missing or does not parse.
    pub fn parse_optional<T: FromStr>(
        &mut self,
        column: &'static str,
    ) -> Result<Option<T>, DecodeError> {
        let parse = |text: String| {
            text.parse().map_err(|_| DecodeError {
                column,
                problem: "malformed value",
            })
        };
        self.optional(column)?.map(parse).transpose()
    }

    /// A value parsed from the column's text (numbers).
    ///
    /// # Errors
    /// When it is missing, null or does not parse.
    pub fn parse<T: FromStr>(&mut self, column: &'static str) -> Result<T, DecodeError> {
        let null = DecodeError {
            column,
            problem: "unexpected null",
        };
        self.parse_optional(column)?.ok_or(null)
    }

    /// A boolean: Postgres writes `t` and `f`.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn boolean(&mut self, column: &'static str) -> Result<bool, DecodeError> {
        match self.text(column)?.as_str() {
            "t" | "true" => Ok(true),
            "f" | "false" => Ok(false),
            _ => Err(DecodeError {
                column,
                problem: "expected a boolean",
            }),
        }
    }

    /// A UUID.
    ///
    /// # Errors
    /// When it is not one.
    pub fn uuid(&mut self, column: &'static str) -> Result<Uuid, DecodeError> {
        let text = self.text(column)?;
        Uuid::try_parse(&text).map_err(|_| DecodeError {
            column,
            problem: "expected a uuid",
        })
    }

    /// A seed.
    ///
    /// # Errors
    /// When it is not one.
    pub fn seed(&mut self, column: &'static str) -> Result<Seed, DecodeError> {
        self.parse(column)
    }

    /// A digest, or `None` for null.
    ///
    /// # Errors
    /// When it is not 64 lower-case hex digits.
    pub fn digest_optional(&mut self, column: &'static str) -> Result<Option<Digest>, DecodeError> {
        let wrong = |_| DecodeError {
            column,
            problem: "expected a digest",
        };
        self.optional(column)?
            .map(|text| Digest::try_from(text).map_err(wrong))
            .transpose()
    }

    /// A digest.
    ///
    /// # Errors
    /// When it is null or not 64 lower-case hex digits.
    pub fn digest(&mut self, column: &'static str) -> Result<Digest, DecodeError> {
        let null = DecodeError {
            column,
            problem: "unexpected null",
        };
        self.digest_optional(column)?.ok_or(null)
    }

    /// A value in a JSON column (or an array given by `to_json`), or `None` for null.
    ///
    /// # Errors
    /// When the JSON does not have the expected shape.
    pub fn json_optional<T: DeserializeOwned>(
        &mut self,
        column: &'static str,
    ) -> Result<Option<T>, DecodeError> {
        let wrong = |_| DecodeError {
            column,
            problem: "unexpected JSON",
        };
        self.optional(column)?
            .map(|t| serde_json::from_str(&t).map_err(wrong))
            .transpose()
    }

    /// A value in a JSON column (or an array given by `to_json`).
    ///
    /// # Errors
    /// When it is null or the JSON does not have the expected shape.
    pub fn json<T: DeserializeOwned>(&mut self, column: &'static str) -> Result<T, DecodeError> {
        let null = DecodeError {
            column,
            problem: "unexpected null",
        };
        self.json_optional(column)?.ok_or(null)
    }

    /// A named value (an enum's label), or `None` for null.
    ///
    /// # Errors
    /// When the name is unknown to this version.
    pub fn name_optional<T: DeserializeOwned>(
        &mut self,
        column: &'static str,
    ) -> Result<Option<T>, DecodeError> {
        let read = |text: String| {
            let text = serde_json::Value::String(text);
            serde_json::from_value(text).map_err(|_| DecodeError {
                column,
                problem: "unknown name",
            })
        };
        self.optional(column)?.map(read).transpose()
    }

    /// A named value: an enum's label.
    ///
    /// # Errors
    /// When it is null or the name is unknown to this version.
    pub fn name<T: DeserializeOwned>(&mut self, column: &'static str) -> Result<T, DecodeError> {
        let null = DecodeError {
            column,
            problem: "unexpected null",
        };
        self.name_optional(column)?.ok_or(null)
    }
}
